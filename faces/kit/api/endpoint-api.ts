import { gathered } from './gathered.ts';
import { type Http, type Query, path } from './http.ts';
import type {
  AttemptStatisticsOut,
  AuthenticationIn,
  AuthenticationOut,
  BulkReplayIn,
  CancelMessagesIn,
  EndpointHeadOut,
  EndpointHeadersOut,
  EndpointHeadersPatchIn,
  EndpointIn,
  EndpointMessageOut,
  EndpointMtlsConfigIn,
  EndpointMtlsOut,
  EndpointOauthConfigIn,
  EndpointOauthOut,
  EndpointOut,
  EndpointPatch,
  EndpointSecretOut,
  EndpointSecretRotateIn,
  EndpointSignatureIn,
  EndpointSignatureConfigOut,
  EndpointTransformationOut,
  EndpointTransformationPatch,
  EventExampleIn,
  FilterTestIn,
  FilterTestOut,
  ListOut,
  MessageAttemptOut,
  MessageOut,
  ReplayIn,
  TaskCountOut,
  TaskStartedOut,
  TransformationSimulateIn,
  TransformationSimulateOut,
} from './types.ts';

/** The input of an operation that starts a task, or with `dryRun` counts the deliveries that the task would change. */
type Counted<In> = Omit<In, 'dryRun'>;

/** The statistics of one endpoint. */
export type EndpointStatistics = Pick<AttemptStatisticsOut, 'data' | 'total'>;

