import { SegmentedControl, Skeleton, Stack, Table, Text, Title } from '@mantine/core';
import { type ReactNode, Suspense, lazy, useMemo } from 'react';
import type { AttemptStatisticsOut } from '../api/types.ts';
import { useSearchValue } from '../hooks/use-search-value.ts';
import { whole } from '../words/numbers.ts';
import { exactly } from '../words/times.ts';
import { ErrorNotice } from './error-notice.tsx';

const TimeChart = lazy(() => import('./time-chart.tsx'));

const HOUR_MS = 3_600_000;
const HOURS: Readonly<Record<string, number>> = { '24 h': 24, '7 d': 7 * 24, '30 d': 30 * 24 };

/** The time that the address bar says, and how to change it. */
export function useHistoryTime(): { name: string; hours: number; choose: (name: string) => void } {
  const [chosen, choose] = useSearchValue('period');
  const name = chosen in HOURS ? chosen : '24 h';
  return { name, hours: HOURS[name] ?? 24, choose };
}

/** Attempts over a time that is chosen here. */
export function AttemptHistory({
  time,
  statistics,
  error,
  onRetry,
  summaryOf,
  succeeded,
  legend,
}: {
  time: ReturnType<typeof useHistoryTime>;
  statistics: AttemptStatisticsOut | undefined;
  error: unknown;
  onRetry: () => void;
  summaryOf: (total: AttemptStatisticsOut['total']) => string;
  /** The head of the column of attempts that succeeded. */
  succeeded: string;
  legend?: ReactNode;
}) {
  return (
    <section className="card" aria-label="Attempts over time">
      <Stack gap="sm">
        <Title order={2}>Attempts</Title>
        <SegmentedControl
          size="xs"
          data={Object.keys(HOURS)}
          transitionDuration={0}
          value={time.name}
          onChange={time.choose}
          aria-label="Time"
        />
        <ErrorNotice error={error} onRetry={onRetry} />
        {statistics && (
          <Chart
            statistics={statistics}
            summary={summaryOf(statistics.total)}
            succeeded={succeeded}
            legend={legend}
          />
        )}
        {!statistics && !error && <Skeleton height={200} />}
      </Stack>
    </section>
  );
}

function Chart({
  statistics: { data, startDate, period },
  summary,
  succeeded,
  legend,
}: {
  statistics: AttemptStatisticsOut;
  summary: string;
  succeeded: string;
  legend: ReactNode;
}) {
  const stepMs = period === 'OneHour' ? HOUR_MS : 24 * HOUR_MS;
  const at = useMemo(
    () => data.successCount.map((_, i) => Date.parse(startDate) + i * stepMs),
    [data, startDate, stepMs],
  );
  const series = useMemo(
    () => [
      {
        title: 'All attempts',
        tone: 'good' as const,
        values: data.successCount.map((count, i) => count + (data.failureCount[i] ?? 0)),
      },
      { title: 'Failed', tone: 'bad' as const, values: data.failureCount },
    ],
    [data],
  );
  return (
    <>
      <Text size="sm">{summary}</Text>
      {legend}
      <Suspense fallback={<Skeleton height={200} />}>
        <TimeChart at={at} series={series} label={summary} />
      </Suspense>
      <details>
        <summary>As a table</summary>
        <div className="table-frame">
          <Table aria-label="Attempts over time">
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">From</Table.Th>
                <Table.Th scope="col">{succeeded}</Table.Th>
                <Table.Th scope="col">Failed</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {at.map((begin, i) => (
                <Table.Tr key={begin}>
                  <Table.Td>{exactly(new Date(begin).toISOString())}</Table.Td>
                  <Table.Td>{whole(data.successCount[i] ?? 0)}</Table.Td>
                  <Table.Td>{whole(data.failureCount[i] ?? 0)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      </details>
    </>
  );
}
