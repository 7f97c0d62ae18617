import { useApi } from '../kit/api/api-context.tsx';
import type { Query } from '../kit/api/http.ts';
import type {
  EndpointMessageOut,
  EventExampleIn,
  MessageAttemptOut,
  MessageEndpointOut,
  MessageOut,
} from '../kit/api/types.ts';
import { type List, type ListOptions, useList } from '../kit/hooks/use-list.ts';
import { type Act, useAct } from '../kit/hooks/use-act.ts';
import { usePortal } from './use-portal.ts';
import { type Thing, useThing } from '../kit/hooks/use-thing.ts';

const LIVE_MS = 2_000;

/** Messages of the application, newest first; `query` narrows them: `event_types`, `tag`, `after`, … */
export function useMessages(query: Query = {}, options: ListOptions = {}): List<MessageOut> {
  const { app } = usePortal();
  const api = useApi();
  return useList(['messages', app], (page, signal) => api.messages.list(app, page, signal), {
    query: { with_content: false, ...query },
    ...options,
  });
}

/** The messages that are or were owed to one endpoint, with the state of each delivery. */
export function useEndpointMessages(
  endpoint: string,
  query: Query = {},
  options: ListOptions = {},
): List<EndpointMessageOut> {
  const { app } = usePortal();
  const api = useApi();
  return useList(
    ['endpoint-messages', app, endpoint],
    (page, signal) => api.endpoints.messages(app, endpoint, page, signal),
    {
      query: { with_content: false, expanded_statuses: true, ...query },
      refetchMs: LIVE_MS * 2,
      ...options,
    },
  );
}

/** One message with its payload. */
export function useMessage(message: string): Thing<MessageOut> {
  const { app } = usePortal();
  const api = useApi();
  return useThing(['message', app, message], () => api.messages.get(app, message));
}

/** The delivery of a message to each of its endpoints, live. */
export function useDeliveries(message: string): Thing<readonly MessageEndpointOut[]> {
  const { app } = usePortal();
  const api = useApi();
  return useThing(
    ['message', app, message, 'endpoints'],
    async () => (await api.messages.endpoints(app, message, { limit: 250 })).data,
    { everyMs: LIVE_MS },
  );
}

/** The newest 250 attempts of a message, live; with `endpoint` only those at that endpoint. */
export function useAttempts(
  message: string,
  endpoint?: string,
): Thing<readonly MessageAttemptOut[]> {
  const { app } = usePortal();
  const api = useApi();
  return useThing(
    ['message', app, message, 'attempts', endpoint ?? null],
    async () =>
      (await api.messages.attempts(app, message, { limit: 250, endpoint_id: endpoint })).data,
    { everyMs: LIVE_MS },
  );
}

/** Makes one more attempt now. */
export function useResend(message: string, endpoint: string): Act<void, void> {
  const { app } = usePortal();
  const api = useApi();
  return useAct(() => api.messages.resend(app, message, endpoint), [['message', app, message]]);
}

/** Sends a signed message to this endpoint alone: the example of the event type, or `payload`. */
export function useSendExample(endpoint: string): Act<EventExampleIn, MessageOut> {
  const { app } = usePortal();
  const api = useApi();
  return useAct(
    (input) => api.endpoints.sendExample(app, endpoint, input),
    [['endpoint-messages', app, endpoint]],
  );
}
