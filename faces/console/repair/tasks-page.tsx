import { NativeSelect } from '@mantine/core';
import { useSearchValue } from '../../kit/hooks/use-search-value.ts';
import { Page } from '../../kit/parts/page.tsx';
import { TaskList } from './task-list.tsx';

export function TasksPage() {
  const [status, setStatus] = useSearchValue('status');
  return (
    <Page title="Tasks">
      <NativeSelect
        label="State"
        size="xs"
        maw="12rem"
        data={[
          { value: '', label: 'All states' },
          { value: 'running', label: 'Running' },
          { value: 'finished', label: 'Finished' },
          { value: 'failed', label: 'Failed or cancelled' },
        ]}
        value={status}
        onChange={(event) => setStatus(event.currentTarget.value)}
      />
      <TaskList status={status} />
    </Page>
  );
}
