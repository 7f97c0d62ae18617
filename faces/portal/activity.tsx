import { Text } from '@mantine/core';
import type { AttemptStatisticsOut } from '../kit/api/types.ts';
import { AttemptHistory, useHistoryTime } from '../kit/parts/attempt-history.tsx';
import { counted, percentage } from '../kit/words/numbers.ts';
import { span } from '../kit/words/times.ts';
import { useStatistics } from '../react/statistics.ts';

/** Attempts over time: at one endpoint, or at all. */
export function Activity({ endpoint }: { endpoint?: string }) {
  const time = useHistoryTime();
  const { data, error, reload } = useStatistics({
    hours: time.hours,
    ...(endpoint !== undefined && { endpoint }),
  });
  return (
    <AttemptHistory
      time={time}
      statistics={data}
      error={error}
      onRetry={reload}
      summaryOf={summaryOf}
      succeeded="Succeeded"
      legend={
        <div className="legend" aria-hidden>
          <Text size="xs" c="dimmed">
            <span className="dot" data-tone="good" /> Succeeded
          </Text>
          <Text size="xs" c="dimmed">
            <span className="dot" data-tone="bad" /> Failed
          </Text>
        </div>
      }
    />
  );
}

function summaryOf({ successCount, failureCount, durationMs }: AttemptStatisticsOut['total']) {
  const attempts = successCount + failureCount;
  if (attempts === 0) return 'No attempts in this time.';
  const quick = durationMs === null ? '' : `; half were answered within ${span(durationMs.p50)}`;
  return `${counted(attempts, 'attempt')}, ${percentage(failureCount / attempts)} of them failed${quick}.`;
}
