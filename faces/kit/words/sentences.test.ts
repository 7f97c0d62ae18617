import { expect, test } from 'vitest';
import type { MessageAttemptOut, MessageEndpointOut } from '../api/types.ts';
import { attemptSentence, nextSentence } from './sentences.ts';

const NOW = Date.parse('2026-11-29T02:00:00Z');

test.for([
  [{ status: 0, responseStatusCode: 204 }, 'Attempt 1 succeeded after 40 ms: answered 204.'],
  [{ detail: 'answered 500' }, 'Attempt 1 failed after 40 ms: answered 500.'],
  [
    { detail: 'The name did not resolve.', triggerType: 1 },
    'Attempt 1, a manual resend, failed after 40 ms: the name did not resolve.',
  ],
] as const)('an attempt is told in a sentence: %j', ([given, sentence]) => {
  const attempt = {
    attemptNumber: 1,
    responseStatusCode: 500,
    responseDurationMs: 40,
    status: 2,
    triggerType: 0,
    detail: '',
    ...given,
  } as MessageAttemptOut;
  expect(attemptSentence(attempt)).toBe(sentence);
});

test.for([
  [{ status: 0 }, 'Delivered.'],
  [{ status: 1, nextAttempt: null }, 'An attempt is under way.'],
  [{ status: 3, nextAttempt: '2026-11-29T02:05:00Z' }, 'The next attempt is in 5 min.'],
  [{ status: 3, nextAttempt: '2026-11-29T01:59:00Z' }, 'The next attempt is due now.'],
  [
    { status: 3, disabled: true },
    'The endpoint is disabled: the next attempt comes once it is enabled.',
  ],
  [
    { status: 3, paused: true },
    'The endpoint is paused: the next attempt comes once it is resumed.',
  ],
] as const)('what comes next is told in a sentence: %j', ([given, sentence]) => {
  const endpoint = { disabled: false, paused: false, nextAttempt: null, ...given };
  expect(nextSentence(endpoint as MessageEndpointOut, NOW)).toBe(sentence);
});

test('nobody is asked to resend what is gone', () => {
  const failed = { status: 2, nextAttempt: null } as MessageEndpointOut;
  expect(nextSentence(failed, NOW)).toMatch(/resend it/);
  expect(nextSentence(failed, NOW, true)).toBe(
    'No attempts are left, and the payload was deleted.',
  );
});
