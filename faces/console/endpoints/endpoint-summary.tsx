import { Group } from '@mantine/core';
import { useApi } from '../../kit/api/api-context.tsx';
import type { EndpointOut } from '../../kit/api/types.ts';
import { EndpointActivity } from '../../kit/endpoints/endpoint-activity.tsx';
import { useRead } from '../../kit/hooks/use-read.ts';
import { Facts } from '../../kit/parts/facts.tsx';
import { Time } from '../../kit/parts/time.tsx';
import { span } from '../../kit/words/times.ts';
import { EndpointState } from './endpoint-state.tsx';
import { EndpointUndelivered } from './endpoint-undelivered.tsx';

const EVERY_MS = 5_000;

/** The state of an endpoint, and its attempts of the last day. */
export function EndpointSummary({ app, endpoint }: { app: string; endpoint: EndpointOut }) {
  const api = useApi();
  const statistics = useRead(['statistics', app, endpoint.id, 'day'], () =>
    api.endpoints.day(app, endpoint.id),
  );
  const state = useRead(
    ['endpoint', app, endpoint.id, 'state'],
    () => api.status.endpoint(app, endpoint.id),
    { everyMs: EVERY_MS },
  );
  const durations = statistics.data?.total.durationMs;
  const results = Object.entries(statistics.data?.total.results ?? {});
  return (
    <div className="card">
      <Group justify="space-between" mb="sm">
        <EndpointState endpoint={endpoint} state={state.data} />
        <EndpointActivity app={app} endpoint={endpoint.id} />
      </Group>
      <Facts
        of={{
          Id: <code>{endpoint.id}</code>,
          Undelivered: <EndpointUndelivered app={app} endpoint={endpoint.id} />,
          Description: endpoint.description || undefined,
          'Event types': endpoint.eventTypes?.join(', ') ?? 'all',
          Channels: endpoint.channels?.join(', '),
          Order: endpoint.ordered ? 'in the order of publication' : undefined,
          'Attempts per second': endpoint.throttleRate ?? undefined,
          'Response time': durations
            ? `p50 ${span(durations.p50)}, p95 ${span(durations.p95)}, p99 ${span(durations.p99)}`
            : undefined,
          'Responses, 24 hours':
            results.length === 0
              ? undefined
              : results.map(([result, count]) => `${result}: ${count}`).join(', '),
          Created: <Time at={endpoint.createdAt} />,
          Changed: <Time at={endpoint.updatedAt} />,
        }}
      />
    </div>
  );
}
