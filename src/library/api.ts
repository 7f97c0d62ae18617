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

/** `app`, `endpoint` and `message` are ids, or uids of your own choice. */

export interface ApplicationApi {
  create(input: ApplicationIn): Promise<ApplicationOut>;
  /** Returns the existing application with this uid unchanged, if there is one. */
  getOrCreate(input: ApplicationIn): Promise<ApplicationOut>;
  /** Oldest first by default. */
  list(options?: OrderedListOptions): Promise<ListOut<ApplicationOut>>;
  get(app: string): Promise<ApplicationOut>;
  /** Replaces the application, or creates one with this uid. */
  update(app: string, input: ApplicationIn): Promise<ApplicationOut>;
  patch(app: string, input: ApplicationPatch): Promise<ApplicationOut>;
  /** Also cancels the pending deliveries of its endpoints. */
  delete(app: string): Promise<void>;
}

export interface EndpointApi {
  create(app: string, input: EndpointIn): Promise<EndpointOut>;
  /** Newest first by default. */
  list(app: string, options?: OrderedListOptions): Promise<ListOut<EndpointOut>>;
  get(app: string, endpoint: string): Promise<EndpointOut>;
  /** Replaces the endpoint, or creates one with this uid. */
  update(app: string, endpoint: string, input: EndpointUpdate): Promise<EndpointOut>;
  patch(app: string, endpoint: string, input: EndpointPatch): Promise<EndpointOut>;
  /** Stops attempts until the endpoint is resumed; deliveries wait. */
  pause(app: string, endpoint: string): Promise<EndpointOut>;
  resume(app: string, endpoint: string): Promise<EndpointOut>;
  /** The head of an ordered endpoint: the delivery for which all others wait. */
  head(app: string, endpoint: string): Promise<EndpointHeadOut>;
  /** Cancels the head, so that the next delivery is attempted. */
  skipHead(app: string, endpoint: string, input: HeadChangeIn): Promise<void>;
  /** Makes the head due now. */
  retryHead(app: string, endpoint: string, input: HeadChangeIn): Promise<void>;
  /** Starts a task that retries messages that failed within the last 14 days and are not delivered. */
  readonly recover: Start<RecoverIn>;
  /** Starts a task that sends messages published while the endpoint was disabled, or before it existed. */
  readonly replayMissing: Start<ReplayIn>;
  /** Starts a task that sends the endpoint's messages again, delivered or not. */
  readonly bulkReplay: Start<BulkReplayIn>;
  /** Starts a task that cancels pending deliveries. */
  readonly cancelMsgs: Start<CancelMessagesIn>;
  /** Also cancels its pending deliveries. */
  delete(app: string, endpoint: string): Promise<void>;
  getSecret(app: string, endpoint: string): Promise<EndpointSecretOut>;
  /** Returns the new secret. Old secrets sign as well until their grace period ends. */
  rotateSecret(
    app: string,
    endpoint: string,
    input?: EndpointSecretRotateIn,
  ): Promise<EndpointSecretOut>;
  /** Publishes an example of an event type to this endpoint alone. */
  sendExample(app: string, endpoint: string, input: EventExampleIn): Promise<MessageOut>;
  /** How many attempts succeeded and failed; by default in the last 28 days. */
  getStats(app: string, endpoint: string, options?: EndpointStatsOptions): Promise<EndpointStats>;
  /** Like `getStats`, without the statuses that attempts never have. */
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
  /** Absent members stay as they are. */
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
  /** Tests messages against the endpoint's filters, or against the given ones, and says why the others don't match. */
  testFilter(app: string, endpoint: string, input?: FilterTestIn): Promise<FilterTestOut>;
  /** Whether due deliveries wait because of the endpoint's `throttleRate`. */
  getThrottlingStatus(app: string, endpoint: string): Promise<EndpointThrottleRateStatusOut>;
  getHeaders(app: string, endpoint: string): Promise<EndpointHeadersOut>;
  updateHeaders(app: string, endpoint: string, input: EndpointHeadersIn): Promise<void>;
  patchHeaders(app: string, endpoint: string, input: EndpointHeadersPatchIn): Promise<void>;
}

/** Starts a background task. With `dryRun`, starts none, and counts the deliveries that it would change. */
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
  /** Makes all changes in one transaction and returns them. Objects that are not in the document stay as they are. */
  import(input: EnvironmentIn, options?: EnvironmentImportOptions): Promise<EnvironmentImportOut>;
}

/** The settings of the organization. */
export interface SettingsApi {
  get(): Promise<SettingsOut>;
  patch(input: SettingsPatch): Promise<SettingsOut>;
}

