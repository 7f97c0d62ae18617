import { describe, expect, test } from 'vitest';
import { APPLICATION, NOTHING, makeEndpoint } from '../../test/support/delivery-parts.ts';
import { makeHandoff } from '../../test/support/handoffs.ts';
import type { EndpointHealth } from '../domain/endpoint.ts';
import { DEFAULT_POLICY } from '../domain/policy.ts';
import type { ExchangeResult } from './http-client/http-client.ts';
import { createTarget } from './target.ts';
import { transitionAfter } from './transition.ts';

const STARTED_AT = Date.UTC(2030, 0, 1);
const SCHEDULE_NOW = STARTED_AT + 7_000_000;
const HEALTHY: EndpointHealth = { failingSince: null, lastFailedAt: null, failedCount: 0 };

function after(
  result: Partial<ExchangeResult>,
  { durationMs = 20, health = HEALTHY, policy = {} } = {},
) {
  const target = createTarget(
    { endpoint: makeEndpoint('ep_1', { policy }), application: APPLICATION },
    { policy: DEFAULT_POLICY, endpointConcurrency: 4, userAgent: 'test' },
  );
  const handoff = makeHandoff('msg_1');
  const times = { startedAt: STARTED_AT, durationMs, scheduleNow: SCHEDULE_NOW };
  return transitionAfter(
    { ...NOTHING, ...result },
    { id: 'atmpt_1', target, handoff, health, ...times, sent: null },
    { slowMs: 1_000, longestPushbackMs: 60_000 },
    () => 0.5,
  );
}

describe('the verdict on the endpoint', () => {
  test.each([
    [{ statusCode: 200 }, 20, { kind: 'success', slow: false, pauseMs: 0 }],
    [{ statusCode: 204 }, 1_000, { kind: 'success', slow: true, pauseMs: 0 }],
    [{ statusCode: 404 }, 20, { kind: 'refusal', slow: false, pauseMs: 0 }],
    [{ statusCode: 302 }, 20, { kind: 'failure', slow: false, pauseMs: 0 }],
    [{ statusCode: 500, retryAfter: '9' }, 20, { kind: 'failure', slow: false, pauseMs: 0 }],
    [{ statusCode: 503 }, 20, { kind: 'failure', slow: false, pauseMs: 0 }],
    [{ statusCode: 503, retryAfter: '9' }, 20, { kind: 'pushback', slow: false, pauseMs: 9_000 }],
    [{ statusCode: 502, retryAfter: '9' }, 20, { kind: 'pushback', slow: false, pauseMs: 9_000 }],
    [{ statusCode: 504, retryAfter: '9' }, 20, { kind: 'pushback', slow: false, pauseMs: 9_000 }],
    [{ statusCode: 429 }, 20, { kind: 'pushback', slow: false, pauseMs: 0 }],
    [
      { statusCode: 429, retryAfter: '999' },
      20,
      { kind: 'pushback', slow: false, pauseMs: 60_000 },
    ],
    [{ statusCode: 503, retryAfter: 'soon' }, 20, { kind: 'failure', slow: false, pauseMs: 0 }],
    [{ failure: 'timeout' }, 15_000, { kind: 'failure', slow: true, pauseMs: 0 }],
    [{ failure: 'connection' }, 20, { kind: 'failure', slow: false, pauseMs: 0 }],
  ] as const)('%o after %i ms: %o', (result, durationMs, verdict) => {
    expect(after(result, { durationMs }).verdict).toEqual(verdict);
  });

  test('a date in Retry-After is read by the wall clock of the attempt', () => {
    const retryAfter = new Date(STARTED_AT + 30_000).toUTCString();
    expect(after({ statusCode: 503, retryAfter }, { durationMs: 1_000 }).verdict).toEqual({
      kind: 'pushback',
      slow: true,
      pauseMs: 29_000,
    });
  });
});

