import type { DurationsOut } from '../../kit/api/types.ts';
import { type HistoryView, attemptView } from '../../kit/parts/history-view.ts';
import { counted, rate } from '../../kit/words/numbers.ts';
import { span } from '../../kit/words/times.ts';

const ATTEMPTS = attemptView(
  'Delivered',
  ({ exhaustedCount }) => `; ${counted(exhaustedCount, 'delivery', 'deliveries')} failed for good`,
);

const ACCEPTED: HistoryView = {
  name: 'Accepted',
  unit: 'per second',
  summaryOf: ({ acceptedCount }, seconds) =>
    `${counted(acceptedCount ?? 0, 'message')} accepted, ${rate((acceptedCount ?? 0) / seconds)} a second.`,
  seriesOf: ({ acceptedCount }, seconds) => [
    {
      title: 'Per second',
      tone: 'busy',
      values: seconds.map((of, i) => (acceptedCount?.[i] ?? 0) / of),
    },
  ],
};

/** Drawn in this order, so that the slowest bars stand behind the others. */
const SHARES: readonly (readonly [keyof DurationsOut, string, 'good' | 'busy' | 'warn'])[] = [
  ['p99', 'p99', 'warn'],
  ['p95', 'p95', 'busy'],
  ['p50', 'p50', 'good'],
];

const ARRIVAL: HistoryView = {
  name: 'Delivery time',
  unit: 'ms',
  summaryOf: ({ arrivalMs }) =>
    arrivalMs === null
      ? 'Nothing arrived in this period.'
      : `From accept to arrival: p50 ${span(arrivalMs.p50)}, p95 ${span(arrivalMs.p95)}, p99 ${span(arrivalMs.p99)}.`,
  seriesOf: ({ arrivalMs }) =>
    SHARES.map(([share, title, tone]) => ({
      title,
      tone,
      values: arrivalMs.map((of) => of?.[share] ?? null),
    })),
};

/** The charts over time that the overview offers. */
export const HISTORY_VIEWS: readonly [HistoryView, ...HistoryView[]] = [
  ATTEMPTS,
  ACCEPTED,
  ARRIVAL,
];
