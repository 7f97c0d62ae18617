import { Skeleton } from '@mantine/core';
import { useRead } from '../hooks/use-read.ts';
import { ErrorNotice } from './error-notice.tsx';
import type { TimeChartProps } from './time-chart.tsx';

/**
 * Reads what draws charts, which most pages do not need. React shows what a `Suspense` waits for 0.3 s after its
 * fallback, at the earliest: a third of what the whole page takes.
 */
export function useChart() {
  return useRead(['chart'], () => import('./time-chart.tsx'));
}

/** Bars over time, once they can be drawn. */
export function Chart(props: TimeChartProps) {
  const { data, error, refetch } = useChart();
  if (data) return <data.TimeChart {...props} />;
  return error ? (
    <ErrorNotice error={error} onRetry={() => void refetch()} />
  ) : (
    <Skeleton height={200} />
  );
}
