import type {
  ApiTokenCensoredOut,
  ApiTokenExpireIn,
  ApiTokenIn,
  ApiTokenOut,
  ApiTokenPatch,
  ApplicationTokenExpireIn,
  AuditEntryOut,
  AuditListOptions,
  AppPortalAccessIn,
  AppPortalAccessOut,
  AuthenticationIn,
  AuthenticationOut,
  EndpointMtlsConfigIn,
  EndpointMtlsConfigOut,
  EndpointMtlsOut,
  EndpointOauthConfigIn,
  EndpointOauthConfigOut,
  EndpointOauthOut,
  ApplicationIn,
  ApplicationOut,
  ApplicationPatch,
  AttemptListByMessageOptions,
  AttemptListOptions,
  ActiveApplicationOptions,
  ActiveApplicationOut,
  ApplicationStatsOptions,
  ApplicationStatsOut,
  ApplicationUsageIn,
  ApplicationUsageOut,
  EndpointCountOut,
  ApplicationStatisticsOptions,
  AttemptStatisticsOptions,
  AttemptStatisticsOut,
  BulkExpungeContentsIn,
  BulkExpungeContentsOut,
  DestinationListOptions,
  EndpointMessageListOptions,
  EndpointMessageOut,
  EndpointAttemptStats,
  EndpointStats,
  EndpointStatsOptions,
  EndpointThrottleRateStatusOut,
  EventExampleIn,
  BulkReplayIn,
  CancelMessagesIn,
  EndpointHeadOut,
  EnvironmentExportOptions,
  EnvironmentImportOptions,
  EnvironmentImportOut,
  EnvironmentIn,
  EnvironmentOut,
  EventTypeImportOpenApiIn,
  EventTypeImportOpenApiOut,
  EventTypeOpenApiOut,
  SettingsOut,
  SettingsPatch,
  EndpointHeadersIn,
  EndpointHeadersOut,
  EndpointHeadersPatchIn,
  EndpointIn,
  EndpointOut,
  EndpointPatch,
  EndpointSecretOut,
  EndpointSecretRotateIn,
  EndpointSignatureConfigOut,
  EndpointSignatureIn,
  EndpointSignatureOut,
  EndpointTransformationOut,
  EndpointTransformationPatch,
  EndpointUpdate,
  EventTypeIn,
  EventTypeListOptions,
  EventTypeOut,
  EventTypePatch,
  EventTypeUpdate,
  FilterTestIn,
  FilterTestOut,
  TransformationSimulateIn,
  TransformationSimulateOut,
  HeadChangeIn,
  ListOut,
  MessageAttemptHeadersOut,
  MessageAttemptOut,
  MessageBatchOut,
  MessageEndpointOut,
  MessageIn,
  MessageListOptions,
  MessageOut,
  MessagePrecheckIn,
  MessagePrecheckOut,
  MessageRawPayloadOut,
  OrderedListOptions,
  RecoverIn,
  ReplayIn,
  MessageRoutingOut,
  TaskCountOut,
  TaskListOptions,
  TaskOut,
  TaskStartedOut,
  UndeliveredCountOfApplicationOptions,
  UndeliveredCountOut,
  UndeliveredFilter,
  UndeliveredListOptions,
  UndeliveredOfApplicationOptions,
  UndeliveredOut,
} from '../operations/operations.ts';
import type { Transaction } from './transactions.ts';

/** `app`, `endpoint` and `message` are ids or the caller's own uids. */

export interface ApplicationApi {
  create(input: ApplicationIn): Promise<ApplicationOut>;
  /** Answers the existing one with this uid unchanged, if there is one. */
  getOrCreate(input: ApplicationIn): Promise<ApplicationOut>;
  /** Oldest first by default. */
  list(options?: OrderedListOptions): Promise<ListOut<ApplicationOut>>;
  get(app: string): Promise<ApplicationOut>;
  /** Replaces it, or creates one with this uid. */
  update(app: string, input: ApplicationIn): Promise<ApplicationOut>;
  patch(app: string, input: ApplicationPatch): Promise<ApplicationOut>;
  /** Its waiting deliveries are cancelled. */
  delete(app: string): Promise<void>;
}

