import { Stack, Title } from '@mantine/core';
import { useMemo } from 'react';
import { EndpointActivity } from '../../kit/endpoints/endpoint-activity.tsx';
import { type Column, DataTable } from '../../kit/parts/data-table.tsx';
import { EmptyState } from '../../kit/parts/empty-state.tsx';
import { RowLink } from '../../kit/parts/link.tsx';
import { EndpointState } from '../endpoints/endpoint-state.tsx';
import { type EndpointWithState, useEndpoints } from '../endpoints/use-endpoints.ts';
import { paths } from '../paths.ts';

/** The endpoints of an application, each with a link to its repair. */
export function EndpointChoice({ app }: { app: string }) {
  const list = useEndpoints(app);
  const columns = useMemo(() => columnsOf(app), [app]);
  return (
    <Stack gap="sm">
      <Title order={2}>Endpoints</Title>
      <DataTable
        label="Endpoints"
        list={list}
        rowKey={({ endpoint: { id } }) => id}
        columns={columns}
        empty={<EmptyState title="No endpoints">There is nothing to repair.</EmptyState>}
      />
    </Stack>
  );
}

function columnsOf(app: string): readonly Column<EndpointWithState>[] {
  return [
    {
      title: 'URL',
      cell: ({ endpoint: { id, url } }) => (
        <RowLink to={paths.endpointTab(app, id, 'repair')}>{url}</RowLink>
      ),
    },
    {
      title: 'State',
      cell: (row) => <EndpointState {...row} />,
    },
    {
      title: 'Last 24 hours',
      wideOnly: true,
      cell: ({ endpoint: { id } }) => <EndpointActivity app={app} endpoint={id} />,
    },
  ];
}
