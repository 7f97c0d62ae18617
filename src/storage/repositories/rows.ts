import type { Selectable } from 'kysely';
import type { Application } from '../../domain/application.ts';
import type { Attempt } from '../../domain/attempt.ts';
import type { Delivery, DeliveryState } from '../../domain/delivery.ts';
import type { Endpoint, EndpointDisabled, EndpointSecret } from '../../domain/endpoint.ts';
import type { EventType } from '../../domain/event-type.ts';
import type { Message } from '../../domain/message.ts';
import { type FoundDelivery, standingOf } from '../../domain/standing.ts';
import type { Selection, Task } from '../../domain/task.ts';
import { withoutCredentials } from '../../domain/url-credentials.ts';
import type { SecretBox } from '../secret-box.ts';
import type {
  ApplicationTable,
  AttemptTable,
  DeliveryTable,
  EndpointTable,
  EventTypeTable,
  MessageTable,
  TaskTable,
} from '../schema.ts';

export function applicationRow(application: Application): ApplicationTable {
  return {
    id: application.id,
    organization_id: application.organizationId,
    created_at: application.createdAt,
    deleted_at: null,
    ...applicationChanges(application),
  };
}

/** The columns that an update replaces. */
export function applicationChanges(application: Application) {
  return {
    uid: application.uid,
    name: application.name,
    rate_limit: application.rateLimit,
    payload_retention_days: application.payloadRetentionDays,
    metadata: JSON.stringify(application.metadata),
    policy: JSON.stringify(application.policy),
    updated_at: application.updatedAt,
  };
}

