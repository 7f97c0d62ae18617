import type { z } from 'zod';
import { auditEntryOut, auditListOptions } from './audit/audit-schemas.ts';
import {
  apiTokenCensoredOut,
  apiTokenExpireIn,
  apiTokenIn,
  apiTokenOut,
  apiTokenPatch,
  apiTokenUpdate,
} from './api-keys/api-key-schemas.ts';
import {
  applicationIn,
  applicationOut,
  applicationPatch,
  checkedApplicationIn,
} from './applications/application-schemas.ts';
import {
  attemptHeadersOut,
  attemptListByMessageOptions,
  attemptListOptions,
  destinationListOptions,
  endpointMessageListOptions,
  endpointMessageOut,
  exchangeOut,
  messageAttemptOut,
  messageEndpointOut,
  messageRoutingOut,
} from './attempts/attempt-schemas.ts';
import {
  cancelMessagesIn,
  applicationUsageIn,
  bulkReplayIn,
  replayIn,
  taskCountOut,
  applicationUsageOut,
  taskListOptions,
  taskOut,
  taskStartedOut,
} from './background-tasks/task-schemas.ts';
import {
  authenticationIn,
  authenticationOut,
  checkedOauthIn,
  endpointMtlsConfigOut,
  endpointMtlsOut,
  endpointOauthConfigOut,
  endpointOauthOut,
  oauthIn,
  tlsIn,
} from './endpoints/authentication-schemas.ts';
import {
  environmentDocument,
  environmentImportOut,
  environmentIn,
  environmentOut,
  exportOptions,
  importOptions,
} from './configuration/configuration-schemas.ts';
import {
  checkedEndpointIn,
  checkedEndpointUpdate,
  endpointHeadersIn,
  endpointHeadersOut,
  endpointHeadersPatchIn,
  endpointIn,
  endpointOut,
  endpointPatch,
  endpointSecretOut,
  endpointSecretRotateIn,
  endpointAttemptStats,
  endpointStats,
  endpointStatsOptions,
  endpointUpdate,
  rateLimitStatusOut,
} from './endpoints/endpoint-schemas.ts';
import {
  importOpenapiIn,
  importOpenapiOut,
  openapiDocumentOut,
} from './event-types/openapi/openapi-schemas.ts';
import { settingsOut, settingsPatch } from './settings/settings-schemas.ts';
import { filterTestIn, filterTestOut } from './endpoints/filter-test-schemas.ts';
import {
  endpointTransformationOut,
  transformationPatch,
  transformationSimulateIn,
  transformationSimulateOut,
} from './endpoints/transformation-schemas.ts';
import {
  endpointSignatureConfigOut,
  endpointSignatureOut,
  signatureIn,
} from './endpoints/signature-schemas.ts';
import { endpointHeadOut, headChangeIn } from './endpoints/head-schemas.ts';
import {
  checkedEventTypeIn,
  checkedEventTypeUpdate,
  eventTypeIn,
  eventTypeListOptions,
  eventTypeOut,
  eventTypePatch,
  eventTypeUpdate,
} from './event-types/event-type-schemas.ts';
import {
  checkedMessageBatchIn,
  messageBatchIn,
  messageBatchOut,
} from './messages/batch-schemas.ts';
import {
  listenerAnswerIn,
  listenerIn,
  listenerOut,
  listenerRequestsOptions,
  listenerRequestsOut,
} from './listeners/listener-schemas.ts';
import {
  bulkExpungeIn,
  bulkExpungeOut,
  describedMessageIn,
  eventExampleIn,
  messageListOptions,
  messageOut,
  messagePrecheckIn,
  messagePrecheckOut,
  messageRawPayloadOut,
} from './messages/message-schemas.ts';
import { readMessage } from './messages/read-message.ts';
import { routingOut } from './messages/routing-schemas.ts';
import { type Renamed, checkRenamed } from './old-names.ts';
import { listOptions, orderedListOptions } from './paging.ts';
import { policyIn } from './policy.ts';
import {
  appPortalAccessIn,
  appPortalAccessOut,
  applicationTokenExpireIn,
  checkedAppPortalAccessIn,
  portalTokenOut,
  whoamiOut,
} from './portal-access/portal-access-schemas.ts';
import {
  attemptSeries,
  activeApplicationOptions,
  activeApplicationOut,
  applicationStatsOptions,
  applicationStatsOut,
  applicationStatisticsOptions,
  attemptStatisticsOptions,
  attemptStatisticsOut,
  endpointCountOut,
  attemptTotals,
  durations,
} from './statistics/statistics-schemas.ts';
import {
  undeliveredCountOfApplicationOptions,
  undeliveredCountOut,
  undeliveredFilter,
  undeliveredListOptions,
  undeliveredOfApplicationOptions,
  undeliveredOut,
} from './undelivered/undelivered-schemas.ts';
import {
  endpointStateOut,
  settingsInForceOut,
  statusOut,
  troubledEndpointsOut,
} from './status/status-out.ts';
import { check } from './validation.ts';

