import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { alertBetween, healthAfter, type HealthAfterAttempt } from './disable-policy.ts';
import type { EndpointHealth } from './endpoint.ts';
import type { DisablePolicy } from './policy.ts';

const HEALTHY: EndpointHealth = { failingSince: null, lastFailedAt: null, failedCount: 0 };
const FAILED = { succeeded: false, gone: false };
const SUCCEEDED = { succeeded: true, gone: false };
const GONE = { succeeded: false, gone: true };
const NEVER: DisablePolicy = { kind: 'never' };

interface Step {
  readonly succeeded: boolean;
  readonly afterMs: number;
}

const steps = fc.array(fc.record({ succeeded: fc.boolean(), afterMs: fc.nat(100) }), {
  maxLength: 60,
  size: 'max',
});

/** Runs attempts until one disables the endpoint. */
function run(
  history: readonly Step[],
  policy: DisablePolicy,
): HealthAfterAttempt & { made: number } {
  let after: HealthAfterAttempt = { health: HEALTHY, disable: null };
  let now = 0;
  let made = 0;
  for (const { succeeded, afterMs } of history) {
    now += afterMs;
    made++;
    after = healthAfter(after.health, { succeeded, gone: false }, policy, now);
    if (after.disable !== null) break;
  }
  return { ...after, made };
}

describe('health', () => {
  test('the first failure starts the time of failing, later ones keep it', () => {
    const first = healthAfter(HEALTHY, FAILED, NEVER, 100).health;
    expect(first).toEqual({ failingSince: 100, lastFailedAt: 100, failedCount: 1 });
    expect(healthAfter(first, FAILED, NEVER, 200).health).toEqual({
      failingSince: 100,
      lastFailedAt: 200,
      failedCount: 2,
    });
  });

  test('a failure that a slow clock dates before the last one keeps both instants', () => {
    const failing = { failingSince: 100, lastFailedAt: 200, failedCount: 2 };
    expect(healthAfter(failing, FAILED, NEVER, 50).health).toEqual({ ...failing, failedCount: 3 });
  });

  test('a failure recorded before the last one was stored counts from the first', () => {
    const failing = { failingSince: 100, lastFailedAt: null, failedCount: 2 };
    expect(healthAfter(failing, FAILED, NEVER, 200).health).toEqual({
      failingSince: 100,
      lastFailedAt: 200,
      failedCount: 3,
    });
  });

  test('a success ends the time of failing, and keeps the count', () => {
    const failing = { failingSince: 100, lastFailedAt: 200, failedCount: 2 };
    expect(healthAfter(failing, SUCCEEDED, NEVER, 300).health).toEqual({
      failingSince: null,
      lastFailedAt: null,
      failedCount: 2,
    });
  });

  test('a success of a healthy endpoint changes nothing', () => {
    const health = { failingSince: null, lastFailedAt: null, failedCount: 7 };
    expect(healthAfter(health, SUCCEEDED, NEVER, 300).health).toBe(health);
  });
});

describe('disabling', () => {
  test.each<DisablePolicy>([
    NEVER,
    { kind: 'window', failingForMs: 1e9 },
    { kind: 'count', failedAttempts: 1e9 },
  ])('a 410 disables under %j', (policy) => {
    expect(healthAfter(HEALTHY, GONE, policy, 5)).toEqual({
      health: { failingSince: 5, lastFailedAt: 5, failedCount: 1 },
      disable: 'gone',
    });
  });

  test('never', () => {
    fc.assert(
      fc.property(steps, (history) => {
        expect(run(history, NEVER)).toMatchObject({ disable: null, made: history.length });
      }),
    );
  });

  test('by count: at the Nth failure, consecutive or not', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 20 }), (history, failedAttempts) => {
        const failures = history.flatMap(({ succeeded }, i) => (succeeded ? [] : [i + 1]));
        const { disable, made } = run(history, { kind: 'count', failedAttempts });
        const nth = failures[failedAttempts - 1];
        expect({ disable, made }).toEqual(
          nth === undefined
            ? { disable: null, made: history.length }
            : { disable: 'failing', made: nth },
        );
      }),
    );
  });

  test('by window: never on a success', () => {
    const failing = { failingSince: 0, lastFailedAt: 900, failedCount: 3 };
    const policy: DisablePolicy = { kind: 'window', failingForMs: 1_000 };
    expect(healthAfter(failing, FAILED, policy, 1_000).disable).toBe('failing');
    expect(healthAfter(failing, SUCCEEDED, policy, 1_000).disable).toBeNull();
  });
});

