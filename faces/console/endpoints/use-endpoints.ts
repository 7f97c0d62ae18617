import { useApi } from '../../kit/api/api-context.tsx';
import type { EndpointOut, EndpointStateOut } from '../../kit/api/types.ts';
import { type List, useList } from '../../kit/hooks/use-list.ts';

export interface EndpointWithState {
  readonly endpoint: EndpointOut;
  /** Undefined for an endpoint that was created between the two requests. */
  readonly state: EndpointStateOut | undefined;
}

/** The endpoints of an application, newest first, each with the state of its deliveries. */
export function useEndpoints(app: string): List<EndpointWithState> {
  const api = useApi();
  return useList(
    ['endpoints', app, 'states'],
    async (page, signal) => {
      const [endpoints, states] = await Promise.all([
        api.endpoints.list(app, page, signal),
        api.status.endpoints(app, page, signal),
      ]);
      const stateOf = new Map(states.data.map((state) => [state.id, state]));
      return {
        ...endpoints,
        data: endpoints.data.map((endpoint) => ({ endpoint, state: stateOf.get(endpoint.id) })),
      };
    },
    { refetchMs: EVERY_MS },
  );
}

const EVERY_MS = 10_000;
