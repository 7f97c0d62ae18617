import { Group, SegmentedControl, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useMemo, useState } from 'react';
import type { AttemptStatisticsOut } from '../api/types.ts';
import { useSearchValue } from '../hooks/use-search-value.ts';
import { exactly } from '../words/times.ts';
import { Chart, useChart } from './chart.tsx';
import { ErrorNotice } from './error-notice.tsx';
import type { Unit } from './time-chart.tsx';
import {
  type HistorySeries,
  type HistoryView,
  drawnSeries,
  inUnit,
  periodsOf,
} from './history-view.ts';

const HOURS: Readonly<Record<string, number>> = {
  '1 h': 1,
  '24 h': 24,
  '7 d': 7 * 24,
  '30 d': 30 * 24,
};
/** Statistics of endpoints are not kept by the minute, so shorter times are not offered. */
const OF_EVERYTHING = ['24 h', '7 d', '30 d'];

export interface HistoryTime {
  readonly name: string;
  readonly hours: number;
  readonly names: readonly string[];
  readonly choose: (name: string) => void;
}

/** The statistics of that time. */
export interface HistoryRead {
  readonly time: HistoryTime;
  readonly statistics: AttemptStatisticsOut | undefined;
  readonly error: unknown;
  readonly onRetry: () => void;
}

/** The time chosen in the address, and a function that changes it. */
export function useHistoryTime(names: readonly string[] = OF_EVERYTHING): HistoryTime {
  const [chosen, choose] = useSearchValue('period');
  const name = names.includes(chosen) ? chosen : '24 h';
  return { name, hours: HOURS[name] ?? 24, names, choose };
}

/** A chart of statistics over a time that can be chosen; of several views one can be chosen, too. */
export function AttemptHistory({
  time,
  statistics,
  error,
  onRetry,
  views,
}: HistoryRead & { readonly views: readonly [HistoryView, ...HistoryView[]] }) {
  const [chosen, choose] = useSearchValue('chart');
  // Loads the chart's script while the numbers are requested.
  useChart();
  const view = views.find(({ name }) => name === chosen) ?? views[0];
  return (
    <section className="card" aria-label="Attempts over time">
      <Stack gap="sm">
        <Title order={2}>{view.name}</Title>
        <Group justify="space-between" gap="xs">
          <SegmentedControl
            size="xs"
            data={[...time.names]}
            transitionDuration={0}
            value={time.name}
            onChange={time.choose}
            aria-label="Time"
          />
          {views.length > 1 && (
            <SegmentedControl
              size="xs"
              data={views.map(({ name }) => name)}
              transitionDuration={0}
              value={view.name}
              onChange={choose}
              aria-label="Shown"
            />
          )}
        </Group>
        <ErrorNotice error={error} onRetry={onRetry} />
        {statistics && <Told statistics={statistics} view={view} />}
        {!statistics && !error && <Skeleton height={200} />}
      </Stack>
    </section>
  );
}

function Told({ statistics, view }: { statistics: AttemptStatisticsOut; view: HistoryView }) {
  const { at, seconds } = useMemo(() => periodsOf(statistics, Date.now()), [statistics]);
  const series = useMemo(
    () => view.seriesOf(statistics.data, seconds),
    [view, statistics, seconds],
  );
  const drawn = useMemo(() => drawnSeries(view, series), [view, series]);
  const [isTold, setIsTold] = useState(false);
  const summary = view.summaryOf(
    statistics.total,
    seconds.reduce((sum, one) => sum + one, 0),
  );
  return (
    <>
      <Text size="sm">{summary}</Text>
      <div className="legend" aria-hidden>
        {series.map(({ title, tone }) => (
          <Text key={title} size="xs" c="dimmed">
            <span className="dot" data-tone={tone} /> {title}
          </Text>
        ))}
      </div>
      <Chart at={at} series={drawn} label={summary} unit={view.unit} />
      <details onToggle={(event) => setIsTold(event.currentTarget.open)}>
        <summary>As a table</summary>
        {isTold && <Numbers at={at} series={series} unit={view.unit} />}
      </details>
    </>
  );
}

interface NumbersProps {
  readonly at: readonly number[];
  readonly series: readonly HistorySeries[];
  readonly unit: Unit;
}

function Numbers({ at, series, unit }: NumbersProps) {
  return (
    <div className="table-frame">
      <table className="table" aria-label="Attempts over time">
        <thead>
          <tr>
            <th scope="col">From</th>
            {series.map(({ title }) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {at.map((begin, i) => (
            <tr key={begin}>
              <td>{exactly(new Date(begin).toISOString())}</td>
              {series.map(({ title, values }) => (
                <td key={title}>{inUnit(values[i] ?? null, unit)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
