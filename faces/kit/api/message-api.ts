import { type Http, type Query, path } from './http.ts';
import type {
  ListOut,
  MessageAttemptOut,
  MessageEndpointOut,
  MessageIn,
  MessageOut,
  MessageRoutingOut,
} from './types.ts';

export function messageApi(http: Http) {
  const one = (app: string, message: string) => path`/app/${app}/msg/${message}`;
  return {
    list: (app: string, query?: Query, signal?: AbortSignal) =>
      http.get<ListOut<MessageOut>>(path`/app/${app}/msg`, query, signal),
    get: (app: string, message: string, query?: Query) =>
      http.get<MessageOut>(one(app, message), query),
    publish: (app: string, input: MessageIn) => http.post<MessageOut>(path`/app/${app}/msg`, input),
    cancel: (app: string, message: string) => http.post(`${one(app, message)}/cancel`),
    deleteContent: (app: string, message: string) => http.delete(`${one(app, message)}/content`),
    endpoints: (app: string, message: string, query?: Query) =>
      http.get<ListOut<MessageEndpointOut>>(`${one(app, message)}/endpoint`, {
        expanded_statuses: true,
        ...query,
      }),
    routing: (app: string, message: string, query?: Query) =>
      http.get<ListOut<MessageRoutingOut>>(`${one(app, message)}/routing`, query),
    attempts: (app: string, message: string, query?: Query) =>
      http.get<ListOut<MessageAttemptOut>>(path`/app/${app}/attempt/msg/${message}`, query),
    resend: (app: string, message: string, endpoint: string) =>
      http.post(`${one(app, message)}/endpoint/${encodeURIComponent(endpoint)}/resend`),
  };
}
