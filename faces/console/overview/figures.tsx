import { useState } from 'react';
import { useApi } from '../../kit/api/api-context.tsx';
import type { BacklogOut } from '../../kit/api/types.ts';
import { useRead } from '../../kit/hooks/use-read.ts';
import { Figure } from '../../kit/parts/figure.tsx';
import { rate, whole } from '../../kit/words/numbers.ts';
import { span, spans } from '../../kit/words/times.ts';
import { type Rates, useRates } from './use-rates.ts';

const EVERY_MS = 5_000;
const HOUR_MS = 3_600_000;
/** Deliveries are counted up to this number. */
const MOST_COUNTED = 100_000;
/** A delivery that is later than this is a sign of trouble. */
const LATE_MS = 30_000;

/** The figures that an operator looks at first. */
export function Figures({ backlog }: { backlog: BacklogOut | undefined }) {
  const api = useApi();
  const [since] = useState(() => new Date(Date.now() - (Date.now() % HOUR_MS)).toISOString());
  const read = useRead(
    ['statistics', 'since', since],
    () => api.status.statistics({ startDate: since }),
    { everyMs: EVERY_MS },
  );
  const rates = useRates(read.data?.total, read.dataUpdatedAt);
  const durations = read.data?.total.durationMs;
  const arrivals = read.data?.total.arrivalMs;
  const isLate = (backlog?.lateMs ?? 0) > LATE_MS;
  return (
    <>
      <div className="tiles">
        <Figure title="Accepted per second" note={noteOf(rates)}>
          {rates && rate(rates.accepted)}
        </Figure>
        <Figure title="Delivered per second" note={noteOf(rates)}>
          {rates && rate(rates.delivered)}
        </Figure>
        <Figure
          title="Failed attempts per second"
          note={noteOf(rates)}
          tone={rates && rates.failed > 0 ? 'bad' : undefined}
        >
          {rates && rate(rates.failed)}
        </Figure>
        <Figure title="Waiting" note="deliveries, including those due later">
          {backlog &&
            (backlog.waiting >= MOST_COUNTED
              ? `over ${whole(MOST_COUNTED)}`
              : whole(backlog.waiting))}
        </Figure>
        <Figure
          title="Oldest overdue"
          note={backlog?.oldestDueAt === null ? 'nothing waits' : 'time past due'}
          tone={isLate ? 'warn' : undefined}
        >
          {backlog && span(backlog.lateMs)}
        </Figure>
      </div>
      <div className="tiles">
        <Figure title="From accept to arrival" note="p50 · p95 · p99, this hour" isLong>
          {arrivals ? spans(arrivals) : read.data && '–'}
        </Figure>
        <Figure title="Endpoint response time" note="p50 · p95 · p99, this hour" isLong>
          {durations ? spans(durations) : read.data && '–'}
        </Figure>
      </div>
    </>
  );
}

function noteOf(rates: Rates | null): string {
  return rates === null ? 'known in a moment' : `over the last ${span(rates.overMs)}`;
}