export function endpointApi(http: Http) {
  const one = (app: string, endpoint: string) => path`/app/${app}/endpoint/${endpoint}`;
  const dayOf = new Map<string, (endpoint: string) => Promise<EndpointStatistics>>();
  async function day(app: string, endpoints: readonly string[]) {
    const query = { endpoint_ids: endpoints };
    const all = await http.get<AttemptStatisticsOut>(path`/stats/app/${app}/attempt`, query);
    return all.endpoints ?? {};
  }
  const repair = <In>(kind: string) => ({
    count: (app: string, endpoint: string, input: Counted<In>) =>
      http.post<TaskCountOut>(`${one(app, endpoint)}/${kind}`, { ...input, dryRun: true }),
    start: (app: string, endpoint: string, input: Counted<In>) =>
      http.post<TaskStartedOut | undefined>(`${one(app, endpoint)}/${kind}`, input),
  });
  return {
    list: (app: string, query?: Query, signal?: AbortSignal) =>
      http.get<ListOut<EndpointOut>>(path`/app/${app}/endpoint`, query, signal),
    get: (app: string, endpoint: string) => http.get<EndpointOut>(one(app, endpoint)),
    create: (app: string, input: EndpointIn) =>
      http.post<EndpointOut>(path`/app/${app}/endpoint`, input),
    patch: (app: string, endpoint: string, input: EndpointPatch) =>
      http.patch<EndpointOut>(one(app, endpoint), input),
    delete: (app: string, endpoint: string) => http.delete(one(app, endpoint)),
    pause: (app: string, endpoint: string) => http.post<EndpointOut>(`${one(app, endpoint)}/pause`),
    resume: (app: string, endpoint: string) =>
      http.post<EndpointOut>(`${one(app, endpoint)}/resume`),
    secret: (app: string, endpoint: string) =>
      http.get<EndpointSecretOut>(`${one(app, endpoint)}/secret`),
    rotateSecret: (app: string, endpoint: string, input: EndpointSecretRotateIn) =>
      http.post<EndpointSecretOut>(`${one(app, endpoint)}/secret/rotate`, input),
    headers: (app: string, endpoint: string) =>
      http.get<EndpointHeadersOut>(`${one(app, endpoint)}/headers`),
    patchHeaders: (app: string, endpoint: string, input: EndpointHeadersPatchIn) =>
      http.patch(`${one(app, endpoint)}/headers`, input),
    testFilter: (app: string, endpoint: string, input: FilterTestIn) =>
      http.post<FilterTestOut>(`${one(app, endpoint)}/filter/test`, input),
    transformation: (app: string, endpoint: string) =>
      http.get<EndpointTransformationOut>(`${one(app, endpoint)}/transformation`),
    patchTransformation: (app: string, endpoint: string, input: EndpointTransformationPatch) =>
      http.patch(`${one(app, endpoint)}/transformation`, input),
    simulateTransformation: (app: string, endpoint: string, input: TransformationSimulateIn) =>
      http.post<TransformationSimulateOut>(`${one(app, endpoint)}/transformation/simulate`, input),
    sendExample: (app: string, endpoint: string, input: EventExampleIn) =>
      http.post<MessageOut>(`${one(app, endpoint)}/send-example`, input),
    statistics: (app: string, endpoint: string, query?: Query) =>
      http.get<AttemptStatisticsOut>(path`/stats/app/${app}/endpoint/${endpoint}/attempt`, query),
    /** Statistics of the last 24 hours. The rows of a table share one request. */
    day(app: string, endpoint: string): Promise<EndpointStatistics> {
      const known = dayOf.get(app);
      if (known) return known(endpoint);
      const asked = gathered((endpoints) => day(app, endpoints));
      dayOf.set(app, asked);
      return asked(endpoint);
    },
    messages: (app: string, endpoint: string, query?: Query, signal?: AbortSignal) =>
      http.get<ListOut<EndpointMessageOut>>(`${one(app, endpoint)}/msg`, query, signal),
    attempts: (app: string, endpoint: string, query?: Query, signal?: AbortSignal) =>
      http.get<ListOut<MessageAttemptOut>>(
        path`/app/${app}/attempt/endpoint/${endpoint}`,
        query,
        signal,
      ),
    head: (app: string, endpoint: string) =>
      http.get<EndpointHeadOut>(`${one(app, endpoint)}/head`),
    skipHead: (app: string, endpoint: string, msgId: string) =>
      http.post(`${one(app, endpoint)}/head/skip`, { msgId }),
    retryHead: (app: string, endpoint: string, msgId: string) =>
      http.post(`${one(app, endpoint)}/head/retry`, { msgId }),
    recover: repair<ReplayIn>('recover'),
    replayMissing: repair<ReplayIn>('replay-missing'),
    bulkReplay: repair<BulkReplayIn>('bulk-replay'),
    cancelMessages: repair<CancelMessagesIn>('cancel-msgs'),
    authentication: (app: string, endpoint: string) =>
      http.get<AuthenticationOut>(`${one(app, endpoint)}/authentication`),
    setAuthentication: (app: string, endpoint: string, input: AuthenticationIn) =>
      http.put(`${one(app, endpoint)}/authentication`, input),
    deleteAuthentication: (app: string, endpoint: string) =>
      http.delete(`${one(app, endpoint)}/authentication`),
    oauth: (app: string, endpoint: string) =>
      http.get<EndpointOauthOut>(`${one(app, endpoint)}/oauth-config`),
    setOauth: (app: string, endpoint: string, input: EndpointOauthConfigIn) =>
      http.put(`${one(app, endpoint)}/oauth`, input),
    deleteOauth: (app: string, endpoint: string) => http.delete(`${one(app, endpoint)}/oauth`),
    mtls: (app: string, endpoint: string) =>
      http.get<EndpointMtlsOut>(`${one(app, endpoint)}/mtls-config`),
    setMtls: (app: string, endpoint: string, input: EndpointMtlsConfigIn) =>
      http.put(`${one(app, endpoint)}/mtls`, input),
    deleteMtls: (app: string, endpoint: string) => http.delete(`${one(app, endpoint)}/mtls`),
    signature: (app: string, endpoint: string) =>
      http.get<EndpointSignatureConfigOut>(`${one(app, endpoint)}/signature-config`),
    setSignature: (app: string, endpoint: string, input: EndpointSignatureIn) =>
      http.put(`${one(app, endpoint)}/signature`, input),
    deleteSignature: (app: string, endpoint: string) =>
      http.delete(`${one(app, endpoint)}/signature`),
  };
}
