import { Text } from '@mantine/core';
import { useApi } from '../../kit/api/api-context.tsx';
import type { TaskOut } from '../../kit/api/types.ts';
import { useList } from '../../kit/hooks/use-list.ts';
import { type Column, DataTable } from '../../kit/parts/data-table.tsx';
import { EmptyState } from '../../kit/parts/empty-state.tsx';
import { RowLink } from '../../kit/parts/link.tsx';
import { State } from '../../kit/parts/state.tsx';
import { Time } from '../../kit/parts/time.tsx';
import { whole } from '../../kit/words/numbers.ts';
import { TASK_WORDS, taskState } from '../../kit/words/states.ts';
import { paths } from '../paths.ts';

export interface TaskListProps {
  /** Shows only the tasks of this endpoint among the newest tasks. */
  readonly endpoint?: string;
  readonly status?: string;
}

export function TaskList({ endpoint, status = '' }: TaskListProps) {
  const api = useApi();
  const list = useList(['tasks'], (page, signal) => api.tasks.list(page, signal), {
    query: { status },
    refetchMs: 2_000,
  });
  const shown =
    endpoint === undefined
      ? list
      : {
          ...list,
          rows: list.rows.filter(({ data }) => data.endpointId === endpoint),
          hasMore: false,
        };
  return (
    <DataTable
      label="Tasks, newest first"
      list={shown}
      rowKey={({ id }) => id}
      columns={COLUMNS}
      empty={
        <EmptyState title="No tasks">
          Recoveries, replays and cancellations are tasks. They survive restarts, and their progress
          is shown here.
        </EmptyState>
      }
    />
  );
}

const COLUMNS: readonly Column<TaskOut>[] = [
  {
    title: 'Task',
    cell: (task) => <RowLink to={paths.task(task.id)}>{TASK_WORDS[task.task]}</RowLink>,
  },
  {
    title: 'State',
    cell: (task) => {
      const { tone, text } = taskState(task);
      return <State tone={tone}>{text}</State>;
    },
  },
  {
    title: 'Progress',
    cell: ({ data: { appId, changed, scanned } }) =>
      appId === null
        ? `${whole(scanned)} applications scanned`
        : `${whole(changed)} changed, ${whole(scanned)} scanned`,
  },
  {
    title: 'Endpoint',
    wideOnly: true,
    cell: ({ data }) => (
      <Text span size="sm">
        <code>{data.endpointId}</code>
      </Text>
    ),
  },
  {
    title: 'Started',
    wideOnly: true,
    align: 'right',
    cell: ({ data }) => <Time at={data.createdAt} />,
  },
];