export interface EndpointApi {
  create(app: string, input: EndpointIn): Promise<EndpointOut>;
  /** Newest first by default. */
  list(app: string, options?: OrderedListOptions): Promise<ListOut<EndpointOut>>;
  get(app: string, endpoint: string): Promise<EndpointOut>;
  /** Replaces it, or creates one with this uid. */
  update(app: string, endpoint: string, input: EndpointUpdate): Promise<EndpointOut>;
  patch(app: string, endpoint: string, input: EndpointPatch): Promise<EndpointOut>;
  /** Attempts nothing until it is resumed; new deliveries wait with the others. */
  pause(app: string, endpoint: string): Promise<EndpointOut>;
  resume(app: string, endpoint: string): Promise<EndpointOut>;
  /** What an ordered endpoint waits for. */
  head(app: string, endpoint: string): Promise<EndpointHeadOut>;
  /** Cancels the head, so that the next one is attempted. */
  skipHead(app: string, endpoint: string, input: HeadChangeIn): Promise<void>;
  /** Makes the head due now. */
  retryHead(app: string, endpoint: string, input: HeadChangeIn): Promise<void>;
  /** Makes due again what failed and was not delivered since, of the last 14 days. */
  readonly recover: Start<RecoverIn>;
  /** Delivers what was published while the endpoint was disabled, or before it existed. */
  readonly replayMissing: Start<ReplayIn>;
  /** Delivers again what the endpoint was owed, also what it got. */
  readonly bulkReplay: Start<BulkReplayIn>;
  /** Cancels what waits. */
  readonly cancelMsgs: Start<CancelMessagesIn>;
  /** Its waiting deliveries are cancelled. */
  delete(app: string, endpoint: string): Promise<void>;
  getSecret(app: string, endpoint: string): Promise<EndpointSecretOut>;
  /** Answers the new secret. Old secrets keep signing until their grace period ends. */
  rotateSecret(
    app: string,
    endpoint: string,
    input?: EndpointSecretRotateIn,
  ): Promise<EndpointSecretOut>;
  /** Publishes an example of an event type to this endpoint alone. */
  sendExample(app: string, endpoint: string, input: EventExampleIn): Promise<MessageOut>;
  /** How many attempts succeeded and failed; by default in the last 28 days. */
  getStats(app: string, endpoint: string, options?: EndpointStatsOptions): Promise<EndpointStats>;
  /** As `getStats`, without the statuses that no attempt has. */
  getAttemptStats(
    app: string,
    endpoint: string,
    options?: EndpointStatsOptions,
  ): Promise<EndpointAttemptStats>;
  getAuthentication(app: string, endpoint: string): Promise<AuthenticationOut>;
  setAuthentication(app: string, endpoint: string, input: AuthenticationIn): Promise<void>;
  deleteAuthentication(app: string, endpoint: string): Promise<void>;
  getOauth(app: string, endpoint: string): Promise<EndpointOauthConfigOut>;
  getOauthConfig(app: string, endpoint: string): Promise<EndpointOauthOut>;
  setOauth(app: string, endpoint: string, input: EndpointOauthConfigIn): Promise<void>;
  deleteOauth(app: string, endpoint: string): Promise<void>;
  getMtls(app: string, endpoint: string): Promise<EndpointMtlsConfigOut>;
  getMtlsConfig(app: string, endpoint: string): Promise<EndpointMtlsOut>;
  setMtls(app: string, endpoint: string, input: EndpointMtlsConfigIn): Promise<void>;
  deleteMtls(app: string, endpoint: string): Promise<void>;
  getSignature(app: string, endpoint: string): Promise<EndpointSignatureOut>;
  getSignatureConfig(app: string, endpoint: string): Promise<EndpointSignatureConfigOut>;
  setSignature(app: string, endpoint: string, input: EndpointSignatureIn): Promise<void>;
  deleteSignature(app: string, endpoint: string): Promise<void>;
  getTransformation(app: string, endpoint: string): Promise<EndpointTransformationOut>;
  /** What is absent stays as it is. */
  patchTransformation(
    app: string,
    endpoint: string,
    input: EndpointTransformationPatch,
  ): Promise<void>;
  /** Runs a program on a payload; nothing is stored or sent. */
  simulateTransformation(
    app: string,
    endpoint: string,
    input: TransformationSimulateIn,
  ): Promise<TransformationSimulateOut>;
  /** Which messages its filters match, or would match with those that are given, and why not. */
  testFilter(app: string, endpoint: string, input?: FilterTestIn): Promise<FilterTestOut>;
  /** Whether deliveries that are due wait because of its `throttleRate`. */
  getThrottlingStatus(app: string, endpoint: string): Promise<EndpointThrottleRateStatusOut>;
  getHeaders(app: string, endpoint: string): Promise<EndpointHeadersOut>;
  updateHeaders(app: string, endpoint: string, input: EndpointHeadersIn): Promise<void>;
  patchHeaders(app: string, endpoint: string, input: EndpointHeadersPatchIn): Promise<void>;
}

