import { Stack, Title } from '@mantine/core';
import { useApi } from '../../kit/api/api-context.tsx';
import type { EndpointOut } from '../../kit/api/types.ts';
import { EndpointActivity } from '../../kit/endpoints/endpoint-activity.tsx';
import { useList } from '../../kit/hooks/use-list.ts';
import { DataTable } from '../../kit/parts/data-table.tsx';
import { EmptyState } from '../../kit/parts/empty-state.tsx';
import { RowLink } from '../../kit/parts/link.tsx';
import { EndpointState } from '../endpoints/endpoint-state.tsx';
import { paths } from '../paths.ts';

/** The endpoints of an application, each leading to its repair. */
export function EndpointChoice({ app }: { app: string }) {
  const api = useApi();
  const list = useList(['endpoints', app], (page, signal) => api.endpoints.list(app, page, signal));
  return (
    <Stack gap="sm">
      <Title order={2}>Endpoints</Title>
      <DataTable
        label="Endpoints"
        list={list}
        rowKey={({ id }) => id}
        columns={[
          {
            title: 'URL',
            cell: ({ id, url }: EndpointOut) => (
              <RowLink to={paths.endpointTab(app, id, 'repair')}>{url}</RowLink>
            ),
          },
          {
            title: 'State',
            cell: (endpoint) => <EndpointState endpoint={endpoint} />,
          },
          {
            title: 'Last 24 hours',
            wideOnly: true,
            cell: ({ id }) => <EndpointActivity app={app} endpoint={id} />,
          },
        ]}
        empty={<EmptyState title="No endpoints">Nothing can fail here.</EmptyState>}
      />
    </Stack>
  );
}
