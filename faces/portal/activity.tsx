import { AttemptHistory, useHistoryTime } from '../kit/parts/attempt-history.tsx';
import { attemptView } from '../kit/parts/history-view.ts';
import { span } from '../kit/words/times.ts';
import { useStatistics } from '../react/statistics.ts';

/** Attempts over time, at one endpoint or at all. */
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
  attemptView('Succeeded', ({ durationMs }) =>
    durationMs === null ? '' : `; median response time ${span(durationMs.p50)}`,
  ),
] as const;