/** Starts a task, which goes on by itself; with `dryRun`, counts what it would change and starts none. */
export interface Start<Input> {
  (app: string, endpoint: string, input: Input & { dryRun: true }): Promise<TaskCountOut>;
  (
    app: string,
    endpoint: string,
    input: Input & { dryRun?: false | undefined },
  ): Promise<TaskStartedOut>;
}

/** Event types, applications and endpoints as one document. */
export interface EnvironmentApi {
  /** Without secrets, unless `withSecrets`. */
  export(options?: EnvironmentExportOptions): Promise<EnvironmentOut>;
  /** In one transaction; what the document leaves out stays as it is. Answers the changes. */
  import(input: EnvironmentIn, options?: EnvironmentImportOptions): Promise<EnvironmentImportOut>;
}

/** What the organization has chosen for itself. */
export interface SettingsApi {
  get(): Promise<SettingsOut>;
  patch(input: SettingsPatch): Promise<SettingsOut>;
}

export interface BackgroundTaskApi {
  /** Newest first. */
  list(options?: TaskListOptions): Promise<ListOut<TaskOut>>;
  get(task: string): Promise<TaskOut>;
  /** What it has done so far stays. */
  cancel(task: string): Promise<TaskOut>;
}

export interface EventTypeApi {
  /** An archived one with this name is restored. */
  create(input: EventTypeIn): Promise<EventTypeOut>;
  list(options?: EventTypeListOptions): Promise<ListOut<EventTypeOut>>;
  get(name: string): Promise<EventTypeOut>;
  /** Replaces it, or creates one with this name. */
  update(name: string, input: EventTypeUpdate): Promise<EventTypeOut>;
  patch(name: string, input: EventTypePatch): Promise<EventTypeOut>;
  /** The webhooks of an OpenAPI document become event types. */
  importOpenapi(input: EventTypeImportOpenApiIn): Promise<EventTypeImportOpenApiOut>;
  /** The event types as the webhooks of an OpenAPI document. */
  exportOpenapi(): Promise<EventTypeOpenApiOut>;
  /** Archives it; with `expunge`, removes it. */
  delete(name: string, options?: { expunge?: boolean }): Promise<void>;
}