/** The schemas of the API by type name, for the API's description and for checks without effect. */

interface Input {
  readonly documented: z.ZodType;
  /**
   * Throws `validation` like the operation, as far as the input alone decides. Unlike the described schema, it
   * also has the undocumented members.
   */
  readonly refuse: (input: unknown) => unknown;
}

export const apiInputs = {
  ApiTokenExpireIn: { documented: apiTokenExpireIn, refuse: by(apiTokenExpireIn) },
  ApiTokenIn: { documented: apiTokenIn, refuse: by(apiTokenIn) },
  ApiTokenPatch: { documented: apiTokenPatch, refuse: by(apiTokenPatch) },
  ApiTokenUpdate: { documented: apiTokenUpdate, refuse: by(apiTokenUpdate) },
  AppPortalAccessIn: { documented: appPortalAccessIn, refuse: by(checkedAppPortalAccessIn) },
  AppUsageStatsIn: { documented: applicationUsageIn, refuse: by(applicationUsageIn) },
  ApplicationIn: { documented: applicationIn, refuse: renamedBy(checkedApplicationIn) },
  ApplicationTokenExpireIn: {
    documented: applicationTokenExpireIn,
    refuse: by(applicationTokenExpireIn),
  },
  ApplicationPatch: { documented: applicationPatch, refuse: renamedBy(applicationPatch) },
  AuthenticationIn: { documented: authenticationIn, refuse: by(authenticationIn) },
  BulkExpungeContentsIn: { documented: bulkExpungeIn, refuse: by(bulkExpungeIn) },
  BulkReplayIn: { documented: bulkReplayIn, refuse: by(bulkReplayIn) },
  CancelMessagesIn: { documented: cancelMessagesIn, refuse: by(cancelMessagesIn) },
  EndpointHeadersIn: { documented: endpointHeadersIn, refuse: by(endpointHeadersIn) },
  EndpointHeadersPatchIn: {
    documented: endpointHeadersPatchIn,
    refuse: by(endpointHeadersPatchIn),
  },
  EndpointIn: { documented: endpointIn, refuse: renamedBy(checkedEndpointIn) },
  EndpointMtlsConfigIn: { documented: tlsIn, refuse: by(tlsIn) },
  EndpointOauthConfigIn: { documented: oauthIn, refuse: by(checkedOauthIn) },
  EndpointPatch: { documented: endpointPatch, refuse: renamedBy(endpointPatch) },
  EndpointSecretRotateIn: {
    documented: endpointSecretRotateIn,
    refuse: by(endpointSecretRotateIn),
  },
  EndpointSignatureIn: { documented: signatureIn, refuse: by(signatureIn) },
  EndpointTransformationPatch: { documented: transformationPatch, refuse: by(transformationPatch) },
  EndpointUpdate: { documented: endpointUpdate, refuse: renamedBy(checkedEndpointUpdate) },
  EnvironmentIn: { documented: environmentIn, refuse: by(environmentDocument) },
  EventExampleIn: { documented: eventExampleIn, refuse: by(eventExampleIn) },
  EventTypeIn: { documented: eventTypeIn, refuse: by(checkedEventTypeIn) },
  EventTypeImportOpenApiIn: { documented: importOpenapiIn, refuse: by(importOpenapiIn) },
  EventTypePatch: { documented: eventTypePatch, refuse: by(eventTypePatch) },
  EventTypeUpdate: { documented: eventTypeUpdate, refuse: by(checkedEventTypeUpdate) },
  FilterTestIn: { documented: filterTestIn, refuse: by(filterTestIn) },
  HeadChangeIn: { documented: headChangeIn, refuse: by(headChangeIn) },
  ListenerAnswerIn: { documented: listenerAnswerIn, refuse: by(listenerAnswerIn) },
  ListenerIn: { documented: listenerIn, refuse: by(listenerIn) },
  MessageBatchIn: { documented: messageBatchIn, refuse: by(checkedMessageBatchIn) },
  MessageIn: {
    documented: describedMessageIn,
    refuse: (input: unknown) => readMessage(input, undefined, Infinity),
  },
  MessagePrecheckIn: { documented: messagePrecheckIn, refuse: by(messagePrecheckIn) },
  SettingsPatch: { documented: settingsPatch, refuse: by(settingsPatch) },
  ReplayIn: { documented: replayIn, refuse: by(replayIn) },
  TransformationSimulateIn: {
    documented: transformationSimulateIn,
    refuse: by(transformationSimulateIn),
  },
} as const satisfies Readonly<Record<string, Input>>;