describe('the window of 5 days', () => {
  const daily = (days: number) => Array.from({ length: days + 1 }, (_, day) => day * 24);
  const hourly = (hours: number) => Array.from({ length: hours + 1 }, (_, hour) => hour);

  /** The hours of the failures, and the hour of the one that disables; null: none does. */
  test.each<[string, readonly number[], number | null]>([
    ['a failure every hour', hourly(130), 120],
    ['a failure every day', daily(8), 120],
    ['several, then silence until after the window', [0, 12, 140], 140],
    ['several, then silence until twice the window', [0, 12, 240], 240],
    ['several, then silence for longer than twice the window', [0, 12, 240.1], null],
    ['a failure a week', [0, 168, 336, 504, 672], null],
    ['a failure every 25 hours', Array.from({ length: 40 }, (_, place) => place * 25), null],
    ['a burst within 12 hours, then one in the next week', [0, 1, 5, 11.9, 168], null],
    ['a burst in each week', [0, 1, 11, 168, 169, 179, 336], null],
    ['exactly 12 hours apart', [0, 12, 120], 120],
    ['exactly 24 hours apart', [0, 24, 120], 120],
    ['less than 12 hours apart', [0, 11.9, 120], null],
    ['a first failure too long ago, and a second one near enough', [0, 11, 25, 130.9], null],
    ['the same, counted from the second', [0, 11, 25, 131], 131],
    ['after a silence, counted from the failures since', [0, 12, 300, 312, 419], null],
    ['after a silence, for 5 days', [0, 12, 300, 312, 420], 420],
  ])('%s', (_what, hours, expected) => {
    expect(disabledAt(hours, 120)).toBe(expected);
  });

  /** The window in hours, the hours of the failures, and the hour of the one that disables. */
  test.each<[number, readonly number[], number | null]>([
    [1, [0, 0.5, 0.9, 1], 1],
    [1, [0, 1.2], 1.2],
    [1, [0, 2.1], null],
    [1, [0, 2.1, 4.3, 6.5], null],
    [1, [0, 0.5, 2.3], 2.3],
    [24, [0, 12, 24], 24],
    [24, [0, 30, 60], null],
    [24, [0, 12, 49], null],
  ])('with %d hours instead, failures at %j', (windowHours, hours, expected) => {
    expect(disabledAt(hours, windowHours)).toBe(expected);
  });

  test('begins again after a success', () => {
    const steps = [0, 24, 48, 72, 96].map((hour) => ({ hour, succeeded: hour === 72 }));
    expect(healthOf(steps, 120).health).toMatchObject({ failingSince: 96 * HOUR_MS });
  });

  test('disables only after the whole time, and if two failures are near enough to each other', () => {
    const gaps = fc.array(fc.nat({ max: 60 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 12, max: 200 }), (apart, windowHours) => {
        const hours = apart.map((_, place) => sum(apart.slice(0, place + 1)));
        const end = disabledAt(hours, windowHours);
        if (end === null) return;
        const known = hours.filter((hour) => hour <= end);
        const firsts = known.filter((hour) =>
          known.some((later) => later - hour >= 12 && later - hour <= 24),
        );
        expect(
          firsts.some((hour) => end - hour >= windowHours && end - hour <= 2 * windowHours),
        ).toBe(true);
      }),
    );
  });

  test('disables in time when failures are at most 12 hours apart', () => {
    const gaps = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 40, maxLength: 60 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 12, max: 40 }), (apart, windowHours) => {
        const hours = apart.map((_, place) => sum(apart.slice(0, place + 1)));
        const expected = hours.find((hour) => hour - (hours[0] ?? 0) >= windowHours) ?? null;
        expect(disabledAt(hours, windowHours)).toBe(expected);
      }),
    );
  });
});

function disabledAt(hours: readonly number[], windowHours: number): number | null {
  const made = healthOf(
    hours.map((hour) => ({ hour, succeeded: false })),
    windowHours,
  );
  return made.disabledBy;
}

function healthOf(
  steps: readonly { readonly hour: number; readonly succeeded: boolean }[],
  windowHours: number,
) {
  const policy: DisablePolicy = { kind: 'window', failingForMs: Math.round(windowHours * HOUR_MS) };
  let health = HEALTHY;
  for (const { hour, succeeded } of steps) {
    const outcome = { succeeded, gone: false };
    const after = healthAfter(health, outcome, policy, Math.round(hour * HOUR_MS));
    if (after.disable !== null) return { health: after.health, disabledBy: hour };
    ({ health } = after);
  }
  return { health, disabledBy: null };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

const HOUR_MS = 3_600_000;

test('alerts once at half and at three quarters of the way, and not at the end', () => {
  const failing = (hours: number) => ({
    failingSince: 0,
    lastFailedAt: hours * 60 * 60_000,
    failedCount: hours,
  });
  const window = { kind: 'window', failingForMs: 100 * 60 * 60_000 } as const;
  const count = { kind: 'count', failedAttempts: 100 } as const;
  for (const policy of [window, count]) {
    const alert = (before: number, after: number) =>
      alertBetween(failing(before), failing(after), policy);
    expect(alert(10, 49)).toBeUndefined();
    expect(alert(49, 50)).toBe(0.5);
    expect(alert(50, 60)).toBeUndefined();
    expect(alert(60, 80)).toBe(0.75);
    expect(alert(10, 80)).toBe(0.75);
    expect(alert(80, 100)).toBeUndefined();
    expect(alertBetween(failing(60), HEALTHY, policy)).toBeUndefined();
  }
  expect(alertBetween(HEALTHY, failing(90), NEVER)).toBeUndefined();
});