export interface MessageApi {
  /** Resolves when the message is durable; with `tx`, when it is part of your transaction. */
  create(app: string, input: MessageIn, options?: CreateMessageOptions): Promise<MessageOut>;
  /** Newest first. */
  list(app: string, options?: MessageListOptions): Promise<ListOut<MessageOut>>;
  get(app: string, message: string, options?: { withContent?: boolean }): Promise<MessageOut>;
  /**
   * Publishes up to 1,000 messages in one commit, much cheaper than one by one. Each has a result of its
   * own, in their order. Each may have an `idempotencyKey`; the key of the call repeats it as a whole.
   */
  createBatch(
    app: string,
    messages: readonly (MessageIn & { idempotencyKey?: string })[],
    options?: Pick<CreateMessageOptions, 'idempotencyKey' | 'traceparent'>,
  ): Promise<MessageBatchOut>;
  /** Removes the payloads for good and cancels what is owed of them. */
  bulkExpungeContent(app: string, input: BulkExpungeContentsIn): Promise<BulkExpungeContentsOut>;
  /** Its payload as the text that was published. */
  getRawPayload(app: string, message: string): Promise<MessageRawPayloadOut>;
  /** Whether an endpoint may get such a message; filters of payloads are left out. */
  precheck(app: string, input: MessagePrecheckIn): Promise<MessagePrecheckOut>;
  /** Starts a task that deletes the payloads of all messages, and cancels what is owed of them. */
  expungeAllContents(app: string): Promise<TaskStartedOut>;
  /** Cancels the deliveries that wait; one under way goes on. */
  cancel(app: string, message: string): Promise<void>;
  /** Which endpoints get it by their present filters, why the others do not, and how it stands with each. */
  routing(
    app: string,
    message: string,
    options?: DestinationListOptions,
  ): Promise<ListOut<MessageRoutingOut>>;
  /** Deletes the payload, and cancels what is still owed of it. */
  expungeContent(app: string, message: string): Promise<void>;
}

export interface AuthenticationApi {
  /** A token for the portal of one customer. `url` is empty without the setting `portalUrl`. */
  appPortalAccess(app: string, input?: AppPortalAccessIn): Promise<AppPortalAccessOut>;
  /** Refuses the portal tokens of the application, or of some of its sessions, that were made until now. */
  expireAll(app: string, input?: ApplicationTokenExpireIn): Promise<void>;
}

export interface AuditApi {
  /** Who changed what; newest first by default. */
  list(options?: AuditListOptions): Promise<ListOut<AuditEntryOut>>;
}

/** API keys: for the HTTP API, as the library itself needs none. */
export interface ApiKeyApi {
  /** The only answer that has the key itself. */
  create(input: ApiTokenIn): Promise<ApiTokenOut>;
  /** Newest first by default. */
  list(options?: OrderedListOptions): Promise<ListOut<ApiTokenCensoredOut>>;
  get(key: string): Promise<ApiTokenCensoredOut>;
  patch(key: string, input: ApiTokenPatch): Promise<ApiTokenCensoredOut>;
  /** Revokes it, at once unless an `expiry` in seconds is given. */
  expire(key: string, input?: ApiTokenExpireIn): Promise<void>;
}

export interface CreateMessageOptions {
  /** The same key answers the first message for 12 hours. */
  idempotencyKey?: string;
  /** False: the answer has no payload. */
  withContent?: boolean;
  /** True: the answer has `routing`: which endpoints get the message, and why the others do not. Not with `tx`. */
  explain?: boolean;
  /** Of the trace that goes on with the message, where no span is active; read where traces are made. */
  traceparent?: string | undefined;
  /**
   * Your transaction: a client of pg, postgres.js, Kysely, Drizzle or Prisma on the PostgreSQL database
   * that Posthaste uses. Committed, the message is delivered; rolled back, it never was. It can be read
   * a moment after the commit; until then its `timestamp` is known to the second.
   */
  tx?: Transaction;
}

export interface MessageAttemptApi {
  /** Newest first. */
  listByMsg(
    app: string,
    message: string,
    options?: AttemptListByMessageOptions,
  ): Promise<ListOut<MessageAttemptOut>>;
  /** Newest first. */
  listByEndpoint(
    app: string,
    endpoint: string,
    options?: AttemptListOptions,
  ): Promise<ListOut<MessageAttemptOut>>;
  /** The messages that are or were owed to an endpoint, and how each stands; newest first. */
  listAttemptedMessages(
    app: string,
    endpoint: string,
    options?: EndpointMessageListOptions,
  ): Promise<ListOut<EndpointMessageOut>>;
  get(app: string, message: string, attempt: string): Promise<MessageAttemptOut>;
  /** The headers that it sent and received. */
  getHeaders(app: string, message: string, attempt: string): Promise<MessageAttemptHeadersOut>;
  /** Deletes the response that is kept of an attempt. */
  expungeContent(app: string, message: string, attempt: string): Promise<void>;
  /** The endpoints that a message is owed to, and the state of each delivery. */
  listAttemptedDestinations(
    app: string,
    message: string,
    options?: DestinationListOptions,
  ): Promise<ListOut<MessageEndpointOut>>;
  /** Makes an attempt now, whatever the results so far. The delivery keeps its place in the schedule. */
  resend(app: string, message: string, endpoint: string): Promise<void>;
}

