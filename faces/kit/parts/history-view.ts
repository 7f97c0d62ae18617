import type { AttemptStatisticsOut } from '../api/types.ts';
import { counted, percentage, rate, whole } from '../words/numbers.ts';
import { span } from '../words/times.ts';
import type { ChartSeries, Unit } from './time-chart.tsx';

/** One chart of statistics over time. */
export interface HistoryView {
  readonly name: string;
  readonly unit: Unit;
  /** A sentence about the whole time, which lasted `seconds`. */
  readonly summaryOf: (total: AttemptStatisticsOut['total'], seconds: number) => string;
  /** A value for each period; null: there is none. The second argument has the length of each period in seconds. */
  readonly seriesOf: (
    data: AttemptStatisticsOut['data'],
    seconds: readonly number[],
  ) => readonly HistorySeries[];
  /** The series are stacked; else each is drawn over the one before. */
  readonly isStacked?: true;
}

export interface HistorySeries {
  readonly title: string;
  readonly tone: ChartSeries['tone'];
  readonly values: readonly (number | null)[];
}

/** Attempts by result. `succeeded` names the series of successful ones; `andOf` ends the summary. */
export function attemptView(
  succeeded: string,
  andOf: (total: AttemptStatisticsOut['total']) => string,
): HistoryView {
  return {
    name: 'Attempts',
    unit: 'count',
    summaryOf: (total) => {
      const attempts = total.successCount + total.failureCount;
      if (attempts === 0) return 'No attempts in this period.';
      const failed = percentage(total.failureCount / attempts);
      return `${counted(attempts, 'attempt')}, ${failed} of them failed${andOf(total)}.`;
    },
    isStacked: true,
    seriesOf: ({ successCount, failureCount }) => [
      { title: succeeded, tone: 'good', values: successCount },
      { title: 'Failed', tone: 'bad', values: failureCount },
    ],
  };
}

/** The start of each period, and its length so far. */
export function periodsOf(
  { data, startDate, period }: AttemptStatisticsOut,
  now: number,
): { at: number[]; seconds: number[] } {
  const ms = PERIOD_MS[period];
  const at = data.successCount.map((_, i) => Date.parse(startDate) + i * ms);
  const seconds = at.map((begin) => Math.min(ms, Math.max(1_000, now - begin)) / 1_000);
  return { at, seconds };
}

const PERIOD_MS = { FiveMinutes: 300_000, OneHour: 3_600_000, OneDay: 24 * 3_600_000 };

/** The series in drawing order: each is drawn over the one before. */
export function drawnSeries(
  { isStacked }: HistoryView,
  series: readonly HistorySeries[],
): ChartSeries[] {
  return series.map(({ title, tone, values }, index) => {
    const above = isStacked ? series.slice(index + 1) : [];
    const height = (i: number) => above.reduce((sum, one) => sum + (one.values[i] ?? 0), 0);
    return { title, tone, values: values.map((value, i) => (value ?? 0) + height(i)) };
  });
}

export function inUnit(value: number | null, unit: Unit): string {
  if (value === null) return '–';
  if (unit === 'ms') return span(value);
  return unit === 'count' ? whole(value) : rate(value);
}
