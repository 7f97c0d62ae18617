import { MessageFilters, useMessageFilters } from '../../kit/messages/message-filters.tsx';
import { messageColumns } from '../../kit/messages/message-columns.tsx';
import { DataTable } from '../../kit/parts/data-table.tsx';
import { EmptyState } from '../../kit/parts/empty-state.tsx';
import { Page } from '../../kit/parts/page.tsx';
import { useMessages } from '../../react/messages.ts';
import { paths } from '../paths.ts';

/** All messages that were published for the customer, live. */
export function MessagesPage() {
  const { query, isFiltered } = useMessageFilters();
  const list = useMessages(query, { refetchMs: 5_000 });
  return (
    <Page title="Messages">
      <MessageFilters />
      <DataTable
        label="Messages, newest first"
        list={list}
        rowKey={({ id }) => id}
        columns={COLUMNS}
        empty={
          <EmptyState
            title={isFiltered ? 'No message matches the filters' : 'Nothing has happened yet'}
          >
            {isFiltered
              ? 'Change the filters, or clear them.'
              : 'Each event is listed here as a message, whether or not an endpoint gets it.'}
          </EmptyState>
        }
      />
    </Page>
  );
}

const COLUMNS = messageColumns(paths.message);
