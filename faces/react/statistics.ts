import { useApi } from '../kit/api/api-context.tsx';
import type { AttemptStatisticsOut } from '../kit/api/types.ts';
import { usePortal } from './use-portal.ts';
import { type Thing, useThing } from '../kit/hooks/use-thing.ts';

export interface StatisticsOptions {
  /** Only attempts at this endpoint; default: at all endpoints of the application. */
  readonly endpoint?: string;
  /** Hours back from now, default 24. Up to a week the statistics are by the hour, beyond by the day. */
  readonly hours?: number;
}

const EVERY_MS = 30_000;
const HOUR_MS = 3_600_000;
const WEEK_HOURS = 7 * 24;

/** Attempts over time: how many, how many failed, how long they took. */
export function useStatistics({
  endpoint,
  hours = 24,
}: StatisticsOptions = {}): Thing<AttemptStatisticsOut> {
  const { app } = usePortal();
  const api = useApi();
  return useThing(
    ['statistics', app, endpoint ?? null, hours],
    () => {
      const query = {
        period: hours > WEEK_HOURS ? 'OneDay' : 'OneHour',
        startDate: new Date(Date.now() - (hours - 1) * HOUR_MS).toISOString(),
      };
      return endpoint === undefined
        ? api.applications.statistics(app, query)
        : api.endpoints.statistics(app, endpoint, query);
    },
    { everyMs: EVERY_MS },
  );
}
