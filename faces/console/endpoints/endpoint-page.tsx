import { useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useApi } from '../../kit/api/api-context.tsx';
import type { EndpointOut } from '../../kit/api/types.ts';
import { draftOf } from '../../kit/endpoints/endpoint-draft.ts';
import { EndpointForm } from '../../kit/endpoints/endpoint-form.tsx';
import { FilterPanel } from '../../kit/endpoints/filter-panel.tsx';
import { RequestPanel } from '../../kit/endpoints/request-panel.tsx';
import { SecretPanel } from '../../kit/endpoints/secret-panel.tsx';
import { TransformationPanel } from '../../kit/endpoints/transformation-panel.tsx';
import { useRead } from '../../kit/hooks/use-read.ts';
import { useSearchValue } from '../../kit/hooks/use-search-value.ts';
import { useAnnounce } from '../../kit/parts/announcer.tsx';
import { ErrorNotice } from '../../kit/parts/error-notice.tsx';
import { PageTabs } from '../../kit/parts/page-tabs.tsx';
import { Page } from '../../kit/parts/page.tsx';
import { Waiting } from '../../kit/parts/waiting.tsx';
import { useMay } from '../../kit/session/session-context.tsx';
import { paths } from '../paths.ts';
import { RepairPanel } from '../repair/repair-panel.tsx';
import { EndpointActions } from './endpoint-actions.tsx';
import { EndpointMessages, useEndpointMessages } from './endpoint-messages.tsx';
import { EndpointSummary } from './endpoint-summary.tsx';

const EVERY_MS = 5_000;

/** One endpoint: its state, its messages, repairs, and all its settings. */
export function EndpointPage() {
  const { app = '', endpoint = '' } = useParams({ strict: false });
  const api = useApi();
  const read = useRead(['endpoint', app, endpoint], () => api.endpoints.get(app, endpoint), {
    everyMs: EVERY_MS,
  });
  const [tab] = useSearchValue('tab');
  // Requested with the endpoint, not after it; shown below it.
  useEndpointMessages(app, endpoint, tab === '');
  return (
    <Page
      title={read.data?.url ?? endpoint}
      trail={[
        { title: 'Applications', to: '/applications' },
        { title: app, to: paths.application(app) },
      ]}
      actions={read.data && <EndpointActions app={app} endpoint={read.data} />}
    >
      <ErrorNotice error={read.error} onRetry={() => void read.refetch()} />
      {read.isLoading && <Waiting />}
      {read.data && (
        <>
          <EndpointSummary app={app} endpoint={read.data} />
          <EndpointTabs app={app} endpoint={read.data} />
        </>
      )}
    </Page>
  );
}

function EndpointTabs({ app, endpoint }: { app: string; endpoint: EndpointOut }) {
  const { id } = endpoint;
  return (
    <PageTabs
      tabs={[
        {
          value: 'messages',
          title: 'Messages',
          panel: <EndpointMessages app={app} endpoint={id} />,
        },
        { value: 'repair', title: 'Repair', panel: <RepairPanel app={app} endpoint={endpoint} /> },
        {
          value: 'filters',
          title: 'Filters',
          panel: <FilterPanel app={app} endpoint={endpoint} />,
        },
        {
          value: 'transformation',
          title: 'Transformation',
          panel: <TransformationPanel app={app} endpoint={id} />,
        },
        { value: 'secret', title: 'Secret', panel: <SecretPanel app={app} endpoint={id} /> },
        {
          value: 'request',
          title: 'Headers and authentication',
          panel: <RequestPanel app={app} endpoint={id} />,
        },
        {
          value: 'settings',
          title: 'Settings',
          panel: <EndpointSettings app={app} endpoint={endpoint} />,
        },
      ]}
    />
  );
}

function EndpointSettings({ app, endpoint }: { app: string; endpoint: EndpointOut }) {
  const api = useApi();
  const announce = useAnnounce();
  const queries = useQueryClient();
  const mayWrite = useMay('endpoint:write');
  return (
    <div className="narrow">
      <EndpointForm
        // Changes that somebody else saves meanwhile do not overwrite the text being typed.
        key={endpoint.id}
        draft={draftOf(endpoint)}
        submitLabel="Save"
        disabled={!mayWrite}
        onSubmit={(_input, changed) => api.endpoints.patch(app, endpoint.id, changed)}
        onSaved={async () => {
          announce('The endpoint is saved');
          await queries.invalidateQueries({ queryKey: ['endpoint', app] });
        }}
      />
    </div>
  );
}
