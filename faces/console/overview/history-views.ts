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
  ['p99', '99 %', 'warn'],
  ['p95', '95 %', 'busy'],
  ['p50', 'Half', 'good'],
];

const ARRIVAL: HistoryView = {
  name: 'Delivery time',
  unit: 'ms',
  summaryOf: ({ arrivalMs }) =>
    arrivalMs === null
      ? 'Nothing was delivered in this time.'
      : `Time from accept to delivery: half within ${span(arrivalMs.p50)}, 95 % within ${span(arrivalMs.p95)}, 99 % within ${span(arrivalMs.p99)}.`,
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