export interface BackgroundTaskApi {
  /** Newest first. */
  list(options?: TaskListOptions): Promise<ListOut<TaskOut>>;
  get(task: string): Promise<TaskOut>;
  /** Stops the task; its changes so far stay. */
  cancel(task: string): Promise<TaskOut>;
}

export interface EventTypeApi {
  /** Restores an archived event type with this name. */
  create(input: EventTypeIn): Promise<EventTypeOut>;
  list(options?: EventTypeListOptions): Promise<ListOut<EventTypeOut>>;
  get(name: string): Promise<EventTypeOut>;
  /** Replaces the event type, or creates one with this name. */
  update(name: string, input: EventTypeUpdate): Promise<EventTypeOut>;
  patch(name: string, input: EventTypePatch): Promise<EventTypeOut>;
  /** Creates or changes an event type for each webhook of an OpenAPI document. */
  importOpenapi(input: EventTypeImportOpenApiIn): Promise<EventTypeImportOpenApiOut>;
  /** The event types as the webhooks of an OpenAPI document. */
  exportOpenapi(): Promise<EventTypeOpenApiOut>;
  /** Archives the event type; with `expunge`, removes it. */
  delete(name: string, options?: { expunge?: boolean }): Promise<void>;
}

export interface MessageApi {
  /** Resolves when the message is durable; with `tx`, when it is part of your transaction. */
  create(app: string, input: MessageIn, options?: CreateMessageOptions): Promise<MessageOut>;
  /** Newest first. */
  list(app: string, options?: MessageListOptions): Promise<ListOut<MessageOut>>;
  get(app: string, message: string, options?: { withContent?: boolean }): Promise<MessageOut>;
  /**
   * Publishes up to 1,000 messages in one commit, which costs much less than one by one. Each message has its own
   * result, in the same order, and may have an `idempotencyKey`. With an `idempotencyKey` for the call, a repeated
   * call publishes each message once.
   */
  createBatch(
    app: string,
    messages: readonly (MessageIn & { idempotencyKey?: string })[],
    options?: Pick<CreateMessageOptions, 'idempotencyKey' | 'traceparent'>,
  ): Promise<MessageBatchOut>;
  /** Removes the payloads for good and cancels their pending deliveries. */
  bulkExpungeContent(app: string, input: BulkExpungeContentsIn): Promise<BulkExpungeContentsOut>;
  /** The payload as the exact text that was published. */
  getRawPayload(app: string, message: string): Promise<MessageRawPayloadOut>;
  /** Whether any endpoint may get such a message; payload filters are not applied. */
  precheck(app: string, input: MessagePrecheckIn): Promise<MessagePrecheckOut>;
  /** Starts a task that deletes the payloads of all messages and cancels their pending deliveries. */
  expungeAllContents(app: string): Promise<TaskStartedOut>;
  /** Cancels the pending deliveries; an attempt under way goes on. */
  cancel(app: string, message: string): Promise<void>;
  /** Which endpoints get the message by their present filters, why the others do not, and the status of each delivery. */
  routing(
    app: string,
    message: string,
    options?: DestinationListOptions,
  ): Promise<ListOut<MessageRoutingOut>>;
  /** Deletes the payload and cancels the pending deliveries. */
  expungeContent(app: string, message: string): Promise<void>;
}

export interface AuthenticationApi {
  /** A token for the portal of one customer. `url` is empty without the setting `portalUrl`. */
  appPortalAccess(app: string, input?: AppPortalAccessIn): Promise<AppPortalAccessOut>;
  /** Revokes the portal tokens that were made until now, of the application or of some of its sessions. */
  expireAll(app: string, input?: ApplicationTokenExpireIn): Promise<void>;
}

export interface AuditApi {
  /** Who changed what; newest first by default. */
  list(options?: AuditListOptions): Promise<ListOut<AuditEntryOut>>;
}

/** API keys for the HTTP API; the library itself needs none. */
export interface ApiKeyApi {
  /** Only this answer contains the key itself. */
  create(input: ApiTokenIn): Promise<ApiTokenOut>;
  /** Newest first by default. */
  list(options?: OrderedListOptions): Promise<ListOut<ApiTokenCensoredOut>>;
  get(key: string): Promise<ApiTokenCensoredOut>;
  patch(key: string, input: ApiTokenPatch): Promise<ApiTokenCensoredOut>;
  /** Revokes the key: at once, or after `expiry` seconds. */
  expire(key: string, input?: ApiTokenExpireIn): Promise<void>;
}

