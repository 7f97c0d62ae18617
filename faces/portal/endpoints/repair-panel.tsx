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
          help="Sends again all messages of which an attempt failed in this period and that are not delivered yet."
        >
          The failed messages are attempted once more now. Those with retries left keep them.
        </Act>
        <Act
          title="Replay missing messages"
          repair={useReplayMissing(endpoint)}
          help="Sends messages that were published in this period while the endpoint was disabled, did not exist or had other filters."
        >
          Messages that match the present filters and were never meant for the endpoint are sent.
        </Act>
        <Act
          title="Replay everything"
          repair={useReplay(endpoint)}
          help="Sends again all messages of this period. You get delivered messages a second time."
        >
          All messages are sent again, also delivered ones.
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
          label="Time"
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
      label="What was sent again, newest first"
      list={{ ...list, rows, hasMore: false }}
      rowKey={({ id }) => id}
      columns={COLUMNS}
      empty={
        <EmptyState title="Nothing was sent again yet">
          The progress of recoveries and replays is shown here. They go on when you leave the page.
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
