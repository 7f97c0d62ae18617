import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { healthAfter, type HealthAfterAttempt } from './disable-policy.ts';
import type { EndpointHealth } from './endpoint.ts';
import type { DisablePolicy } from './policy.ts';

const HEALTHY: EndpointHealth = { failingSince: null, failedCount: 0 };
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
    expect(first).toEqual({ failingSince: 100, failedCount: 1 });
    expect(healthAfter(first, FAILED, NEVER, 200).health).toEqual({
      failingSince: 100,
      failedCount: 2,
    });
  });

  test('a success ends it and keeps the count', () => {
    const failing = { failingSince: 100, failedCount: 2 };
    expect(healthAfter(failing, SUCCEEDED, NEVER, 300).health).toEqual({
      failingSince: null,
      failedCount: 2,
    });
  });

  test('a success of a healthy endpoint changes nothing', () => {
    const health = { failingSince: null, failedCount: 7 };
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
      health: { failingSince: 5, failedCount: 1 },
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

  test('by count: at the Nth failure, wherever successes stand between', () => {
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

  test('by window: at the first failure that ends a long enough run of failures only', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 400 }), (history, failingForMs) => {
        const at = history.map((_, i) =>
          history.slice(0, i + 1).reduce((sum, { afterMs }) => sum + afterMs, 0),
        );
        const found = history.findIndex(({ succeeded }, i) => {
          const lastSuccess = history.slice(0, i).findLastIndex((step) => step.succeeded);
          return !succeeded && (at[i] ?? 0) - (at[lastSuccess + 1] ?? 0) >= failingForMs;
        });
        const { disable, made } = run(history, { kind: 'window', failingForMs });
        expect({ disable, made }).toEqual(
          found === -1
            ? { disable: null, made: history.length }
            : { disable: 'failing', made: found + 1 },
        );
      }),
    );
  });

  test('by window: exactly at its end, and never on a success', () => {
    const policy: DisablePolicy = { kind: 'window', failingForMs: 1_000 };
    const failing = { failingSince: 0, failedCount: 3 };
    expect(healthAfter(failing, FAILED, policy, 999).disable).toBeNull();
    expect(healthAfter(failing, FAILED, policy, 1_000).disable).toBe('failing');
    expect(healthAfter(failing, SUCCEEDED, policy, 5_000).disable).toBeNull();
  });
});
