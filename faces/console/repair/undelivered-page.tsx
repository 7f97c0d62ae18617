import { Group } from '@mantine/core';
import { useApi } from '../../kit/api/api-context.tsx';
import { useList } from '../../kit/hooks/use-list.ts';
import { useSearchValue } from '../../kit/hooks/use-search-value.ts';
import { MessageFilters, useMessageFilters } from '../../kit/messages/message-filters.tsx';
import { DataTable } from '../../kit/parts/data-table.tsx';
import { EmptyState } from '../../kit/parts/empty-state.tsx';
import { ButtonLink, Link } from '../../kit/parts/link.tsx';
import { Page } from '../../kit/parts/page.tsx';
import { ApplicationChoice } from '../applications/application-choice.tsx';
import { paths } from '../paths.ts';
import { EndpointFilter } from './endpoint-filter.tsx';
import { undeliveredColumns } from './undelivered-columns.tsx';
import { UndeliveredCounts } from './undelivered-counts.tsx';

/** Failed deliveries of one application or all, with links to their repair. */
export function UndeliveredPage() {
  const api = useApi();
  const [app] = useSearchValue('app');
  const [endpoint] = useSearchValue('endpoint');
  const { query, status, isFiltered } = useMessageFilters();
  const ofEndpoint = app === '' ? {} : { endpoint_id: endpoint };
  const list = useList(
    ['undelivered', app],
    (page, signal) => api.undelivered.list(app, page, signal),
    { query: { ...query, ...ofEndpoint, status }, refetchMs: 5_000 },
  );
  return (
    <Page
      title="Undelivered"
      actions={
        app !== '' &&
        endpoint !== '' && (
          <ButtonLink to={paths.endpointTab(app, endpoint, 'repair')}>
            Recover or replay this endpoint
          </ButtonLink>
        )
      }
    >
      <Group align="end" gap="sm">
        <ApplicationChoice />
        {app !== '' && <EndpointFilter app={app} />}
      </Group>
      <UndeliveredCounts app={app} query={{ ...query, ...ofEndpoint }} />
      <MessageFilters states={[2, 3]} />
      <DataTable
        label="Deliveries that failed, newest message first"
        list={list}
        rowKey={({ msgId, endpointId }) => `${msgId}.${endpointId}`}
        columns={undeliveredColumns}
        empty={
          <EmptyState
            title={isFiltered ? 'No delivery matches the filters' : 'Nothing is undelivered'}
          >
            {isFiltered ? (
              <Link to="/undelivered">Show all undelivered messages</Link>
            ) : (
              'Every delivery arrived, or waits for its first attempt. Failed deliveries are listed here.'
            )}
          </EmptyState>
        }
      />
    </Page>
  );
}
