import { Text } from '@mantine/core';
import { NEW_ENDPOINT } from '../../kit/endpoints/endpoint-draft.ts';
import { EndpointForm } from '../../kit/endpoints/endpoint-form.tsx';
import { useGo } from '../../kit/hooks/use-go.ts';
import { useSearchValue } from '../../kit/hooks/use-search-value.ts';
import { useAnnounce } from '../../kit/parts/announcer.tsx';
import { EmptyState } from '../../kit/parts/empty-state.tsx';
import { Page } from '../../kit/parts/page.tsx';
import { useCreateEndpoint } from '../../react/endpoints.ts';
import { usePortal } from '../../react/use-portal.ts';
import { paths } from '../paths.ts';

/** Adds an endpoint, then leads to its test event. */
export function NewEndpointPage() {
  const { may } = usePortal();
  const go = useGo();
  const announce = useAnnounce();
  const create = useCreateEndpoint();
  const [eventType] = useSearchValue('type');
  return (
    <Page title="Add an endpoint" trail={[{ title: 'Endpoints', to: '/' }]}>
      {may('endpoint:write') ? (
        <div className="narrow">
          <Text size="sm" c="dimmed" mb="md">
            Enter the URL for your webhooks and choose the events. Then send a test event to it.
          </Text>
          <EndpointForm
            draft={{ ...NEW_ENDPOINT, eventTypes: eventType === '' ? [] : [eventType] }}
            submitLabel="Add the endpoint"
            onSubmit={(input) => create.run(input)}
            onSaved={({ id }) => {
              announce('The endpoint is added');
              go(paths.endpointTab(id, may('attempt:write') ? 'test' : 'secret'));
            }}
          />
        </div>
      ) : (
        <EmptyState title="Your access is read-only">
          Ask whoever gave you this page for access that may change endpoints.
        </EmptyState>
      )}
    </Page>
  );
}