export function applicationOf(row: Selectable<ApplicationTable>): Application {
  return {
    id: row.id,
    organizationId: row.organization_id,
    uid: row.uid,
    name: row.name,
    rateLimit: row.rate_limit,
    payloadRetentionDays: row.payload_retention_days,
    metadata: JSON.parse(row.metadata) as Application['metadata'],
    policy: JSON.parse(row.policy) as Application['policy'],
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export function endpointRow(endpoint: Endpoint, box: SecretBox): EndpointTable {
  return {
    id: endpoint.id,
    organization_id: endpoint.organizationId,
    application_id: endpoint.applicationId,
    failing_since: endpoint.health.failingSince,
    last_failed_at: endpoint.health.lastFailedAt,
    failed_count: endpoint.health.failedCount,
    created_at: endpoint.createdAt,
    deleted_at: null,
    ...endpointChanges(endpoint, box),
    ...disabledColumns(endpoint),
  };
}

/** The columns that every update replaces. */
export function endpointChanges(endpoint: Endpoint, box: SecretBox) {
  return {
    uid: endpoint.uid,
    url: sealedUrl(endpoint.url, box),
    description: endpoint.description,
    event_types: jsonOrNull(endpoint.eventTypes),
    channels: jsonOrNull(endpoint.channels),
    filter: jsonOrNull(endpoint.filter),
    metadata: JSON.stringify(endpoint.metadata),
    headers: sealedHeaders(endpoint.headers, box),
    authentication: sealedOrNull(endpoint.authentication, box),
    tls: sealedOrNull(endpoint.tls, box),
    signature: sealedOrNull(endpoint.signature, box),
    transformation: sealedOrNull(endpoint.transformation, box),
    secrets: JSON.stringify(
      endpoint.secrets.map(({ key, expiresAt }) => ({ key: box.seal(key), expiresAt })),
    ),
    rate_limit: endpoint.rateLimit,
    concurrency: endpoint.concurrency,
    version: endpoint.version,
    ordered: endpoint.ordered ? 1 : 0,
    policy: JSON.stringify(endpoint.policy),
    paused_at: endpoint.pausedAt,
    updated_at: endpoint.updatedAt,
  };
}

/** Sealed only when the URL has a user name or password: other URLs stay readable in the database. */
function sealedUrl(url: string, box: SecretBox): string {
  return withoutCredentials(url) === url ? url : box.seal(url);
}

/** Sealed as a whole, so that sealed text can't be confused with a header value. */
function sealedHeaders(headers: Endpoint['headers'], box: SecretBox): string {
  const text = JSON.stringify(headers);
  return text === '{}' ? text : box.seal(text);
}

function sealedOrNull(value: object | null, box: SecretBox): string | null {
  return value === null ? null : box.seal(JSON.stringify(value));
}

function openedOrNull(text: string | null, box: SecretBox): unknown {
  return text === null ? null : JSON.parse(box.open(text));
}

export function disabledColumns({ disabled }: Pick<Endpoint, 'disabled'>) {
  return { disabled_at: disabled?.at ?? null, disabled_reason: disabled?.reason ?? null };
}

export function endpointOf(row: Selectable<EndpointTable>, box: SecretBox): Endpoint {
  const secrets = JSON.parse(row.secrets) as EndpointSecret[];
  return {
    id: row.id,
    organizationId: row.organization_id,
    applicationId: row.application_id,
    uid: row.uid,
    url: box.open(row.url),
    description: row.description,
    eventTypes: parsedOrNull(row.event_types) as Endpoint['eventTypes'],
    channels: parsedOrNull(row.channels) as Endpoint['channels'],
    filter: parsedOrNull(row.filter) as Endpoint['filter'],
    metadata: JSON.parse(row.metadata) as Endpoint['metadata'],
    headers: JSON.parse(box.open(row.headers)) as Endpoint['headers'],
    authentication: openedOrNull(row.authentication, box) as Endpoint['authentication'],
    tls: openedOrNull(row.tls, box) as Endpoint['tls'],
    signature: openedOrNull(row.signature, box) as Endpoint['signature'],
    transformation: openedOrNull(row.transformation, box) as Endpoint['transformation'],
    secrets: secrets.map(({ key, expiresAt }) => ({ key: box.open(key), expiresAt })),
    rateLimit: row.rate_limit,
    concurrency: row.concurrency,
    version: row.version,
    ordered: row.ordered === 1,
    policy: JSON.parse(row.policy) as Endpoint['policy'],
    disabled:
      row.disabled_at === null
        ? null
        : { at: row.disabled_at, reason: row.disabled_reason as EndpointDisabled['reason'] },
    pausedAt: row.paused_at,
    health: {
      failingSince: row.failing_since,
      lastFailedAt: row.last_failed_at,
      failedCount: row.failed_count,
    },
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export function eventTypeRow(eventType: EventType): EventTypeTable {
  return {
    organization_id: eventType.organizationId,
    name: eventType.name,
    created_at: eventType.createdAt,
    ...eventTypeChanges(eventType),
  };
}

/** The columns that an update replaces. */
export function eventTypeChanges(eventType: EventType) {
  const [flag = null, ...moreFlags] = eventType.featureFlags;
  return {
    description: eventType.description,
    archived: eventType.archived ? 1 : 0,
    deprecated: eventType.deprecated ? 1 : 0,
    feature_flag: flag,
    more_feature_flags: moreFlags.length === 0 ? null : JSON.stringify(moreFlags),
    group_name: eventType.groupName,
    schemas: jsonOrNull(eventType.schemas),
    updated_at: eventType.updatedAt,
  };
}

export function featureFlagsOf({
  feature_flag,
  more_feature_flags,
}: Pick<Selectable<EventTypeTable>, 'feature_flag' | 'more_feature_flags'>): string[] {
  if (feature_flag === null) return [];
  return [feature_flag, ...((parsedOrNull(more_feature_flags) as string[] | null) ?? [])];
}

export function eventTypeOf(row: Selectable<EventTypeTable>): EventType {
  return {
    organizationId: row.organization_id,
    name: row.name,
    description: row.description,
    archived: row.archived === 1,
    deprecated: row.deprecated === 1,
    featureFlags: featureFlagsOf(row),
    groupName: row.group_name,
    schemas: parsedOrNull(row.schemas) as EventType['schemas'],
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export function messageOf(row: Selectable<MessageTable>): Message {
  return {
    id: row.id,
    organizationId: row.organization_id,
    applicationId: row.application_id,
    eventType: row.event_type,
    uid: row.uid,
    channels: parsedOrNull(row.channels) as Message['channels'],
    payload: row.payload,
    contentType: row.content_type,
    headers: row.headers,
    tags: parsedOrNull(row.tags) as Message['tags'],
    createdAt: row.created_at,
    deliverAt: row.deliver_at,
    expiresAt: row.expires_at,
  };
}

const STATES: readonly DeliveryState[] = ['pending', 'delivered', 'exhausted', 'cancelled'];

export function deliveryOf(row: Selectable<DeliveryTable>): Delivery {
  return {
    messageId: row.message_id,
    endpointId: row.endpoint_id,
    applicationId: row.application_id,
    state: STATES[row.state] ?? 'cancelled',
    attemptCount: row.attempt_count,
    scheduleStep: row.schedule_step,
    dueAt: row.due_at,
    claimed: row.claim_owner !== 0,
  };
}

export function attemptOf(row: Selectable<AttemptTable>): Attempt {
  return {
    id: row.id,
    messageId: row.message_id,
    endpointId: row.endpoint_id,
    applicationId: row.application_id,
    number: row.number,
    trigger: row.trigger === 0 ? 'scheduled' : 'manual',
    url: row.url,
    startedAt: row.started_at,
    durationMs: row.duration_ms,
    succeeded: row.succeeded === 1,
    failure: row.failure as Attempt['failure'],
    detail: row.detail,
    statusCode: row.status_code,
    response: row.response,
    exchange: row.exchange,
  };
}

export function taskRow(task: Task): TaskTable {
  return {
    id: task.id,
    organization_id: task.organizationId,
    application_id: task.applicationId,
    endpoint_id: task.endpointId,
    kind: task.kind,
    selection: JSON.stringify(task.selection),
    status: task.status,
    reason: task.reason,
    cursor: task.cursor,
    scanned_count: task.progress.scannedCount,
    changed_count: task.progress.changedCount,
    result_chars: task.resultChars,
    created_at: task.createdAt,
    updated_at: task.updatedAt,
  };
}

export function taskOf(row: Selectable<TaskTable>): Task {
  return {
    id: row.id,
    organizationId: row.organization_id,
    applicationId: row.application_id,
    endpointId: row.endpoint_id,
    kind: row.kind as Task['kind'],
    // Tasks stored by versions without tags have no `tag`.
    selection: { tag: null, ...(JSON.parse(row.selection) as Omit<Selection, 'tag'>) },
    status: row.status as Task['status'],
    reason: row.reason,
    cursor: row.cursor,
    progress: { scannedCount: row.scanned_count, changedCount: row.changed_count },
    resultChars: row.result_chars,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** A row of a backend, with its instants converted to the clock of the process. */
export interface FoundRow {
  readonly message_id: string;
  readonly at: string;
  readonly happened_at: number;
  readonly event_type: string;
  readonly channels: string | null;
  readonly tags: string | null;
  readonly deliver_at: number | null;
  /** Null: the message was never owed to the endpoint. */
  readonly state: number | null;
  readonly claimed: number | null;
  readonly attempt_count: number | null;
  readonly due_at: number | null;
  readonly last_status_code: number | null;
}

export function foundOf(row: FoundRow): FoundDelivery {
  const state = row.state === null ? null : (STATES[row.state] ?? 'cancelled');
  const standing = standingOf(state, {
    claimed: row.claimed === 1,
    attempted: (row.attempt_count ?? 0) > 0,
  });
  return {
    messageId: row.message_id,
    eventType: row.event_type,
    channels: parsedOrNull(row.channels) as FoundDelivery['channels'],
    tags: parsedOrNull(row.tags) as FoundDelivery['tags'],
    deliverAt: row.deliver_at,
    at: row.at,
    happenedAt: row.happened_at,
    standing,
    dueAt: standing === 'waiting' || standing === 'failing' ? row.due_at : null,
    lastStatusCode: row.last_status_code,
  };
}

function jsonOrNull(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}

function parsedOrNull(text: string | null): unknown {
  return text === null ? null : JSON.parse(text);
}