describe('the written change', () => {
  test('a success delivers, and does not change a healthy endpoint', () => {
    const { record, healthChange } = after({ statusCode: 200, response: 'thanks' });
    expect(record).toMatchObject({
      attempt: { number: 1, succeeded: true, failure: null, detail: '', response: 'thanks' },
      next: { state: 'delivered' },
    });
    expect(healthChange).toBeNull();
  });

  test.each([
    [301, 'https://example.com/hook', 'answered 301 with Location: https://example.com/hook'],
    [307, '/a\0b', 'answered 307 with Location: /a\uFFFDb'],
    [302, 'x'.repeat(5_000), `answered 302 with Location: ${'x'.repeat(1_000)}…`],
    [308, '//user:pass@b.example/', 'answered 308 with Location: //***@b.example/'],
    [302, '/caf\xc3\xa9', 'answered 302 with Location: /café'],
    [302, '/caf\xe9', 'answered 302 with Location: /caf\xe9'],
    [302, null, 'answered 302'],
    [404, '/elsewhere', 'answered 404'],
  ])('a %i to %.40j is told', (statusCode, location, detail) => {
    expect(after({ statusCode, location }).record.attempt.detail).toBe(detail);
  });

  test('the reason of a failure is bounded, and holds nothing that a database or a terminal cannot take', () => {
    const said = `a\0b\x1b[31m\r\n\ud800${'c'.repeat(100_000)}`;
    const { detail } = after({ failure: 'authorization', detail: said }).record.attempt;
    expect(detail.slice(0, 12)).toBe('a\uFFFDb\uFFFD[31m\uFFFD\uFFFD\uFFFDcc'.slice(0, 12));
    expect(detail.length).toBe(2_001);
  });

  test.each([
    [200, 'disable', 'delivered', true],
    [500, 'disable', 'exhausted', true],
    [500, ' Disable ', 'exhausted', true],
    [500, 'abort-message, disable', 'exhausted', true],
    [500, 'abort-message', 'exhausted', false],
    [200, 'abort-message', 'delivered', false],
    [500, 'retry', 'pending', false],
    [200, '', 'delivered', false],
  ])('a %i with webhook-delivery: %s', (statusCode, deliveryControl, state, disables) => {
    const transition = after({ statusCode, deliveryControl });
    expect(transition.record.next.state).toBe(state);
    expect(transition.disables).toBe(disables);
    const disabled = transition.healthChange?.disabled;
    expect(disabled).toEqual(disables ? { at: STARTED_AT + 20, reason: 'gone' } : undefined);
  });

  test.each([
    [200, true, 'the body was cut'],
    [500, false, 'answered 500; the body was cut'],
  ])(
    'a %i whose body did not arrive whole counts by its status',
    (statusCode, succeeded, detail) => {
      const { record } = after({ statusCode, detail: 'the body was cut' });
      expect(record.attempt).toMatchObject({ succeeded, detail });
    },
  );

  test('a failure is retried by the schedule, counted by the clock that never goes back', () => {
    const { record, healthChange } = after({ statusCode: 500 });
    expect(record.attempt).toMatchObject({ failure: 'status', detail: 'answered 500' });
    expect(record.attempt.startedAt).toBe(STARTED_AT);
    expect(record.next).toMatchObject({ state: 'pending', dueAt: SCHEDULE_NOW + 5_000 });
    expect(healthChange).toEqual({
      endpointId: 'ep_1',
      endpointUpdatedAt: 0,
      failingSince: SCHEDULE_NOW,
      lastFailedAt: SCHEDULE_NOW,
      addFailed: 1,
    });
  });

  test('a success after failures ends the time of failing', () => {
    const health = { failingSince: 1, lastFailedAt: 1, failedCount: 3 };
    expect(after({ statusCode: 200 }, { health }).healthChange).toEqual({
      endpointId: 'ep_1',
      endpointUpdatedAt: 0,
      failingSince: null,
      lastFailedAt: null,
    });
  });

  test.each([
    [{ statusCode: 410 }, {}, 'gone'],
    [{ statusCode: 500 }, { disable: { kind: 'count', failedAttempts: 1 } }, 'failing'],
  ] as const)('%o disables under %o', (result, policy, reason) => {
    const transition = after(result, { policy });
    expect(transition.disables).toBe(true);
    expect(transition.healthChange?.disabled).toEqual({ at: STARTED_AT + 20, reason });
  });
});
