import { expect, test } from 'vitest';
import { AttemptTally, countedAttempt, summaryOf, timeAt } from './attempt-counts.ts';
import type { Attempt } from './attempt.ts';
import type { DeliveryNext } from './delivery.ts';

const DELIVERED: DeliveryNext = { state: 'delivered' };

function counted(
  given: Partial<Attempt>,
  next = DELIVERED,
  handoff: Parameters<typeof countedAttempt>[2] = {},
) {
  const usual = { failure: null, statusCode: 200, startedAt: 0, durationMs: 5 };
  const attempt = { ...usual, trigger: 'scheduled', ...given } as Attempt;
  return countedAttempt(attempt, next, handoff);
}

function tallyOf(attempts: readonly [Partial<Attempt>, DeliveryNext][]): AttemptTally {
  const tally = new AttemptTally();
  for (const [given, next] of attempts) tally.add(counted(given, next));
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
    [{ statusCode: null, failure: 'transformation' }, { state: 'cancelled' }],
  ]);
  expect(tally.sums()).toEqual({
    delivered: 1,
    exhausted: 1,
    failed: 1,
    cancelled: 1,
    s200: 1,
    s503: 1,
    timeout: 1,
    transformation: 1,
    d17: 3,
    d127: 1,
  });
  const both = summaryOf([tally.sums(), tallyOf([[{}, DELIVERED]]).sums()]);
  expect(both).toMatchObject({
    delivered: 2,
    cancelled: 1,
    results: { 200: 2, 503: 1, timeout: 1, transformation: 1 },
  });
});

test('durations count in any order', () => {
  const durations = [50, 4_000, 0, 50, 1, 90, 600_000, 4_000, 50];
  const sums = [durations, durations.toReversed(), durations.toSorted((a, b) => b - a)].map(
    (some) => tallyOf(some.map((durationMs) => [{ durationMs }, DELIVERED])).sums(),
  );
  expect(sums[0]).toEqual({
    delivered: 9,
    failed: 0,
    exhausted: 0,
    s200: 9,
    d0: 2,
    d42: 3,
    d48: 1,
    d88: 2,
    d127: 1,
  });
  expect(sums[1]).toEqual(sums[0]);
  expect(sums[2]).toEqual(sums[0]);
});

test('percentiles are within a twentieth of the durations', () => {
  const durations = Array.from({ length: 1000 }, (_, index) => index * 100);
  const tally = tallyOf(durations.map((durationMs) => [{ durationMs }, DELIVERED]));
  const summary = summaryOf([tally.sums()]);
  for (const part of [0.5, 0.9, 0.99, 1]) {
    const exact = (1000 * part - 1) * 100;
    expect(Math.abs((timeAt(summary.durations, part) ?? 0) / exact - 1)).toBeLessThan(0.05);
  }
});

test('without attempts there is no percentile', () => {
  expect(timeAt(summaryOf([]).durations, 0.5)).toBeNull();
  expect(timeAt(summaryOf([{ d3: 0 }]).durations, 0.5)).toBeNull();
});

test('the delay of a delivery counts from the time since which it is owed, unless it was resent', () => {
  const tally = new AttemptTally();
  const add = (...given: Parameters<typeof counted>) => tally.add(counted(...given));
  add({ startedAt: 995 }, DELIVERED, { owedSince: 0 });
  // The clock of the accepting process is ahead, so the delay would be negative.
  add({ startedAt: 0 }, DELIVERED, { owedSince: 1e6 });
  add({ startedAt: 1e12 }, DELIVERED, { owedSince: 0 });
  add({ startedAt: 995 }, { state: 'exhausted' }, { owedSince: 0 });
  add({ startedAt: 995, trigger: 'manual' }, DELIVERED, { owedSince: 0 });
  add({ startedAt: 995 });
  expect(tally.sums()).toMatchObject({ delivered: 5, a0: 1, a73: 1, a255: 1 });
  const { arrivals } = summaryOf([tally.sums()]);
  expect([...arrivals.values()]).toEqual([1, 1, 1]);
  expect(Math.abs((timeAt(arrivals, 0.5) ?? 0) / 1000 - 1)).toBeLessThan(0.05);
});

test('event types are counted separately, up to a bounded number', () => {
  const tally = new AttemptTally();
  for (let n = 0; n < 150; n++) {
    tally.addEventType(counted({}, DELIVERED, { eventType: `type.${n}` }));
    tally.addEventType(counted({}, { state: 'exhausted' }, { eventType: 'type.0' }));
    tally.addEventType(counted({}, { state: 'cancelled' }, { eventType: 'type.1' }));
  }
  tally.addEventType(counted({}));
  tally.accept();
  const { eventTypes, accepted, results } = summaryOf([tally.sums(), { '+type.0': 4 }]);
  expect(eventTypes.size).toBe(100);
  expect(eventTypes.get('type.0')).toEqual({ succeeded: 5, failed: 150, cancelled: 0 });
  expect(eventTypes.get('type.1')).toEqual({ succeeded: 1, failed: 0, cancelled: 150 });
  expect([accepted, results]).toEqual([1, {}]);
});
