import { Group, Switch, Text } from '@mantine/core';
import { useMemo } from 'react';
import { useApi } from '../../kit/api/api-context.tsx';
import { useList } from '../../kit/hooks/use-list.ts';
import { useSearchValue } from '../../kit/hooks/use-search-value.ts';
import { messageColumns } from '../../kit/messages/message-columns.tsx';
import { MessageFilters, useMessageFilters } from '../../kit/messages/message-filters.tsx';
import { DataTable } from '../../kit/parts/data-table.tsx';
import { EmptyState } from '../../kit/parts/empty-state.tsx';
import { Link } from '../../kit/parts/link.tsx';
import { Page } from '../../kit/parts/page.tsx';
import { ApplicationChoice } from '../applications/application-choice.tsx';
import { paths } from '../paths.ts';
import { MessageFinder } from './message-finder.tsx';

const TAIL_MS = 2_000;

/** The messages of an application, with search and filters, and live if asked for. */
export function MessagesPage() {
  const [app] = useSearchValue('app');
  return (
    <Page title="Messages">
      <Group align="end" gap="sm">
        <ApplicationChoice />
        <MessageFinder />
      </Group>
      {app === '' ? (
        <EmptyState title="Choose an application">
          Each message belongs to one. If you have the id of a message, paste it into “Find a
          message”.
        </EmptyState>
      ) : (
        <MessagesOf app={app} />
      )}
    </Page>
  );
}

function MessagesOf({ app }: { app: string }) {
  const api = useApi();
  const { query, isFiltered } = useMessageFilters();
  const [live, setLive] = useSearchValue('live');
  const list = useList(
    ['messages', app],
    (page, signal) => api.messages.list(app, { ...page, with_content: false }, signal),
    { query, refetchMs: live === '' ? false : TAIL_MS },
  );
  const columns = useMemo(() => messageColumns((message) => paths.message(app, message)), [app]);
  return (
    <>
      <Group justify="space-between" align="end" gap="sm">
        <MessageFilters />
        <Switch
          label="Live"
          checked={live !== ''}
          onChange={(event) => setLive(event.currentTarget.checked ? '1' : null)}
        />
      </Group>
      <DataTable
        label="Messages, newest first"
        list={list}
        rowKey={({ id }) => id}
        columns={columns}
        empty={
          <EmptyState title={isFiltered ? 'No message matches the filters' : 'No messages yet'}>
            {isFiltered ? (
              <Link to={paths.messages(app)}>Show all messages</Link>
            ) : (
              <Text span size="sm">
                Publish one: <code>POST /api/v1/app/{app}/msg</code>. The{' '}
                <a href="/docs">reference</a> lets you try.
              </Text>
            )}
          </EmptyState>
        }
      />
    </>
  );
}
