import { SegmentedControl, Skeleton, Stack, Table, Text, Title } from '@mantine/core';
import { Suspense, lazy, useMemo } from 'react';
import type { AttemptStatisticsOut } from '../kit/api/types.ts';
import { useSearchValue } from '../kit/hooks/use-search-value.ts';
import { ErrorNotice } from '../kit/parts/error-notice.tsx';
import { counted, percentage, whole } from '../kit/words/numbers.ts';
import { exactly, span } from '../kit/words/times.ts';
import { useStatistics } from '../react/statistics.ts';

const TimeChart = lazy(() => import('../kit/parts/time-chart.tsx'));

const HOUR_MS = 3_600_000;
const PERIODS: Readonly<Record<string, number>> = { '24 h': 24, '7 d': 168, '30 d': 720 };

/** Attempts over time: at one endpoint, or at all. */
export function Activity({ endpoint }: { endpoint?: string }) {
  const [chosen, choose] = useSearchValue('period');
  const name = chosen in PERIODS ? chosen : '24 h';
  const { data, error, reload } = useStatistics({
    hours: PERIODS[name] ?? 24,
    ...(endpoint !== undefined && { endpoint }),
  });
  return (
    <section className="card" aria-label="Attempts over time">
      <Stack gap="sm">
        <Title order={2}>Attempts</Title>
        <SegmentedControl
          size="xs"
          data={Object.keys(PERIODS)}
          value={name}
          onChange={choose}
          aria-label="Time"
        />
        <ErrorNotice error={error} onRetry={reload} />
        {data ? <Chart statistics={data} /> : <Skeleton height={200} />}
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
  const summary = summaryOf(total);
  return (
    <>
      <Text size="sm">{summary}</Text>
      <div className="legend" aria-hidden>
        <Text size="xs" c="dimmed">
          <span className="dot" data-tone="good" /> Succeeded
        </Text>
        <Text size="xs" c="dimmed">
          <span className="dot" data-tone="bad" /> Failed
        </Text>
      </div>
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
                <Table.Th scope="col">Succeeded</Table.Th>
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

function summaryOf({ successCount, failureCount, durationMs }: AttemptStatisticsOut['total']) {
  const attempts = successCount + failureCount;
  if (attempts === 0) return 'No attempts in this time.';
  const quick = durationMs === null ? '' : `; half were answered within ${span(durationMs.p50)}`;
  return `${counted(attempts, 'attempt')}, ${percentage(failureCount / attempts)} of them failed${quick}.`;
}
