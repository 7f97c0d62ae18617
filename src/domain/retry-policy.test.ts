import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEFAULT_POLICY, type DeliveryPolicy } from './policy.ts';
import {
  isSuccess,
  JITTER,
  LONGEST_RETRY_AFTER_MS,
  nextAfter,
  parseRetryAfter,
  type AttemptEnd,
} from './retry-policy.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const HOUR_MS = 3_600_000;
const FAILED: AttemptEnd = {
  succeeded: false,
  statusCode: 500,
  retryAfterMs: null,
  control: null,
};

const schedules = fc.array(fc.integer({ min: 0, max: 48 * HOUR_MS }), {
  maxLength: 12,
  size: 'max',
});
const chances = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const failures: fc.Arbitrary<AttemptEnd> = fc.record({
  succeeded: fc.constant(false),
  statusCode: fc.option(fc.integer({ min: 300, max: 599 }).filter((code) => code !== 410)),
  retryAfterMs: fc.option(fc.integer({ min: 0, max: 72 * HOUR_MS })),
  control: fc.constant(null),
});

function withSchedule(retryScheduleMs: readonly number[]): DeliveryPolicy {
  return { ...DEFAULT_POLICY, retryScheduleMs };
}

describe('nextAfter', () => {
  test('a success delivers at any step of the schedule', () => {
    const outcome = {
      succeeded: true,
      statusCode: 204,
      retryAfterMs: 5_000,
      control: null,
    };
    for (const scheduleStep of [0, 3, 99]) {
      expect(nextAfter(outcome, { scheduleStep }, DEFAULT_POLICY, NOW, Math.random)).toEqual({
        state: 'delivered',
        gone: false,
      });
    }
  });

  test('410 exhausts at once and says that the endpoint is gone', () => {
    const outcome = { ...FAILED, statusCode: 410, retryAfterMs: 5_000 };
    expect(nextAfter(outcome, { scheduleStep: 0 }, DEFAULT_POLICY, NOW, Math.random)).toEqual({
      state: 'exhausted',
      gone: true,
    });
  });

  test('the default schedule without jitter has the documented waits', () => {
    const waits = [];
    let scheduleStep = 0;
    for (;;) {
      const next = nextAfter(FAILED, { scheduleStep }, DEFAULT_POLICY, NOW, () => 0.5);
      if (next.state !== 'pending') break;
      waits.push((next.dueAt - NOW) / 1000);
      scheduleStep = next.scheduleStep;
    }
    expect(waits).toEqual([5, 300, 1_800, 7_200, 18_000, 36_000, 36_000]);
  });

  test('a delivery that always fails gets one attempt more than the schedule has waits', () => {
    fc.assert(
      fc.property(
        schedules,
        fc.infiniteStream(failures),
        fc.infiniteStream(chances),
        (schedule, outcomes, random) => {
          let attempts = 0;
          let scheduleStep = 0;
          let now = NOW;
          let last: unknown;
          for (const outcome of outcomes) {
            attempts++;
            const chance = () => random.next().value ?? 0;
            const next = nextAfter(outcome, { scheduleStep }, withSchedule(schedule), now, chance);
            last = next;
            if (next.state !== 'pending') break;
            expect(next.dueAt).toBeGreaterThanOrEqual(now);
            now = next.dueAt;
            scheduleStep = next.scheduleStep;
          }
          expect(last).toEqual({ state: 'exhausted', gone: false });
          expect(attempts).toBe(schedule.length + 1);
        },
      ),
    );
  });

  test('the wait is the scheduled one within the jitter, unless Retry-After is longer', () => {
    fc.assert(
      fc.property(
        failures,
        fc.integer({ min: 0, max: 48 * HOUR_MS }),
        chances,
        (outcome, scheduled, chance) => {
          const policy = withSchedule([scheduled]);
          const next = nextAfter(outcome, { scheduleStep: 0 }, policy, NOW, () => chance);
          const wait = next.state === 'pending' ? next.dueAt - NOW : Number.NaN;
          const asked = Math.min(outcome.retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS);
          expect(Number.isInteger(wait)).toBe(true);
          expect(wait).toBeGreaterThanOrEqual(Math.round(scheduled * (1 - JITTER)));
          expect(wait).toBeGreaterThanOrEqual(asked);
          expect(wait).toBeLessThanOrEqual(Math.max(asked, Math.round(scheduled * (1 + JITTER))));
        },
      ),
    );
  });

  test('a longer scheduled wait, more jitter or a longer Retry-After never shorten the wait', () => {
    const wait = (scheduled: number, retryAfterMs: number, chance: number) => {
      const policy = withSchedule([scheduled]);
      const outcome = { ...FAILED, retryAfterMs };
      const next = nextAfter(outcome, { scheduleStep: 0 }, policy, NOW, () => chance);
      return next.state === 'pending' ? next.dueAt : Number.NaN;
    };
    const amounts = fc.nat(72 * HOUR_MS);
    fc.assert(
      fc.property(amounts, amounts, chances, amounts, amounts, chances, (a, b, c, d, e, f) => {
        const lesser = wait(a, b, c);
        expect(wait(a + d, b, c)).toBeGreaterThanOrEqual(lesser);
        expect(wait(a, b + e, c)).toBeGreaterThanOrEqual(lesser);
        expect(wait(a, b, c + (1 - c) * f)).toBeGreaterThanOrEqual(lesser);
      }),
    );
  });

  test('an absurd Retry-After is limited to a day, and does not revive a finished schedule', () => {
    const outcome = { ...FAILED, statusCode: 429, retryAfterMs: Number.POSITIVE_INFINITY };
    const at = (scheduleStep: number) =>
      nextAfter(outcome, { scheduleStep }, withSchedule([1_000]), NOW, Math.random);
    expect(at(0)).toMatchObject({ state: 'pending', dueAt: NOW + 24 * HOUR_MS });
    expect(at(1)).toMatchObject({ state: 'exhausted' });
  });
});

describe('isSuccess', () => {
  test.each([
    [199, false, false],
    [200, true, true],
    [201, true, false],
    [204, true, false],
    [299, true, false],
    [300, false, false],
    [302, false, false],
    [410, false, false],
    [500, false, false],
  ])('%i', (statusCode, within2xx, exactly200) => {
    expect(isSuccess(statusCode, { success: '2xx' })).toBe(within2xx);
    expect(isSuccess(statusCode, { success: '200' })).toBe(exactly200);
  });
});

describe('parseRetryAfter', () => {
  test.each([
    ['0', 0],
    ['120', 120_000],
    [' 7 ', 7_000],
    ['Sun, 01 Mar 2026 12:01:00 GMT', 60_000],
    ['Sunday, 01-Mar-26 12:01:00 GMT', 60_000],
    ['Sun Mar  1 12:01:00 2026', 60_000],
    ['Sun, 01 Mar 2026 11:00:00 GMT', 0],
    ['', null],
    ['soon', null],
    ['-5', null],
    ['1.5', null],
    ['1e3', null],
    ['2026', 2_026_000],
    ['2026-03-01T12:01:00Z', null],
    ['Sun, 99 Mar 2026 12:01:00 GMT', null],
    ['Sun, 01 Mar 2026 12:01:00 +0500', null],
  ])('%j asks for %j ms', (value, wait) => {
    expect(parseRetryAfter(value, NOW)).toBe(wait);
  });
});
