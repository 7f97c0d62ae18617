import type { AttemptStatisticsOut } from '../api/types.ts';
import { counted, percentage, rate, whole } from '../words/numbers.ts';
import { span } from '../words/times.ts';
import type { ChartSeries, Unit } from './time-chart.tsx';

/** One way to look at statistics over time. */
export interface HistoryView {
  readonly name: string;
  readonly unit: Unit;
  /** All of the time in a sentence; `seconds` is how long it is. */
  readonly summaryOf: (total: AttemptStatisticsOut['total'], seconds: number) => string;
  /** A value for each period, which lasted so many seconds; null: there is none. */
  readonly seriesOf: (
    data: AttemptStatisticsOut['data'],
    seconds: readonly number[],
  ) => readonly HistorySeries[];
  /** Series stand on each other; else a later one is drawn over an earlier one. */
  readonly isStacked?: true;
}

export interface HistorySeries {
  readonly title: string;
  readonly tone: ChartSeries['tone'];
  readonly values: readonly (number | null)[];
}

/** Attempts, and those of them that failed. `succeeded` names the others; `andOf` ends the summary. */
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

/** When each period begins, and how long it lasted so far. */
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

/** Series as they are drawn: each over the one before. */
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
