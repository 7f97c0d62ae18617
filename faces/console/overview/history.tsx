import { useApi } from '../../kit/api/api-context.tsx';
import { useRead } from '../../kit/hooks/use-read.ts';
import {
  AttemptHistory,
  type HistoryRead,
  type HistoryTime,
  useHistoryTime,
} from '../../kit/parts/attempt-history.tsx';
import { HISTORY_VIEWS } from './history-views.ts';

const TIMES = ['1 h', '24 h', '7 d', '30 d'];
const HOUR_MS = 3_600_000;

/** Statistics over the time chosen in the address, of one application or of all. */
export function useHistory(app: string | null): HistoryRead {
  const api = useApi();
  const time = useHistoryTime(TIMES);
  const { data, error, refetch } = useRead(
    ['statistics', app, 'history', time.name],
    () => {
      const query = queryOf(time);
      return app === null ? api.status.statistics(query) : api.applications.statistics(app, query);
    },
    { everyMs: time.hours === 1 ? 10_000 : 60_000 },
  );
  return { time, statistics: data, error, onRetry: () => void refetch() };
}

export function History({ told }: { told: HistoryRead }) {
  return <AttemptHistory {...told} views={HISTORY_VIEWS} />;
}

/** Of all applications. */
export function WholeHistory() {
  return <History told={useHistory(null)} />;
}

function queryOf({ hours }: HistoryTime) {
  const begin = (ms: number) => new Date(Date.now() - ms).toISOString();
  if (hours === 1) return { period: 'FiveMinutes', startDate: begin(HOUR_MS - 300_000) };
  // By the hour for up to a week (168 points); beyond that by the day.
  const period = hours <= 168 ? 'OneHour' : 'OneDay';
  return { period, startDate: begin((hours - 1) * HOUR_MS) };
}
