import { useMemo } from 'react';
import { EndpointActivity } from '../../kit/endpoints/endpoint-activity.tsx';
import type { EndpointOut } from '../../kit/api/types.ts';
import { type Column, DataTable } from '../../kit/parts/data-table.tsx';
import { EmptyState } from '../../kit/parts/empty-state.tsx';
import { ButtonLink, RowLink } from '../../kit/parts/link.tsx';
import { Page } from '../../kit/parts/page.tsx';
import { State } from '../../kit/parts/state.tsx';
import { endpointState } from '../../kit/words/states.ts';
import { useEndpoints } from '../../react/endpoints.ts';
import { usePortal } from '../../react/use-portal.ts';
import { paths } from '../paths.ts';

/** The customer's endpoints with their states. */
export function EndpointsPage() {
  const { app, may } = usePortal();
  const add = may('endpoint:write') && <ButtonLink to="/endpoints/new">Add an endpoint</ButtonLink>;
  const columns = useMemo(() => columnsOf(app), [app]);
  return (
    <Page title="Endpoints" actions={add}>
      <DataTable
        label="Endpoints"
        list={useEndpoints()}
        rowKey={({ id }) => id}
        columns={columns}
        empty={
          <EmptyState title="No endpoint yet">
            An endpoint is an address of yours that gets a request by POST whenever something
            happens.
            {add && <div style={{ marginTop: '1rem' }}>{add}</div>}
          </EmptyState>
        }
      />
    </Page>
  );
}

function columnsOf(app: string): readonly Column<EndpointOut>[] {
  return [
    {
      title: 'Endpoint',
      cell: ({ id, url }) => <RowLink to={paths.endpoint(id)}>{url}</RowLink>,
    },
    {
      title: 'State',
      cell: (endpoint) => {
        const { tone, text } = endpointState(endpoint);
        return <State tone={tone}>{text}</State>;
      },
    },
    { title: 'Description', wideOnly: true, cell: ({ description }) => description || '–' },
    {
      title: 'Event types',
      wideOnly: true,
      cell: ({ eventTypes }) => eventTypes?.join(', ') ?? 'All',
    },
    {
      title: 'Last 24 hours',
      wideOnly: true,
      cell: ({ id }) => <EndpointActivity app={app} endpoint={id} />,
    },
  ];
}
