import { EventEmitter } from 'node:events';
import { createApiKeyOperations } from './api-keys/create-api-key-operations.ts';
import { createApplicationOperations } from './applications/create-application-operations.ts';
import { createAttemptOperations } from './attempts/create-attempt-operations.ts';
import { createAuditOperations } from './audit/create-audit-operations.ts';
import { createAudit } from './audit/new-audit.ts';
import { createConfigurationOperations } from './configuration/create-configuration-operations.ts';
import type { Context } from './context.ts';
import { createEndpointOperations } from './endpoints/create-endpoint-operations.ts';
import { createEventTypeOperations } from './event-types/create-event-type-operations.ts';
import type { GuardedOperations } from './guarded-operations.ts';
import { type Idempotency, createIdempotency } from './idempotency.ts';
import { guardOperations } from './operation-rights.ts';
import { createKeyedMutex } from './keyed-mutex.ts';
import { createListenerOperations } from './listeners/create-listener-operations.ts';
import { type LongWork, createLongWork } from './long-work.ts';
import { createMessageOperations } from './messages/create-message-operations.ts';
import { type PayloadMismatch, createPayloadRules } from './payload-rules/payload-rules.ts';
import { createSettingsOperations } from './settings/create-settings-operations.ts';
import { createStatisticsOperations } from './statistics/create-statistics-operations.ts';
import { createUndeliveredOperations } from './undelivered/create-undelivered-operations.ts';
import { createStatusOperations } from './status/create-status-operations.ts';
import { type Readiness, createReadiness } from './readiness.ts';
import {
  type Announcements,
  announceRecords,
  createAnnouncements,
} from './operational-webhooks/announcements.ts';
import { createOperationalWebhookOperations } from './operational-webhooks/create-operational-webhook-operations.ts';
import { createOperationalRelay } from './operational-webhooks/operational-relay.ts';
import { createPortalAccessOperations } from './portal-access/create-portal-access-operations.ts';
import { createTaskOperations } from './background-tasks/create-task-operations.ts';
import { createOutboxOperations } from './outbox/create-outbox-operations.ts';

/**
 * The operations that every interface (HTTP, the library, Moleculer) calls. Other rooms import only this file of
 * the room.
 *
 * Every operation takes the principal first and acts only within the principal's reach: objects of another
 * organization are `not_found`, and so are other applications for a principal that is limited to one. Without the
 * right that it needs (`operation-rights.ts`), an operation rejects with `insufficient_permissions`.
 *
 * Inputs and options are `unknown` because they come from outside: each is checked here, once, for
 * all interfaces, against the type that the operation's comment names (`api-types.ts`). A wrong input rejects
 * with `validation`, with one field error for each place: `['body', …]` for inputs, `['query', …]`
 * for options.
 *
 * `app` and `endpoint` are ids or uids, `message` is an id or the caller's `eventId`. Everything
 * rejects with a `PosthasteError`; the effect of a resolved call is durable and visible to the next call.
 */
export interface Operations extends GuardedOperations {
  readonly idempotency: Idempotency;
  /** Needs no principal. */
  readonly readiness: Readiness;
  /** For what an interface does itself, such as reading a large body. */
  readonly longWork: LongWork;
}

type Optional =
  | 'announcements'
  | 'countAccepted'
  | 'maxPayloadChars'
  | 'tokens'
  | 'forgetTokens'
  | 'auditKeptMs'
  | 'retention'
  | 'settingsInForce'
  | 'portalUrl'
  | 'endpointHttpsOnly'
  | 'signatureType'
  | 'transform'
  | 'wakeTasks'
  | 'listenerNotes';

/**
 * `maxPayloadChars` is the longest JSON text of a payload; default 1 Mi characters. Without
 * `announcements`, this process stores operational events only after an operational endpoint was created in it.
 * Without `wakeTasks`, new tasks start later. Without `transform`, transformations can't be tried out.
 */
export interface OperationsDeps
  extends
    Omit<Context, 'editMutex' | 'audit' | 'payloadRules' | 'longWork' | Optional>,
    Partial<Pick<Context, Optional>> {
  /** Called with each payload that does not match its event type's schema, if the organization validates payloads. */
  readonly onPayloadMismatch?: (mismatch: PayloadMismatch) => void;
}

