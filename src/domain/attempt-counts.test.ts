import { expect, test } from 'vitest';
import { AttemptTally, durationAt, summaryOf } from './attempt-counts.ts';
import type { Attempt } from './attempt.ts';
import type { DeliveryNext } from './delivery.ts';

const DELIVERED: DeliveryNext = { state: 'delivered' };

function tallyOf(attempts: readonly [Partial<Attempt>, DeliveryNext][]): AttemptTally {
  const tally = new AttemptTally();
  const usual = { failure: null, statusCode: 200, durationMs: 5 };
  for (const [given, next] of attempts) tally.add({ ...usual, ...given } as Attempt, next);
  return tally;
}

test('an attempt counts by its outcome, its result and its duration', () => {
  const tally = tallyOf([
    [{}, DELIVERED],
    [{ statusCode: 503, failure: 'status' }, { state: 'exhausted' }],
    [
      { statusCode: null, failure: 'timeout', durationMs: 1e9 },
      { state: 'pending', dueAt: 0, scheduleStep: 1 },
    ],
  ]);
  expect(tally.sums()).toEqual({
    delivered: 1,
    exhausted: 1,
    failed: 1,
    s200: 1,
    s503: 1,
    timeout: 1,
    d17: 2,
    d127: 1,
  });
  const both = summaryOf([tally.sums(), tallyOf([[{}, DELIVERED]]).sums()]);
  expect(both).toMatchObject({ delivered: 2, results: { 200: 2, 503: 1, timeout: 1 } });
});

test('percentiles are within a twentieth of the durations', () => {
  const durations = Array.from({ length: 1000 }, (_, index) => index * 100);
  const tally = tallyOf(durations.map((durationMs) => [{ durationMs }, DELIVERED]));
  const summary = summaryOf([tally.sums()]);
  for (const part of [0.5, 0.9, 0.99, 1]) {
    const exact = (1000 * part - 1) * 100;
    expect(Math.abs((durationAt(summary, part) ?? 0) / exact - 1)).toBeLessThan(0.05);
  }
});

test('of no attempts there is no percentile', () => {
  expect(durationAt(summaryOf([]), 0.5)).toBeNull();
  expect(durationAt(summaryOf([{ d3: 0 }]), 0.5)).toBeNull();
});
