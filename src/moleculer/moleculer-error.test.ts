import { Errors } from 'moleculer';
import { expect, it } from 'vitest';
import { ERRORS, type ErrorCode, PosthasteError } from '../domain/errors.ts';
import { moleculerError } from './moleculer-error.ts';

const errorOf = (code: ErrorCode) =>
  moleculerError(new PosthasteError(code, 'the message'), {}) as Errors.MoleculerError;

it('lets Moleculer retry only calls that can succeed unchanged', () => {
  const retried = (Object.keys(ERRORS) as ErrorCode[]).filter((code) => errorOf(code).retryable);
  expect(retried).toEqual(['rate_limited', 'storage_unavailable', 'query_too_slow', 'stopping']);
});

it('does not let Moleculer retry an internal error, which would fail again', () => {
  expect(errorOf('internal')).toMatchObject({ code: 500, type: 'INTERNAL', retryable: false });
  expect(errorOf('internal')).not.toBeInstanceOf(Errors.MoleculerRetryableError);
});
