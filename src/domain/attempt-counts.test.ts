import { expect, test } from 'vitest';
import { countedNames, durationAt, summaryOf } from './attempt-counts.ts';
import type { Attempt } from './attempt.ts';

function lasting(durationMs: number) {
  const attempt = { failure: null, statusCode: 200, durationMs } as Attempt;
  const names = countedNames(attempt, { state: 'delivered' });
  return Object.fromEntries(names.map((name) => [name, 1]));
}

test('percentiles are within a twentieth of the durations', () => {
  const summary = summaryOf(Array.from({ length: 1000 }, (_, index) => lasting(index * 100)));
  for (const part of [0.5, 0.9, 0.99, 1]) {
    const exact = (1000 * part - 1) * 100;
    expect(Math.abs((durationAt(summary, part) ?? 0) / exact - 1)).toBeLessThan(0.05);
  }
  expect(summary.results).toEqual({ 200: 1000 });
});

test('of no attempts there is no percentile', () => {
  expect(durationAt(summaryOf([]), 0.5)).toBeNull();
  expect(durationAt(summaryOf([{ d3: 0 }]), 0.5)).toBeNull();
});