export const apiOutputs = {
  ActiveApplicationOut: activeApplicationOut,
  ApiTokenCensoredOut: apiTokenCensoredOut,
  ApiTokenOut: apiTokenOut,
  AppPortalAccessOut: appPortalAccessOut,
  ApplicationOut: applicationOut,
  ApplicationStatsOut: applicationStatsOut,
  AppUsageStatsOut: applicationUsageOut,
  AttemptStatisticsOut: attemptStatisticsOut,
  AuditEntryOut: auditEntryOut,
  AuthenticationOut: authenticationOut,
  BulkExpungeContentsOut: bulkExpungeOut,
  EndpointCountOut: endpointCountOut,
  EndpointHeadOut: endpointHeadOut,
  EndpointHeadersOut: endpointHeadersOut,
  EndpointMessageOut: endpointMessageOut,
  EndpointMtlsConfigOut: endpointMtlsConfigOut,
  EndpointMtlsOut: endpointMtlsOut,
  EndpointOauthConfigOut: endpointOauthConfigOut,
  EndpointOauthOut: endpointOauthOut,
  EndpointOut: endpointOut,
  EndpointSecretOut: endpointSecretOut,
  EndpointTransformationOut: endpointTransformationOut,
  TransformationSimulateOut: transformationSimulateOut,
  EndpointSignatureConfigOut: endpointSignatureConfigOut,
  EndpointSignatureOut: endpointSignatureOut,
  EndpointAttemptStats: endpointAttemptStats,
  EndpointStats: endpointStats,
  EnvironmentImportOut: environmentImportOut,
  EnvironmentOut: environmentOut,
  EventTypeImportOpenApiOut: importOpenapiOut,
  EventTypeOpenApiOut: openapiDocumentOut,
  EventTypeOut: eventTypeOut,
  FilterTestOut: filterTestOut,
  ListenerOut: listenerOut,
  ListenerRequestsOut: listenerRequestsOut,
  MessageAttemptOut: messageAttemptOut,
  MessageBatchOut: messageBatchOut,
  MessageEndpointOut: messageEndpointOut,
  MessageAttemptHeadersOut: attemptHeadersOut,
  MessagePrecheckOut: messagePrecheckOut,
  MessageRawPayloadOut: messageRawPayloadOut,
  EndpointThrottleRateStatusOut: rateLimitStatusOut,
  MessageOut: messageOut,
  MessageRoutingOut: messageRoutingOut,
  SettingsOut: settingsOut,
  PortalTokenOut: portalTokenOut,
  SettingsInForceOut: settingsInForceOut,
  StatusOut: statusOut,
  TaskCountOut: taskCountOut,
  TaskOut: taskOut,
  TaskStartedOut: taskStartedOut,
  UndeliveredCountOut: undeliveredCountOut,
  UndeliveredOut: undeliveredOut,
  TroubledEndpointsOut: troubledEndpointsOut,
  EndpointStateOut: endpointStateOut,
  WhoamiOut: whoamiOut,
} as const satisfies Readonly<Record<string, z.ZodType>>;

/** Parts of inputs and of outputs. */
export const apiParts = {
  AttemptExchange: exchangeOut,
  AttemptSeries: attemptSeries,
  AttemptTotals: attemptTotals,
  Durations: durations,
  Policy: policyIn,
  Routing: routingOut,
} as const satisfies Readonly<Record<string, z.ZodType>>;

export const apiOptions = {
  ActiveApplicationOptions: activeApplicationOptions,
  ApplicationStatsOptions: applicationStatsOptions,
  AttemptListByMessageOptions: attemptListByMessageOptions,
  AttemptListOptions: attemptListOptions,
  ApplicationStatisticsOptions: applicationStatisticsOptions,
  AttemptStatisticsOptions: attemptStatisticsOptions,
  AuditListOptions: auditListOptions,
  DestinationListOptions: destinationListOptions,
  EndpointMessageListOptions: endpointMessageListOptions,
  EndpointStatsOptions: endpointStatsOptions,
  EnvironmentExportOptions: exportOptions,
  EnvironmentImportOptions: importOptions,
  EventTypeListOptions: eventTypeListOptions,
  ListOptions: listOptions,
  ListenerRequestsOptions: listenerRequestsOptions,
  MessageListOptions: messageListOptions,
  OrderedListOptions: orderedListOptions,
  TaskListOptions: taskListOptions,
  UndeliveredCountOfApplicationOptions: undeliveredCountOfApplicationOptions,
  UndeliveredFilter: undeliveredFilter,
  UndeliveredListOptions: undeliveredListOptions,
  UndeliveredOfApplicationOptions: undeliveredOfApplicationOptions,
} as const satisfies Readonly<Record<string, z.ZodObject>>;

function by(schema: z.ZodType): Input['refuse'] {
  return (input) => check(schema, input, 'body');
}

function renamedBy(schema: z.ZodType<Renamed>): Input['refuse'] {
  return (input) => checkRenamed(schema, input);
}