export function createOperations(deps: OperationsDeps): Operations {
  const { storage, clock, ids, auditKeptMs = DEFAULT_AUDIT_KEPT_MS } = deps;
  const { onPayloadMismatch = () => {} } = deps;
  const longWork = createLongWork(clock);
  const context: Context = {
    maxPayloadChars: 1024 * 1024,
    announcements: createAnnouncements(),
    countAccepted: () => {},
    tokens: null,
    forgetTokens: () => {},
    retention: { payloadsMs: null, attemptsMs: null, messagesMs: null },
    settingsInForce: [],
    portalUrl: null,
    endpointHttpsOnly: false,
    signatureType: 'hmac256',
    wakeTasks: () => {},
    transform: (_webhook, onResult) => queueMicrotask(() => onResult({ kind: 'busy' })),
    listenerNotes: new EventEmitter(),
    ...deps,
    auditKeptMs,
    audit: createAudit({ clock, ids, keptMs: auditKeptMs }),
    editMutex: createKeyedMutex(),
    payloadRules: createPayloadRules({ storage, clock, longWork, onMismatch: onPayloadMismatch }),
    longWork,
  };
  const endpoints = createEndpointOperations(context);
  return guardOperations({
    applications: createApplicationOperations(context),
    endpoints,
    operationalWebhooks: createOperationalWebhookOperations(context, endpoints),
    eventTypes: createEventTypeOperations(context),
    messages: createMessageOperations(context),
    attempts: createAttemptOperations(context),
    portalAccess: createPortalAccessOperations(context),
    apiKeys: createApiKeyOperations(context),
    tasks: createTaskOperations(context),
    outbox: createOutboxOperations(context),
    configuration: createConfigurationOperations(context),
    settings: createSettingsOperations(context),
    idempotency: createIdempotency(context),
    statistics: createStatisticsOperations(context),
    status: createStatusOperations(context),
    undelivered: createUndeliveredOperations(context),
    audit: createAuditOperations(context),
    listeners: createListenerOperations(context, endpoints),
    readiness: createReadiness(context),
    longWork,
  });
}

const DEFAULT_AUDIT_KEPT_MS = 90 * 24 * 60 * 60 * 1000;

export { apiInputs, apiOptions, apiOutputs, apiParts } from './api-schemas.ts';
export type * from './api-types.ts';
export type { LongWork } from './long-work.ts';
export type { AuditOperations } from './audit/audit-operations.ts';
export type { ApiKeyOperations } from './api-keys/api-key-operations.ts';
export type { ApplicationOperations } from './applications/application-operations.ts';
export type { AttemptOfEndpoint, AttemptOperations } from './attempts/attempt-operations.ts';
export type { StandingMessage } from './attempts/attempt-out.ts';
export type { ConfigurationOperations } from './configuration/configuration-operations.ts';
export type { ListenerOperations } from './listeners/listener-operations.ts';
export { createListenerJanitor } from './listeners/listener-janitor.ts';
export type { EndpointOperations } from './endpoints/endpoint-operations.ts';
export type { Idempotency, Keep, OnceAnswer } from './idempotency.ts';
export type { EventTypeOperations } from './event-types/event-type-operations.ts';
export { taskEvent } from './operational-webhooks/task-event.ts';
export type {
  BatchResult,
  MessageOperations,
  PublishedMessage,
} from './messages/message-operations.ts';
export type { NewOutboxRow, OutboxOperations, Relayed } from './outbox/outbox-operations.ts';
export { type Announcements, announceRecords, createAnnouncements, createOperationalRelay };
export { provideOperationalEventTypes } from './operational-webhooks/operational-application.ts';
export type { OperationalWebhookOperations } from './operational-webhooks/operational-webhook-operations.ts';
export { messageJson, toMessageOut } from './messages/message-out.ts';
export { toBatchOut } from './messages/batch-out.ts';
export { readBatch } from './messages/read-batch.ts';
export { type PublishBody, readPublish } from './messages/read-publish.ts';
export { flag } from './paging.ts';
export { attemptListFields } from './attempts/attempt-schemas.ts';
export { exceptSvixPlay } from './not-offered.ts';
export type { StatisticsOperations } from './statistics/statistics-operations.ts';
export type { PortalAccessOperations } from './portal-access/portal-access-operations.ts';
export type { StartTask, TaskOperations } from './background-tasks/task-operations.ts';
export type { UndeliveredOperations } from './undelivered/undelivered-operations.ts';
export type { PayloadMismatch } from './payload-rules/payload-rules.ts';
export type { SettingsOperations } from './settings/settings-operations.ts';
export type { StatusOperations } from './status/status-operations.ts';
export { parseJson } from './parse-json.ts';
export type { Readiness } from './readiness.ts';
export { type StorageOutage, createStorageOutage } from './storage-outage.ts';
export type { Principal } from './principal.ts';
export { type Authenticator, createAuthenticator } from './authenticator.ts';
export { DEFAULT_ORGANIZATION } from '../domain/organization.ts';
export { type TokenGrant, type Tokens, createTokens } from './tokens.ts';
export type { Upserted } from './upserted.ts';
export { check, fieldError, missing } from './validation.ts';
