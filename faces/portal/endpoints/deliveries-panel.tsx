import { NativeSelect, Stack } from '@mantine/core';
import { useSearchValue } from '../../kit/hooks/use-search-value.ts';
import { standingColumns } from '../../kit/messages/message-columns.tsx';
import { DataTable } from '../../kit/parts/data-table.tsx';
import { EmptyState } from '../../kit/parts/empty-state.tsx';
import { useEndpointMessages } from '../../react/messages.ts';
import { paths } from '../paths.ts';

const STATES = [
  { value: '', label: 'All states' },
  { value: '2', label: 'Failed' },
  { value: '3', label: 'Failed, will be retried' },
  { value: '1', label: 'Waiting' },
  { value: '0', label: 'Delivered' },
  { value: '4', label: 'Cancelled' },
];

/** The deliveries to an endpoint in the state that the address names. */
export function useStandings(endpoint: string, enabled = true) {
  const [status] = useSearchValue('status');
  return useEndpointMessages(endpoint, { status }, { enabled });
}

/** The deliveries to an endpoint with their states, live. */
export function DeliveriesPanel({ endpoint }: { endpoint: string }) {
  const [status, setStatus] = useSearchValue('status');
  const list = useStandings(endpoint);
  return (
    <Stack gap="sm">
      <NativeSelect
        label="State"
        size="xs"
        maw="16rem"
        data={STATES}
        value={status}
        onChange={(event) => setStatus(event.currentTarget.value)}
      />
      <DataTable
        label="Deliveries, newest first"
        list={list}
        rowKey={({ id }) => id}
        columns={COLUMNS}
        empty={
          <EmptyState title={status === '' ? 'No deliveries yet' : 'No delivery is in this state'}>
            {status === ''
              ? 'Send a test event, or wait for something to happen.'
              : 'Choose another state, or all states.'}
          </EmptyState>
        }
      />
    </Stack>
  );
}

const COLUMNS = standingColumns(paths.message);
