import { Stack, Title } from '@mantine/core';
import { useApi } from '../../kit/api/api-context.tsx';
import { useRead } from '../../kit/hooks/use-read.ts';
import { ErrorNotice } from '../../kit/parts/error-notice.tsx';
import { Figure } from '../../kit/parts/figure.tsx';
import { percentage, whole } from '../../kit/words/numbers.ts';
import { spans } from '../../kit/words/times.ts';
import { History, useHistory } from '../overview/history.tsx';

/** The figures of one application over the chosen time, and by event type. */
export function ApplicationActivity({ app }: { app: string }) {
  const told = useHistory(app);
  const total = told.statistics?.total;
  const attempts = total && total.successCount + total.failureCount;
  const arrival = total?.arrivalMs;
  const note = `in ${told.time.name}`;
  return (
    <Stack gap="sm" component="section" aria-label="Activity">
      <div className="tiles">
        <Figure title="Accepted" note={`messages, ${note}`}>
          {total && whole(total.acceptedCount ?? 0)}
        </Figure>
        <Figure title="Delivered" note={note}>
          {total && whole(total.successCount)}
        </Figure>
        <Figure
          title="Failed attempts"
          note={attempts ? `${percentage(total.failureCount / attempts)} of all, ${note}` : note}
          tone={total && total.failureCount > 0 ? 'bad' : undefined}
        >
          {total && whole(total.failureCount)}
        </Figure>
        <Figure title="From accept to arrival" note={`p50 · p95 · p99, ${note}`} isLong>
          {arrival ? spans(arrival) : total && '–'}
        </Figure>
      </div>
      <div className="halves">
        <History told={told} />
        <ByEventType app={app} hours={told.time.hours} />
      </div>
    </Stack>
  );
}

function ByEventType({ app, hours }: { app: string; hours: number }) {
  const api = useApi();
  const read = useRead(
    ['statistics', app, 'event types', hours],
    () => api.applications.attemptsByEventType(app, new Date(Date.now() - hours * HOUR_MS)),
    { everyMs: 60_000 },
  );
  const rows = Object.entries(read.data?.by_event_type ?? {}).toSorted(
    ([, one], [, other]) => other.success + other.failure - (one.success + one.failure),
  );
  return (
    <section className="card" aria-label="Attempts by event type">
      <Stack gap="sm">
        <Title order={2}>By event type</Title>
        <ErrorNotice error={read.error} onRetry={() => void read.refetch()} />
        {read.data && rows.length === 0 && 'No attempts in this period.'}
        {rows.length > 0 && (
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
          <div className="table-frame" role="group" aria-label="By event type" tabIndex={0}>
            <table className="table" aria-label="Attempts by event type, in whole hours">
              <thead>
                <tr>
                  <th scope="col">Event type</th>
                  <th scope="col" className="right">
                    Delivered
                  </th>
                  <th scope="col" className="right">
                    Failed
                  </th>
                </tr>
              </thead>
              <tbody>
                {rows.slice(0, MOST_SHOWN).map(([name, { success, failure }]) => (
                  <tr key={name}>
                    <td className="break">{name}</td>
                    <td className="right">{whole(success)}</td>
                    <td className={failure > 0 ? 'right tone-bad' : 'right'}>{whole(failure)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        {rows.length > MOST_SHOWN && `And ${whole(rows.length - MOST_SHOWN)} more.`}
      </Stack>
    </section>
  );
}

const HOUR_MS = 3_600_000;
const MOST_SHOWN = 20;
