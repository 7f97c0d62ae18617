import { Tabs } from '@mantine/core';
import { useParams } from '@tanstack/react-router';
import type { EndpointOut } from '../../kit/api/types.ts';
import { draftOf } from '../../kit/endpoints/endpoint-draft.ts';
import { EndpointForm } from '../../kit/endpoints/endpoint-form.tsx';
import { FilterPanel } from '../../kit/endpoints/filter-panel.tsx';
import { RequestPanel } from '../../kit/endpoints/request-panel.tsx';
import { TransformationPanel } from '../../kit/endpoints/transformation-panel.tsx';
import { useSearchValue } from '../../kit/hooks/use-search-value.ts';
import { useAnnounce } from '../../kit/parts/announcer.tsx';
import { ErrorNotice } from '../../kit/parts/error-notice.tsx';
import { Facts } from '../../kit/parts/facts.tsx';
import { Page } from '../../kit/parts/page.tsx';
import { State } from '../../kit/parts/state.tsx';
import { Time } from '../../kit/parts/time.tsx';
import { Waiting } from '../../kit/parts/waiting.tsx';
import { endpointState } from '../../kit/words/states.ts';
import { useEndpoint, useUpdateEndpoint } from '../../react/endpoints.ts';
import { usePortal } from '../../react/use-portal.ts';
import { Activity } from '../activity.tsx';
import { DeliveriesPanel } from './deliveries-panel.tsx';
import { EndpointActions } from './endpoint-actions.tsx';
import { RepairPanel } from './repair-panel.tsx';
import { TestPanel } from './test-panel.tsx';
import { VerifyPanel } from './verify-panel.tsx';

export function EndpointPage() {
  const { endpoint: id = '' } = useParams({ strict: false });
  const { data: endpoint, error, isLoading, reload } = useEndpoint(id);
  const state = endpoint && endpointState(endpoint);
  return (
    <Page
      title={endpoint?.url ?? id}
      trail={[{ title: 'Endpoints', to: '/' }]}
      actions={endpoint && <EndpointActions endpoint={endpoint} />}
    >
      <ErrorNotice error={error} onRetry={reload} />
      {isLoading && <Waiting />}
      {endpoint && state && (
        <>
          <Facts
            of={{
              State: <State tone={state.tone}>{state.text}</State>,
              Description: endpoint.description || undefined,
              'Event types': endpoint.eventTypes?.join(', ') ?? 'All',
              Added: <Time at={endpoint.createdAt} />,
            }}
          />
          <EndpointTabs endpoint={endpoint} />
        </>
      )}
    </Page>
  );
}

function EndpointTabs({ endpoint }: { endpoint: EndpointOut }) {
  const { app, may } = usePortal();
  const [tab, setTab] = useSearchValue('tab');
  const mayRepair = may('attempt:write');
  return (
    <Tabs value={tab || 'deliveries'} onChange={setTab} keepMounted={false}>
      <Tabs.List mb="md">
        <Tabs.Tab value="deliveries">Deliveries</Tabs.Tab>
        <Tabs.Tab value="activity">Activity</Tabs.Tab>
        {mayRepair && <Tabs.Tab value="test">Test</Tabs.Tab>}
        {mayRepair && <Tabs.Tab value="repair">Recover and replay</Tabs.Tab>}
        <Tabs.Tab value="secret">Verify</Tabs.Tab>
        <Tabs.Tab value="filters">Filter</Tabs.Tab>
        <Tabs.Tab value="transformation">Transformation</Tabs.Tab>
        <Tabs.Tab value="request">Headers and authentication</Tabs.Tab>
        <Tabs.Tab value="settings">Settings</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="deliveries">
        <DeliveriesPanel endpoint={endpoint.id} />
      </Tabs.Panel>
      <Tabs.Panel value="activity">
        <Activity endpoint={endpoint.id} />
      </Tabs.Panel>
      {mayRepair && (
        <Tabs.Panel value="test">
          <TestPanel endpoint={endpoint} />
        </Tabs.Panel>
      )}
      {mayRepair && (
        <Tabs.Panel value="repair">
          <RepairPanel endpoint={endpoint.id} />
        </Tabs.Panel>
      )}
      <Tabs.Panel value="secret">
        <VerifyPanel endpoint={endpoint.id} />
      </Tabs.Panel>
      <Tabs.Panel value="filters">
        <FilterPanel app={app} endpoint={endpoint} />
      </Tabs.Panel>
      <Tabs.Panel value="transformation">
        <TransformationPanel app={app} endpoint={endpoint.id} />
      </Tabs.Panel>
      <Tabs.Panel value="request">
        <RequestPanel app={app} endpoint={endpoint.id} />
      </Tabs.Panel>
      <Tabs.Panel value="settings">
        <Settings endpoint={endpoint} />
      </Tabs.Panel>
    </Tabs>
  );
}

function Settings({ endpoint }: { endpoint: EndpointOut }) {
  const { may } = usePortal();
  const announce = useAnnounce();
  const update = useUpdateEndpoint(endpoint.id);
  return (
    <div className="narrow">
      <EndpointForm
        // What somebody else saves meanwhile does not overwrite what is being typed.
        key={endpoint.id}
        draft={draftOf(endpoint)}
        submitLabel="Save"
        disabled={!may('endpoint:write')}
        onSubmit={async (input) => {
          await update.run(input);
          announce('The endpoint is saved');
        }}
      />
    </div>
  );
}
