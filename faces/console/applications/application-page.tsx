import { Button, Group, Stack, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useApi } from '../../kit/api/api-context.tsx';
import type { ApplicationOut } from '../../kit/api/types.ts';
import { NEW_ENDPOINT } from '../../kit/endpoints/endpoint-draft.ts';
import { EndpointForm } from '../../kit/endpoints/endpoint-form.tsx';
import { EndpointActivity } from '../../kit/endpoints/endpoint-activity.tsx';
import { useGo } from '../../kit/hooks/use-go.ts';
import type { List } from '../../kit/hooks/use-list.ts';
import { useRead } from '../../kit/hooks/use-read.ts';
import { Confirm } from '../../kit/parts/confirm.tsx';
import { type Column, DataTable } from '../../kit/parts/data-table.tsx';
import { Panel } from '../../kit/parts/dialog.tsx';
import { EmptyState } from '../../kit/parts/empty-state.tsx';
import { ErrorNotice } from '../../kit/parts/error-notice.tsx';
import { Facts } from '../../kit/parts/facts.tsx';
import { ButtonLink, RowLink } from '../../kit/parts/link.tsx';
import { Page } from '../../kit/parts/page.tsx';
import { Time } from '../../kit/parts/time.tsx';
import { Waiting } from '../../kit/parts/waiting.tsx';
import { useMay } from '../../kit/session/session-context.tsx';
import { visible } from '../../kit/words/visible.ts';
import { EndpointState } from '../endpoints/endpoint-state.tsx';
import { type EndpointWithState, useEndpoints } from '../endpoints/use-endpoints.ts';
import { paths } from '../paths.ts';
import { ApplicationActivity } from './application-activity.tsx';
import { ApplicationForm } from './application-form.tsx';
import { PortalLink } from './portal-link.tsx';

/** One customer: its endpoints with their state in one line. */
export function ApplicationPage() {
  const { app = '' } = useParams({ strict: false });
  const api = useApi();
  const read = useRead(['application', app], () => api.applications.get(app));
  // Requested with the application, not after it: `app` may be a uid, which the API accepts too.
  const endpoints = useEndpoints(app);
  return (
    <Page
      title={read.data?.name ?? app}
      trail={[{ title: 'Applications', to: '/applications' }]}
      actions={read.data && <Actions application={read.data} />}
    >
      <ErrorNotice error={read.error} onRetry={() => void read.refetch()} />
      {read.isLoading && <Waiting />}
      {read.data && <Told application={read.data} endpoints={endpoints} />}
    </Page>
  );
}

interface ToldProps {
  readonly application: ApplicationOut;
  readonly endpoints: List<EndpointWithState>;
}

function Told({ application, endpoints }: ToldProps) {
  const mayReadStatistics = useMay('endpoint:read');
  const { id, uid, throttleRate, payloadRetentionPeriod, metadata, createdAt } = application;
  return (
    <Stack gap="lg">
      <Facts
        of={{
          Id: <code>{id}</code>,
          Uid: uid ?? '–',
          Created: <Time at={createdAt} />,
          'Publishes per second': throttleRate ?? 'no limit',
          'Payload retention': payloadRetentionPeriod
            ? `${payloadRetentionPeriod} days`
            : 'default',
          Metadata:
            Object.keys(metadata).length === 0
              ? undefined
              : Object.entries(metadata)
                  .map(([name, value]) => visible(`${name}: ${value}`))
                  .join(', '),
        }}
      />
      <Endpoints app={id} list={endpoints} />
      {mayReadStatistics && <ApplicationActivity app={id} />}
    </Stack>
  );
}

function Endpoints({ app, list }: { app: string; list: List<EndpointWithState> }) {
  const api = useApi();
  const go = useGo();
  const mayWrite = useMay('endpoint:write');
  const [isOpen, drawer] = useDisclosure();
  const columns = useMemo(() => columnsOf(app), [app]);
  return (
    <Stack gap="sm" component="section" aria-label="Endpoints">
      <Group justify="space-between">
        <Title order={2}>Endpoints</Title>
        <Button onClick={drawer.open} disabled={!mayWrite}>
          New endpoint
        </Button>
      </Group>
      <DataTable
        label="Endpoints, newest first"
        list={list}
        rowKey={({ endpoint: { id } }) => id}
        columns={columns}
        empty={
          <EmptyState title="No endpoints yet">
            An endpoint is a URL of the customer to which messages are sent. Until there is one,
            messages of this application are stored but not sent.
          </EmptyState>
        }
      />
      <Panel isOpen={isOpen} onClose={drawer.close} title="New endpoint">
        <EndpointForm
          draft={NEW_ENDPOINT}
          submitLabel="Create the endpoint"
          onSubmit={(input) => api.endpoints.create(app, input)}
          onSaved={({ id }) => go(paths.endpoint(app, id))}
        />
      </Panel>
    </Stack>
  );
}

function columnsOf(app: string): readonly Column<EndpointWithState>[] {
  return [
    {
      title: 'URL',
      cell: ({ endpoint: { id, url } }) => <RowLink to={paths.endpoint(app, id)}>{url}</RowLink>,
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
    {
      title: 'Event types',
      wideOnly: true,
      cell: ({ endpoint: { eventTypes } }) => eventTypes?.join(', ') ?? 'all',
    },
  ];
}

function Actions({ application }: { application: ApplicationOut }) {
  const api = useApi();
  const go = useGo();
  const queries = useQueryClient();
  const mayWrite = useMay('application:write');
  const [isOpen, drawer] = useDisclosure();
  return (
    <>
      <ButtonLink variant="default" to={paths.messages(application.uid ?? application.id)}>
        Messages
      </ButtonLink>
      <PortalLink app={application.id} />
      <Button variant="default" onClick={drawer.open} disabled={!mayWrite}>
        Edit
      </Button>
      <Confirm
        title="Delete the application"
        act={() => api.applications.delete(application.id)}
        done={`${application.name} is deleted`}
        onDone={() => go('/applications')}
        isDestructive
        disabled={!mayWrite}
      >
        {visible(application.name)} and all its endpoints are deleted. Waiting deliveries are
        cancelled. This cannot be undone.
      </Confirm>
      <Panel isOpen={isOpen} onClose={drawer.close} title="Edit the application">
        <ApplicationForm
          application={application}
          submitLabel="Save"
          onSubmit={(_input, changed) => api.applications.patch(application.id, changed)}
          onSaved={async () => {
            drawer.close();
            await queries.invalidateQueries({ queryKey: ['application'] });
          }}
        />
      </Panel>
    </>
  );
}
