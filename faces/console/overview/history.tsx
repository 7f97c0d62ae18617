import { useApi } from '../../kit/api/api-context.tsx';
import type { AttemptStatisticsOut } from '../../kit/api/types.ts';
import { useRead } from '../../kit/hooks/use-read.ts';
import { AttemptHistory, useHistoryTime } from '../../kit/parts/attempt-history.tsx';
import { counted, percentage } from '../../kit/words/numbers.ts';

/** Attempts of all applications over time. */
export function History() {
  const api = useApi();
  const time = useHistoryTime();
  const { data, error, refetch } = useRead(
    ['statistics', 'history', time.name],
    () =>
      api.status.statistics({
        // A week is 168 hours, and more would be too many points.
        period: time.hours <= 168 ? 'OneHour' : 'OneDay',
        startDate: new Date(Date.now() - (time.hours - 1) * 3_600_000).toISOString(),
      }),
    { everyMs: 60_000 },
  );
  return (
    <AttemptHistory
      time={time}
      statistics={data}
      error={error}
      onRetry={() => void refetch()}
      summaryOf={summaryOf}
      succeeded="Delivered"
    />
  );
}

function summaryOf({ successCount, failureCount, exhaustedCount }: AttemptStatisticsOut['total']) {
  const attempts = successCount + failureCount;
  if (attempts === 0) return 'No attempts in this time.';
  return `${counted(attempts, 'attempt')}, ${percentage(failureCount / attempts)} of them failed; ${counted(exhaustedCount, 'delivery', 'deliveries')} failed for good.`;
}
