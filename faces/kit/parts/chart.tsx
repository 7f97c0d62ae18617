import { Skeleton } from '@mantine/core';
import { useRead } from '../hooks/use-read.ts';
import { ErrorNotice } from './error-notice.tsx';
import type { TimeChartProps } from './time-chart.tsx';

/**
 * Loads the script that draws charts, which most pages do not need. `Suspense` is not used for it, because React
 * would show the chart 0.3 s after the fallback at the earliest: a third of the time of the whole page.
 */
export function useChart() {
  return useRead(['chart'], () => import('./time-chart.tsx'));
}

/** Bars over time, shown once the script is loaded. */
export function Chart(props: TimeChartProps) {
  const { data, error, refetch } = useChart();
  if (data) return <data.TimeChart {...props} />;
  return error ? (
    <ErrorNotice error={error} onRetry={() => void refetch()} />
  ) : (
    <Skeleton height={200} />
  );
}
