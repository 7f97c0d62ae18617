import { Stack } from '@mantine/core';
import { useMemo } from 'react';
import { useApi } from '../../kit/api/api-context.tsx';
import { useList } from '../../kit/hooks/use-list.ts';
import { standingColumns } from '../../kit/messages/message-columns.tsx';
import { MessageFilters, useMessageFilters } from '../../kit/messages/message-filters.tsx';
import { DataTable } from '../../kit/parts/data-table.tsx';
import { EmptyState } from '../../kit/parts/empty-state.tsx';
import { paths } from '../paths.ts';

/** The messages of an endpoint that match the filters in the address. */
export function useEndpointMessages(app: string, endpoint: string, enabled = true) {
  const api = useApi();
  const { query, status } = useMessageFilters();
  return useList(
    ['endpoint-messages', app, endpoint],
    (page, signal) =>
      api.endpoints.messages(
        app,
        endpoint,
        { ...page, with_content: false, expanded_statuses: true },
        signal,
      ),
    { query: { ...query, status }, refetchMs: 5_000, enabled },
  );
}

/** The messages that are or were owed to an endpoint, with the state of each delivery. */
export function EndpointMessages({ app, endpoint }: { app: string; endpoint: string }) {
  const { isFiltered } = useMessageFilters();
  const list = useEndpointMessages(app, endpoint);
  const columns = useMemo(() => standingColumns((message) => paths.message(app, message)), [app]);
  return (
    <Stack gap="md">
      <MessageFilters states={[2, 3, 1, 0, 4]} />
      <DataTable
        label="Messages of the endpoint, newest first"
        list={list}
        rowKey={({ id }) => id}
        columns={columns}
        empty={
          <EmptyState title={isFiltered ? 'No message matches the filters' : 'No messages yet'}>
            {isFiltered
              ? 'Clear the filters to see all messages.'
              : 'New messages that match the filters of the endpoint are listed here. “Send an example” sends one now.'}
          </EmptyState>
        }
      />
    </Stack>
  );
}
