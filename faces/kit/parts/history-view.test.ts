import { expect, test } from 'vitest';
import type { AttemptStatisticsOut } from '../api/types.ts';
import { attemptView, drawnSeries, inUnit, periodsOf } from './history-view.ts';

const BEGIN = Date.parse('2026-11-29T02:00:00Z');
const nothing = {
  canceledCount: [],
  exhaustedCount: [],
  results: [],
  durationMs: [],
  arrivalMs: [],
};
const statistics = {
  startDate: '2026-11-29T02:00:00Z',
  endDate: '2026-11-29T02:10:00Z',
  period: 'FiveMinutes',
  data: { ...nothing, acceptedCount: [4, 2], successCount: [3, 0], failureCount: [1, 2] },
} as unknown as AttemptStatisticsOut;

test('the last period is only as long as it has lasted so far', () => {
  expect(periodsOf(statistics, BEGIN + 420_000)).toEqual({
    at: [BEGIN, BEGIN + 300_000],
    seconds: [300, 120],
  });
  expect(periodsOf(statistics, BEGIN + 300_000).seconds).toEqual([300, 1]);
});

test.each([
  ['OneHour', 3_600],
  ['OneDay', 86_400],
] as const)('%s lasts %i seconds', (period, lasts) => {
  expect(periodsOf({ ...statistics, period }, BEGIN * 2).seconds).toEqual([lasts, lasts]);
});

test('stacked series are drawn on each other, others as they are', () => {
  const view = attemptView('Delivered', () => '');
  const series = view.seriesOf(statistics.data, [300, 120]);
  expect(drawnSeries(view, series).map(({ values }) => values)).toEqual([
    [4, 2],
    [1, 2],
  ]);
  const { isStacked: _, ...plain } = view;
  const drawn = drawnSeries(plain, [
    { title: 'p50', tone: 'good', values: [7, null] },
    { title: 'p95', tone: 'bad', values: [9, 8] },
  ]);
  expect(drawn.map(({ values }) => values)).toEqual([
    [7, 0],
    [9, 8],
  ]);
});

test('the attempts of a time are summed up in a sentence', () => {
  const { summaryOf } = attemptView('Delivered', () => '; two for good');
  const total = (successCount: number, failureCount: number) =>
    ({ successCount, failureCount }) as AttemptStatisticsOut['total'];
  expect(summaryOf(total(3, 1), 60)).toBe('4 attempts, 25 % of them failed; two for good.');
  expect(summaryOf(total(0, 0), 60)).toBe('No attempts in this period.');
});

test.for([
  [null, 'ms', '–'],
  [1_500, 'ms', '1.5 s'],
  [1_234, 'count', '1,234'],
  [0.0345, 'per second', '0.035'],
  [0, 'per second', '0'],
  [9.96, 'per second', '10'],
  [1_234.5, 'per second', '1,235'],
] as const)('%j in %s is shown as %s', ([value, unit, text]) => {
  expect(inUnit(value, unit)).toBe(text);
});