export interface CreateMessageOptions {
  /** For 12 hours, a publish with the same key returns the first message. */
  idempotencyKey?: string;
  /** False: the answer has no payload. */
  withContent?: boolean;
  /** True: the answer has `routing`: which endpoints get the message, and why the others do not. Not with `tx`. */
  explain?: boolean;
  /** The trace that the message continues, when no span is active. Used only with tracing. */
  traceparent?: string | undefined;
  /**
   * Your transaction: a client of pg, postgres.js, Kysely, Drizzle or Prisma on the PostgreSQL database that
   * Posthaste uses. After a commit the message is delivered; after a rollback it never existed. The message can be
   * read a moment after the commit. The returned `timestamp` is exact to the second.
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
  /** The messages of an endpoint with the status of each delivery; newest first. */
  listAttemptedMessages(
    app: string,
    endpoint: string,
    options?: EndpointMessageListOptions,
  ): Promise<ListOut<EndpointMessageOut>>;
  get(app: string, message: string, attempt: string): Promise<MessageAttemptOut>;
  /** The headers that the attempt sent and received. */
  getHeaders(app: string, message: string, attempt: string): Promise<MessageAttemptHeadersOut>;
  /** Deletes the stored response of an attempt. */
  expungeContent(app: string, message: string, attempt: string): Promise<void>;
  /** The endpoints of a message with the status of each delivery. */
  listAttemptedDestinations(
    app: string,
    message: string,
    options?: DestinationListOptions,
  ): Promise<ListOut<MessageEndpointOut>>;
  /** Makes an attempt now, whatever the results so far. The delivery keeps its step of the schedule. */
  resend(app: string, message: string, endpoint: string): Promise<void>;
}

/** Endpoints that receive webhooks about the organization's endpoints and deliveries. */
export interface OperationalWebhookApi {
  readonly endpoint: {
    create(input: EndpointIn): Promise<EndpointOut>;
    /** Newest first by default. */
    list(options?: OrderedListOptions): Promise<ListOut<EndpointOut>>;
    get(endpoint: string): Promise<EndpointOut>;
    /** Replaces the endpoint, or creates one with this uid. */
    update(endpoint: string, input: EndpointUpdate): Promise<EndpointOut>;
    patch(endpoint: string, input: EndpointPatch): Promise<EndpointOut>;
    delete(endpoint: string): Promise<void>;
    getSecret(endpoint: string): Promise<EndpointSecretOut>;
    rotateSecret(endpoint: string, input?: EndpointSecretRotateIn): Promise<EndpointSecretOut>;
    getHeaders(endpoint: string): Promise<EndpointHeadersOut>;
    updateHeaders(endpoint: string, input: EndpointHeadersIn): Promise<void>;
  };
}

/** Deliveries whose attempts have failed so far, pending or exhausted; newest message first. */
export interface UndeliveredApi {
  list(options?: UndeliveredListOptions): Promise<ListOut<UndeliveredOut>>;
  listOfApplication(
    app: string,
    options?: UndeliveredOfApplicationOptions,
  ): Promise<ListOut<UndeliveredOut>>;
  /** Counts among the newest 5,000. */
  count(options?: UndeliveredFilter): Promise<UndeliveredCountOut>;
  countOfApplication(
    app: string,
    options?: UndeliveredCountOfApplicationOptions,
  ): Promise<UndeliveredCountOut>;
}

export interface StatisticsApi {
  /** By default, the hours of the last day. */
  ofApplication(app: string, options?: ApplicationStatisticsOptions): Promise<AttemptStatisticsOut>;
  ofEndpoint(
    app: string,
    endpoint: string,
    options?: AttemptStatisticsOptions,
  ): Promise<AttemptStatisticsOut>;
  /** The same for all applications together. */
  ofOrganization(options?: AttemptStatisticsOptions): Promise<AttemptStatisticsOut>;
  /** Attempts of an application, in whole hours. */
  byEventType(app: string, options: ApplicationStatsOptions): Promise<ApplicationStatsOut>;
  /** Applications that have an endpoint, by default an enabled one. */
  countActiveApplications(options?: ActiveApplicationOptions): Promise<ActiveApplicationOut>;
  countEndpoints(): Promise<EndpointCountOut>;
  /** Starts a task; its result is `data.appStats` of `backgroundTask.get`. */
  aggregateAppStats(input: ApplicationUsageIn): Promise<ApplicationUsageOut>;
  /** Starts a task; its result is `data.event_types` of `backgroundTask.get`. */
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
