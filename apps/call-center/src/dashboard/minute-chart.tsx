import { Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { type KeyboardEvent, useMemo, useState } from 'react';
import { State } from '@posthaste/faces/kit/parts/state.tsx';
import { TimeChart } from '@posthaste/faces/kit/parts/time-chart.tsx';
import { counted } from '@posthaste/faces/kit/words/numbers.ts';
import { STATUSES } from './api.ts';
import type { Counts, Stats } from './api.ts';
import { SHOWN_STATUSES } from './statuses.ts';

type Minute = Stats['minutes'][number];

/** The calls that came in each of the last minutes, by the status they have now. */
export function MinuteChart({ minutes }: { readonly minutes: readonly Minute[] | undefined }) {
  return (
    <section className="card" aria-labelledby="chart-title">
      {minutes ? <Minutes minutes={minutes} /> : <Waiting />}
    </section>
  );
}

function Minutes({ minutes }: { readonly minutes: readonly Minute[] }) {
  const [pointed, setPointed] = useState<string | null>(null);
  const at = useMemo(() => minutes.map(({ minute }) => Date.parse(minute)), [minutes]);
  const series = useMemo(() => stacked(minutes), [minutes]);
  const found = minutes.findIndex(({ minute }) => minute === pointed);
  const index = found === -1 ? null : found;
  const point = (to: number | null) => setPointed(minutes[to ?? -1]?.minute ?? null);

  function move(event: KeyboardEvent): void {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step === undefined || minutes.length === 0) return;
    event.preventDefault();
    const from = index ?? minutes.length - (step === 1 ? 1 : 0);
    point(Math.min(Math.max(from + step, 0), minutes.length - 1));
  }

  return (
    <Stack gap="xs">
      <Group justify="space-between" gap="xs">
        <ChartTitle />
        <Readout minute={minutes[index ?? -1]} />
      </Group>
      <div
        role="group"
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- the arrow keys read its minutes
        tabIndex={0}
        aria-label={`${summary(minutes)} Use the left and right arrows to read each minute.`}
        onKeyDown={move}
        onBlur={() => setPointed(null)}
      >
        <TimeChart
          at={at}
          series={series}
          label={summary(minutes)}
          pointed={index}
          onPoint={point}
        />
      </div>
    </Stack>
  );
}

function ChartTitle() {
  return (
    <Title order={2} id="chart-title">
      Calls per minute
    </Title>
  );
}

function Waiting() {
  return (
    <Stack gap="xs">
      <ChartTitle />
      <Skeleton height={200} />
    </Stack>
  );
}

/** What the colours mean, and the numbers of the minute that is pointed at. */
function Readout({ minute }: { readonly minute: Minute | undefined }) {
  return (
    <Group gap="sm" role="status" aria-label="Minute">
      {minute && (
        <Text size="sm" fw={600} span>
          {minuteOf(minute.minute)}
        </Text>
      )}
      {STATUSES.map((status) => (
        <State key={status} tone={SHOWN_STATUSES[status].tone}>
          {minute && <b>{minute[status]} </b>}
          {status}
        </State>
      ))}
    </Group>
  );
}

/** Stacked bars: each value includes those of the bars below it. */
function stacked(minutes: readonly Minute[]) {
  return STATUSES.map((status, i) => ({
    title: SHOWN_STATUSES[status].title,
    tone: SHOWN_STATUSES[status].tone,
    values: minutes.map((minute) => sum(minute, STATUSES.slice(i))),
  }));
}

function summary(minutes: readonly Minute[]): string {
  const busiest = minutes.reduce<Minute | null>(
    (most, one) => (most === null || sum(one) > sum(most) ? one : most),
    null,
  );
  const total = minutes.reduce((all, one) => all + sum(one), 0);
  if (busiest === null || total === 0) return `No calls in the last ${minutes.length} minutes.`;
  const most = `most at ${minuteOf(busiest.minute)}: ${sum(busiest)}`;
  return `${counted(total, 'call')} in the last ${minutes.length} minutes, ${most}.`;
}

function sum(counts: Counts, statuses: readonly (keyof Counts)[] = STATUSES): number {
  return statuses.reduce((all, status) => all + counts[status], 0);
}

const MINUTE = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });

function minuteOf(at: string): string {
  return MINUTE.format(new Date(at));
}
