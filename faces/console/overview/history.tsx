import { SegmentedControl, Skeleton, Stack, Table, Text, Title } from '@mantine/core';
import { Suspense, lazy, useMemo } from 'react';
import { useApi } from '../../kit/api/api-context.tsx';
import type { AttemptStatisticsOut } from '../../kit/api/types.ts';
import { useRead } from '../../kit/hooks/use-read.ts';
import { useSearchValue } from '../../kit/hooks/use-search-value.ts';
import { ErrorNotice } from '../../kit/parts/error-notice.tsx';
import { counted, percentage, whole } from '../../kit/words/numbers.ts';
import { exactly } from '../../kit/words/times.ts';

const TimeChart = lazy(() => import('../../kit/parts/time-chart.tsx'));

const HOUR_MS = 3_600_000;
const PERIODS: Readonly<Record<string, { hours: number; period: 'OneHour' | 'OneDay' }>> = {
  '24 h': { hours: 24, period: 'OneHour' },
  '7 d': { hours: 7 * 24, period: 'OneHour' },
  '30 d': { hours: 30 * 24, period: 'OneDay' },
};

/** Attempts of all applications over time. */
export function History() {
  const api = useApi();
  const [chosen, choose] = useSearchValue('period');
  const name = chosen in PERIODS ? chosen : '24 h';
  const read = useRead(
    ['statistics', 'history', name],
    () => {
      const { hours, period } = PERIODS[name] ?? { hours: 24, period: 'OneHour' as const };
      return api.status.statistics({
        period,
        startDate: new Date(Date.now() - (hours - 1) * HOUR_MS).toISOString(),
      });
    },
    { everyMs: 60_000 },
  );
  return (
    <section className="card" aria-label="Attempts over time">
      <Stack gap="sm">
        <Title order={2}>Attempts</Title>
        <SegmentedControl
          size="xs"
          data={Object.keys(PERIODS)}
          transitionDuration={0}
          value={name}
          onChange={choose}
          aria-label="Time"
        />
        <ErrorNotice error={read.error} onRetry={() => void read.refetch()} />
        {read.data ? <Chart statistics={read.data} /> : <Skeleton height={200} />}
      </Stack>
    </section>
  );
}

function Chart({ statistics }: { statistics: AttemptStatisticsOut }) {
  const { data, total, startDate, period } = statistics;
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
  const attempts = total.successCount + total.failureCount;
  const summary =
    attempts === 0
      ? 'No attempts in this time.'
      : `${counted(attempts, 'attempt')}, ${percentage(total.failureCount / attempts)} of them failed; ${counted(total.exhaustedCount, 'delivery', 'deliveries')} failed for good.`;
  return (
    <>
      <Text size="sm">{summary}</Text>
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
                <Table.Th scope="col">Delivered</Table.Th>
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
