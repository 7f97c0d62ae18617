import { NativeSelect, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import type { ReplayIn, TaskOut } from '../../kit/api/types.ts';
import { Confirm } from '../../kit/parts/confirm.tsx';
import { type Column, DataTable } from '../../kit/parts/data-table.tsx';
import { EmptyState } from '../../kit/parts/empty-state.tsx';
import { State } from '../../kit/parts/state.tsx';
import { Time } from '../../kit/parts/time.tsx';
import { whole } from '../../kit/words/numbers.ts';
import { TASK_WORDS, taskState } from '../../kit/words/states.ts';
import {
  type Repair,
  useRecover,
  useReplay,
  useReplayMissing,
  useTasks,
} from '../../react/repair.ts';

/** The ways to send messages again. Each shows first how many messages it sends, then its progress. */
export function RepairPanel({ endpoint }: { endpoint: string }) {
  return (
    <Stack gap="md">
      <div className="halves">
        <Act
          title="Recover failed messages"
          repair={useRecover(endpoint)}
          help="Messages that had a failed attempt in this period and are still undelivered."
        >
          Each of these messages gets one more attempt now.
        </Act>
        <Act
          title="Replay missing messages"
          repair={useReplayMissing(endpoint)}
          help="Messages published in this period that the endpoint never got: it was disabled, did not exist yet, or had other filters."
        >
          Messages that match the present filters and that the endpoint never got are sent.
        </Act>
        <Act
          title="Replay everything"
          repair={useReplay(endpoint)}
          help="All messages published in this period. You get delivered messages a second time."
        >
          All messages of the period are sent again, delivered ones included.
        </Act>
      </div>
      <Title order={2}>Progress</Title>
      <Tasks endpoint={endpoint} />
    </Stack>
  );
}

const HOURS: readonly (readonly [string, number])[] = [
  ['The last hour', 1],
  ['The last 24 hours', 24],
  ['The last 7 days', 7 * 24],
  ['The last 30 days', 30 * 24],
];

interface ActProps {
  readonly title: string;
  readonly help: string;
  readonly repair: Repair<ReplayIn>;
  readonly children: ReactNode;
}

function Act({ title, help, repair, children }: ActProps) {
  const [hours, setHours] = useState(24);
  const input = () => ({ since: new Date(Date.now() - hours * 3_600_000).toISOString() });
  return (
    <section className="card" aria-label={title}>
      <Stack gap="xs" align="start">
        <Title order={2} size="h3">
          {title}
        </Title>
        <Text size="sm" c="dimmed">
          {help}
        </Text>
        <NativeSelect
          label="Period"
          size="xs"
          data={HOURS.map(([label, value]) => ({ label, value: String(value) }))}
          value={String(hours)}
          onChange={(event) => setHours(Number(event.currentTarget.value))}
        />
        <Confirm
          title={title}
          count={() => repair.count(input())}
          act={() => repair.start.run(input())}
          done="It has begun: its progress is below"
        >
          {children}
        </Confirm>
      </Stack>
    </section>
  );
}

function Tasks({ endpoint }: { endpoint: string }) {
  const list = useTasks();
  const rows = list.rows.filter(({ data }) => data.endpointId === endpoint);
  return (
    <DataTable
      label="Repairs, newest first"
      list={{ ...list, rows, hasMore: false }}
      rowKey={({ id }) => id}
      columns={COLUMNS}
      empty={
        <EmptyState title="No repairs yet">
          The progress of each recovery and replay is shown here. They go on when you leave the
          page.
        </EmptyState>
      }
    />
  );
}

const COLUMNS: readonly Column<TaskOut>[] = [
  { title: 'Task', cell: ({ task }) => TASK_WORDS[task] ?? task },
  {
    title: 'State',
    cell: (task) => {
      const { tone, text } = taskState(task);
      return <State tone={tone}>{text}</State>;
    },
  },
  { title: 'Progress', cell: ({ data }) => `${whole(data.changed)} sent again` },
  {
    title: 'Started',
    wideOnly: true,
    align: 'right',
    cell: ({ data }) => <Time at={data.createdAt} />,
  },
];
