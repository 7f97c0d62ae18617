import { type Http, type Query, path } from './http.ts';
import type {
  AppPortalAccessIn,
  AppPortalAccessOut,
  ApplicationIn,
  ApplicationOut,
  ApplicationPatch,
  ApplicationStatsOut,
  AttemptStatisticsOut,
  EventTypeImportOpenApiIn,
  EventTypeImportOpenApiOut,
  EventTypeIn,
  EventTypeOpenApiOut,
  EventTypeOut,
  EventTypePatch,
  ListOut,
} from './types.ts';

export function applicationApi(http: Http) {
  return {
    list: (query?: Query, signal?: AbortSignal) =>
      http.get<ListOut<ApplicationOut>>('/app', query, signal),
    get: (app: string) => http.get<ApplicationOut>(path`/app/${app}`),
    create: (input: ApplicationIn) => http.post<ApplicationOut>('/app', input),
    patch: (app: string, input: ApplicationPatch) =>
      http.patch<ApplicationOut>(path`/app/${app}`, input),
    delete: (app: string) => http.delete(path`/app/${app}`),
    statistics: (app: string, query?: Query) =>
      http.get<AttemptStatisticsOut>(path`/stats/app/${app}/attempt`, query),
    attemptsByEventType: (app: string, since: Date) =>
      http.get<ApplicationStatsOut>(path`/app/${app}/stats/attempts`, {
        since: since.toISOString(),
        until: new Date().toISOString(),
      }),
    portalAccess: (app: string, input: AppPortalAccessIn) =>
      http.post<AppPortalAccessOut>(path`/auth/app-portal-access/${app}`, input),
    endPortalAccess: (app: string) => http.post(path`/auth/app/${app}/expire-all`, {}),
  };
}

export function eventTypeApi(http: Http) {
  return {
    list: (query?: Query, signal?: AbortSignal) =>
      http.get<ListOut<EventTypeOut>>('/event-type', query, signal),
    get: (name: string) => http.get<EventTypeOut>(path`/event-type/${name}`),
    create: (input: EventTypeIn) => http.post<EventTypeOut>('/event-type', input),
    patch: (name: string, input: EventTypePatch) =>
      http.patch<EventTypeOut>(path`/event-type/${name}`, input),
    importOpenapi: (input: EventTypeImportOpenApiIn) =>
      http.post<EventTypeImportOpenApiOut>('/event-type/import/openapi', input),
    exportOpenapi: () => http.get<EventTypeOpenApiOut>('/event-type/export/openapi'),
    archive: (name: string) => http.delete(path`/event-type/${name}`),
    expunge: (name: string) => http.delete(path`/event-type/${name}`, { expunge: true }),
  };
}
