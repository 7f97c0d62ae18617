import { AttemptHistory, useHistoryTime } from '../kit/parts/attempt-history.tsx';
import { attemptView } from '../kit/parts/history-view.ts';
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
    <AttemptHistory time={time} statistics={data} error={error} onRetry={reload} views={VIEWS} />
  );
}

const VIEWS = [
  attemptView('Succeeded', ({ successCount, failureCount, durationMs }) => {
    const attempts = successCount + failureCount;
    if (attempts === 0) return 'No attempts in this time.';
    const quick = durationMs === null ? '' : `; half were answered within ${span(durationMs.p50)}`;
    return `${counted(attempts, 'attempt')}, ${percentage(failureCount / attempts)} of them failed${quick}.`;
  }),
] as const;
