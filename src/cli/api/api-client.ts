import type { Connection } from '../../config/connection.ts';
import { reasonOf } from '../../domain/reason-of.ts';
import { PassingError } from '../user-error.ts';
import type { ApiRequest } from './build-request.ts';

export interface ApiAnswer {
  readonly status: number;
  /** Empty: none. */
  readonly text: string;
}

/** Asks a server over its HTTP API. */
export interface ApiClient {
  readonly server: string;
  /** Answers errors of the API as any other answer. Throws a `PassingError` when no answer came. */
  request(request: ApiRequest, signal?: AbortSignal): Promise<ApiAnswer>;
}

const ANSWER_WITHIN_MS = 60_000;

export function createApiClient({ server, token, source }: Connection): ApiClient {
  return {
    server,
    async request({ method, path, body, idempotencyKey }, signal) {
      const deadline = AbortSignal.timeout(ANSWER_WITHIN_MS);
      try {
        const answer = await fetch(`${server}${path}`, {
          method,
          headers: {
            authorization: `Bearer ${token}`,
            ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
            ...(body !== undefined && { 'content-type': 'application/json' }),
          },
          ...(body !== undefined && { body }),
          redirect: 'error',
          signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
        });
        return { status: answer.status, text: await answer.text() };
      } catch (error) {
        signal?.throwIfAborted();
        throw new PassingError(
          `no answer from ${server}: ${reasonOf(error)}. Is ${source} running?`,
        );
      }
    },
  };
}
