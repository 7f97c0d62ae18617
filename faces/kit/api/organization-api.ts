import { type Http, type Query, path } from './http.ts';
import type {
  ApiTokenCensoredOut,
  ApiTokenIn,
  ApiTokenOut,
  ApiTokenPatch,
  AttemptStatisticsOut,
  AuditEntryOut,
  EndpointIn,
  EndpointOut,
  EndpointPatch,
  EndpointStateOut,
  EndpointSecretOut,
  ListOut,
  PortalTokenOut,
  SettingsOut,
  SettingsPatch,
  SettingsInForceOut,
  StatusOut,
  TaskOut,
  TroubledEndpointsOut,
  UndeliveredCountOut,
  UndeliveredOut,
  WhoamiOut,
} from './types.ts';

export function accessApi(http: Http) {
  const keys = (organization: string) => path`/management/authentication/${organization}/api-token`;
  return {
    whoami: () => http.get<WhoamiOut>('/auth/whoami'),
    renew: () => http.post<PortalTokenOut>('/auth/renew'),
    listKeys: (organization: string, query?: Query, signal?: AbortSignal) =>
      http.get<ListOut<ApiTokenCensoredOut>>(keys(organization), query, signal),
    createKey: (organization: string, input: ApiTokenIn) =>
      http.post<ApiTokenOut>(keys(organization), input),
    patchKey: (organization: string, key: string, input: ApiTokenPatch) =>
      http.patch<ApiTokenCensoredOut>(`${keys(organization)}${path`/${key}`}`, input),
    revokeKey: (organization: string, key: string) =>
      http.post(`${keys(organization)}${path`/${key}`}/expire`, {}),
    audit: (query?: Query, signal?: AbortSignal) =>
      http.get<ListOut<AuditEntryOut>>('/audit', query, signal),
  };
}

export function taskApi(http: Http) {
  return {
    list: (query?: Query, signal?: AbortSignal) =>
      http.get<ListOut<TaskOut>>('/background-task', { expanded_tasks: true, ...query }, signal),
    get: (task: string) => http.get<TaskOut>(path`/background-task/${task}`),
    cancel: (task: string) => http.post<TaskOut>(path`/background-task/${task}/cancel`),
  };
}

export function operationalWebhookApi(http: Http) {
  const all = '/operational-webhook/endpoint';
  return {
    list: (query?: Query, signal?: AbortSignal) =>
      http.get<ListOut<EndpointOut>>(all, query, signal),
    get: (endpoint: string) => http.get<EndpointOut>(all + path`/${endpoint}`),
    create: (input: EndpointIn) => http.post<EndpointOut>(all, input),
    patch: (endpoint: string, input: EndpointPatch) =>
      http.patch<EndpointOut>(all + path`/${endpoint}`, input),
    delete: (endpoint: string) => http.delete(all + path`/${endpoint}`),
    secret: (endpoint: string) => http.get<EndpointSecretOut>(`${all}${path`/${endpoint}`}/secret`),
    rotateSecret: (endpoint: string) =>
      http.post<EndpointSecretOut>(`${all}${path`/${endpoint}`}/secret/rotate`, {}),
  };
}

export function undeliveredApi(http: Http) {
  /** The path for one application; for all of them when `app` is empty. */
  const of = (app: string) => (app === '' ? '/undelivered' : path`/app/${app}/undelivered`);
  return {
    list: (app: string, query?: Query, signal?: AbortSignal) =>
      http.get<ListOut<UndeliveredOut>>(of(app), query, signal),
    count: (app: string, query?: Query) => http.get<UndeliveredCountOut>(`${of(app)}/count`, query),
  };
}

export function statusApi(http: Http) {
  return {
    get: () => http.get<StatusOut>('/status'),
    settingsInForce: () => http.get<SettingsInForceOut>('/status/settings'),
    endpoints: (app: string, query?: Query, signal?: AbortSignal) =>
      http.get<ListOut<EndpointStateOut>>(path`/status/app/${app}/endpoint`, query, signal),
    endpoint: (app: string, endpoint: string) =>
      http.get<EndpointStateOut>(path`/status/app/${app}/endpoint/${endpoint}`),
    troubledEndpoints: () => http.get<TroubledEndpointsOut>('/status/endpoint'),
    statistics: (query?: Query) => http.get<AttemptStatisticsOut>('/stats/attempt', query),
    settings: () => http.get<SettingsOut>('/settings'),
    patchSettings: (input: SettingsPatch) => http.patch<SettingsOut>('/settings', input),
  };
}
