/**
 * Inputs and outputs of the API, the same over HTTP, in the library and in Moleculer. These types are made from
 * the zod schemas of each resource. Instants are ISO 8601 strings. Fields beyond the Svix API are marked
 * "additive".
 */
export type {
  ApiTokenCensoredOut,
  ApiTokenExpireIn,
  ApiTokenIn,
  ApiTokenOut,
  ApiTokenPatch,
  ApiTokenUpdate,
} from './api-keys/api-key-schemas.ts';
export type {
  ApplicationIn,
  ApplicationOut,
  ApplicationPatch,
} from './applications/application-schemas.ts';
export type { AuditEntryOut, AuditListOptions } from './audit/audit-schemas.ts';
export type {
  AttemptExchangeOut,
  AttemptListByMessageOptions,
  AttemptListOptions,
  DestinationListOptions,
  EndpointMessageListOptions,
  EndpointMessageOut,
  MessageAttemptHeadersOut,
  MessageAttemptOut,
  MessageEndpointOut,
  MessageStatus,
  MessageStatusText,
  MessageRoutingOut,
} from './attempts/attempt-schemas.ts';
export type {
  AuthenticationIn,
  AuthenticationOut,
  EndpointMtlsConfigIn,
  EndpointMtlsConfigOut,
  EndpointMtlsOut,
  EndpointOauthConfigIn,
  EndpointOauthConfigOut,
  EndpointOauthOut,
} from './endpoints/authentication-schemas.ts';
export type {
  EndpointHeadersIn,
  EndpointHeadersOut,
  EndpointHeadersPatchIn,
  EndpointIn,
  EndpointOut,
  EndpointPatch,
  EndpointSecretOut,
  EndpointSecretRotateIn,
  EndpointAttemptStats,
  EndpointStats,
  EndpointStatsOptions,
  EndpointThrottleRateStatusOut,
  EndpointUpdate,
} from './endpoints/endpoint-schemas.ts';
export type {
  ConfiguredApplicationIn,
  ConfiguredEndpointIn,
  EnvironmentExportOptions,
  EnvironmentImportOptions,
  EnvironmentImportOut,
  EnvironmentIn,
  EnvironmentOut,
} from './configuration/configuration-schemas.ts';
export type {
  EventTypeImportOpenApiIn,
  EventTypeImportOpenApiOut,
  EventTypeOpenApiOut,
} from './event-types/openapi/openapi-schemas.ts';
export type { SettingsOut, SettingsPatch } from './settings/settings-schemas.ts';
export type { EndpointHeadOut, HeadChangeIn } from './endpoints/head-schemas.ts';
export type {
  EndpointSignatureConfigOut,
  EndpointSignatureIn,
  EndpointSignatureOut,
} from './endpoints/signature-schemas.ts';
export type {
  EndpointTransformationOut,
  EndpointTransformationPatch,
  TransformationSimulateIn,
  TransformationSimulateOut,
} from './endpoints/transformation-schemas.ts';
export type { FilterTestIn, FilterTestOut } from './endpoints/filter-test-schemas.ts';
export type { PayloadFilter } from '../domain/payload-filter.ts';
export type {
  EventTypeIn,
  EventTypeListOptions,
  EventTypeOut,
  EventTypePatch,
  EventTypeUpdate,
} from './event-types/event-type-schemas.ts';
export type { BatchResultOut, MessageBatchOut } from './messages/batch-out.ts';
export type {
  BulkExpungeContentsIn,
  BulkExpungeContentsOut,
  EventExampleIn,
  MessageIn,
  MessagePrecheckIn,
  MessagePrecheckOut,
  MessageRawPayloadOut,
  MessageListOptions,
  MessageOut,
} from './messages/message-schemas.ts';
export type { RoutingOut } from './messages/routing-schemas.ts';
export type { ListOptions, ListOut, OrderedListOptions } from './paging.ts';
export type { PolicyIn } from './policy.ts';
export type {
  ActiveApplicationOptions,
  ActiveApplicationOut,
  ApplicationStatsOptions,
  ApplicationStatsOut,
  ApplicationStatisticsOptions,
  AttemptStatisticsOptions,
  AttemptStatisticsOut,
  AttemptTotalsOut,
  DurationsOut,
  EndpointCountOut,
  StatisticsPeriod,
} from './statistics/statistics-schemas.ts';
export type {
  AppPortalAccessIn,
  AppPortalAccessOut,
  ApplicationTokenExpireIn,
  PortalTokenOut,
  WhoamiOut,
} from './portal-access/portal-access-schemas.ts';
export type {
  ApplicationUsageIn,
  ApplicationUsageOut,
  BulkReplayIn,
  CancelMessagesIn,
  RecoverIn,
  ReplayIn,
  TaskCountOut,
  TaskListOptions,
  TaskOut,
  TaskStartedOut,
} from './background-tasks/task-schemas.ts';
export type {
  UndeliveredCountOfApplicationOptions,
  UndeliveredCountOut,
  UndeliveredFilter,
  UndeliveredListOptions,
  UndeliveredOfApplicationOptions,
  UndeliveredOut,
} from './undelivered/undelivered-schemas.ts';
export type {
  BacklogOut,
  ProcessOut,
  SettingsInForceOut,
  StatusOut,
  EndpointStateOut,
  TroubledEndpointOut,
  TroubledEndpointsOut,
} from './status/status-out.ts';
