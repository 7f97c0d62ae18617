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
import { type PageTab, PageTabs } from '../../kit/parts/page-tabs.tsx';
import { Page } from '../../kit/parts/page.tsx';
import { State } from '../../kit/parts/state.tsx';
import { Time } from '../../kit/parts/time.tsx';
import { Waiting } from '../../kit/parts/waiting.tsx';
import { endpointState } from '../../kit/words/states.ts';
import { useEndpoint, useUpdateEndpoint } from '../../react/endpoints.ts';
import { usePortal } from '../../react/use-portal.ts';
import { Activity } from '../activity.tsx';
import { DeliveriesPanel, useStandings } from './deliveries-panel.tsx';
import { EndpointActions } from './endpoint-actions.tsx';
import { RepairPanel } from './repair-panel.tsx';
import { TestPanel } from './test-panel.tsx';
import { VerifyPanel } from './verify-panel.tsx';

export function EndpointPage() {
  const { endpoint: id = '' } = useParams({ strict: false });
  const { data: endpoint, error, isLoading, reload } = useEndpoint(id);
  const [tab] = useSearchValue('tab');
  // Requested with the endpoint, not after it; shown below it.
  useStandings(id, tab === '');
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
  const { id } = endpoint;
  const repairing: readonly PageTab[] = [
    { value: 'test', title: 'Test', panel: <TestPanel endpoint={endpoint} /> },
    { value: 'repair', title: 'Recover and replay', panel: <RepairPanel endpoint={id} /> },
  ];
  return (
    <PageTabs
      tabs={[
        { value: 'deliveries', title: 'Deliveries', panel: <DeliveriesPanel endpoint={id} /> },
        { value: 'activity', title: 'Activity', panel: <Activity endpoint={id} /> },
        ...(may('attempt:write') ? repairing : []),
        { value: 'secret', title: 'Verify', panel: <VerifyPanel endpoint={id} /> },
        { value: 'filters', title: 'Filter', panel: <FilterPanel app={app} endpoint={endpoint} /> },
        {
          value: 'transformation',
          title: 'Transformation',
          panel: <TransformationPanel app={app} endpoint={id} />,
        },
        {
          value: 'request',
          title: 'Headers and authentication',
          panel: <RequestPanel app={app} endpoint={id} />,
        },
        { value: 'settings', title: 'Settings', panel: <Settings endpoint={endpoint} /> },
      ]}
    />
  );
}

function Settings({ endpoint }: { endpoint: EndpointOut }) {
  const { may } = usePortal();
  const announce = useAnnounce();
  const update = useUpdateEndpoint(endpoint.id);
  return (
    <div className="narrow">
      <EndpointForm
        // Changes that somebody else saves meanwhile do not overwrite the text being typed.
        key={endpoint.id}
        draft={draftOf(endpoint)}
        submitLabel="Save"
        disabled={!may('endpoint:write')}
        onSubmit={(_input, changed) => update.run(changed)}
        onSaved={() => announce('The endpoint is saved')}
      />
    </div>
  );
}