/** Endpoints that are told of the organization's own endpoints and deliveries. */
export interface OperationalWebhookApi {
  readonly endpoint: {
    create(input: EndpointIn): Promise<EndpointOut>;
    /** Newest first by default. */
    list(options?: OrderedListOptions): Promise<ListOut<EndpointOut>>;
    get(endpoint: string): Promise<EndpointOut>;
    /** Replaces it, or creates one with this uid. */
    update(endpoint: string, input: EndpointUpdate): Promise<EndpointOut>;
    patch(endpoint: string, input: EndpointPatch): Promise<EndpointOut>;
    delete(endpoint: string): Promise<void>;
    getSecret(endpoint: string): Promise<EndpointSecretOut>;
    rotateSecret(endpoint: string, input?: EndpointSecretRotateIn): Promise<EndpointSecretOut>;
    getHeaders(endpoint: string): Promise<EndpointHeadersOut>;
    updateHeaders(endpoint: string, input: EndpointHeadersIn): Promise<void>;
  };
}

/** Deliveries whose attempts failed so far, or that were given up; newest message first. */
export interface UndeliveredApi {
  list(options?: UndeliveredListOptions): Promise<ListOut<UndeliveredOut>>;
  listOfApplication(
    app: string,
    options?: UndeliveredOfApplicationOptions,
  ): Promise<ListOut<UndeliveredOut>>;
  /** Among the newest 5,000. */
  count(options?: UndeliveredFilter): Promise<UndeliveredCountOut>;
  countOfApplication(
    app: string,
    options?: UndeliveredCountOfApplicationOptions,
  ): Promise<UndeliveredCountOut>;
}

export interface StatisticsApi {
  /** By the hour of the last day by default. */
  ofApplication(app: string, options?: ApplicationStatisticsOptions): Promise<AttemptStatisticsOut>;
  ofEndpoint(
    app: string,
    endpoint: string,
    options?: AttemptStatisticsOptions,
  ): Promise<AttemptStatisticsOut>;
  /** Of all applications. */
  ofOrganization(options?: AttemptStatisticsOptions): Promise<AttemptStatisticsOut>;
  /** Attempts of an application, in whole hours. */
  byEventType(app: string, options: ApplicationStatsOptions): Promise<ApplicationStatsOut>;
  /** Applications that have an endpoint, by default an enabled one. */
  countActiveApplications(options?: ActiveApplicationOptions): Promise<ActiveApplicationOut>;
  countEndpoints(): Promise<EndpointCountOut>;
  /** A task: `backgroundTask.get` has its `data.appStats`. */
  aggregateAppStats(input: ApplicationUsageIn): Promise<ApplicationUsageOut>;
  /** A task: `backgroundTask.get` has its `data.event_types`. */
  aggregateEventTypes(): Promise<TaskStartedOut>;
}

export interface Api {
  readonly authentication: AuthenticationApi;
  readonly application: ApplicationApi;
  readonly endpoint: EndpointApi;
  readonly eventType: EventTypeApi;
  readonly message: MessageApi;
  readonly messageAttempt: MessageAttemptApi;
  readonly environment: EnvironmentApi;
  readonly settings: SettingsApi;
  readonly statistics: StatisticsApi;
  readonly undelivered: UndeliveredApi;
  readonly operationalWebhook: OperationalWebhookApi;
  readonly backgroundTask: BackgroundTaskApi;
  readonly apiKey: ApiKeyApi;
  readonly audit: AuditApi;
}
