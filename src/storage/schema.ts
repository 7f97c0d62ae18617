import type { PayloadValidation } from '../domain/organization-settings.ts';
import type { RollupSpan } from './rollup.ts';

/**
 * The logical tables, as the repositories see them in every backend: JSON as text, flags as 0 and 1,
 * instants as milliseconds. Each backend decides how it stores deliveries and finds the attempts of an
 * endpoint (`SqlBackend`).
 */
export interface Database {
  readonly application: ApplicationTable;
  readonly endpoint: EndpointTable;
  readonly event_type: EventTypeTable;
  readonly message: MessageTable;
  readonly message_tag: MessageTagTable;
  readonly attempt: AttemptTable;
  readonly kept_answer: KeptAnswerTable;
  readonly rollup: RollupTable;
  readonly operational_event: OperationalEventTable;
  readonly task: TaskTable;
  readonly task_result: TaskResultTable;
  readonly api_key: ApiKeyTable;
  readonly revocation: RevocationTable;
  readonly audit: AuditTable;
  readonly organization_settings: OrganizationSettingsTable;
  readonly listener: ListenerTable;
  readonly listener_request: ListenerRequestTable;
}

export interface ApplicationTable {
  readonly id: string;
  readonly organization_id: string;
  readonly uid: string | null;
  readonly name: string;
  readonly rate_limit: number | null;
  readonly payload_retention_days: number | null;
  readonly metadata: string;
  readonly policy: string;
  readonly created_at: number;
  readonly updated_at: number;
  readonly deleted_at: number | null;
}

export interface EndpointTable {
  readonly id: string;
  readonly organization_id: string;
  readonly application_id: string;
  readonly uid: string | null;
  /** Sealed when the URL has a user name or password. */
  readonly url: string;
  readonly description: string;
  readonly event_types: string | null;
  readonly channels: string | null;
  /** A JSON object. */
  readonly filter: string | null;
  readonly metadata: string;
  /** A JSON object; sealed unless it is empty. */
  readonly headers: string;
  /** A JSON object, sealed. */
  readonly authentication: string | null;
  /** A JSON object, sealed. */
  readonly tls: string | null;
  /** A JSON object, sealed. */
  readonly signature: string | null;
  /** A JSON object, sealed. */
  readonly transformation: string | null;
  /** A JSON array; each key is sealed. */
  readonly secrets: string;
  readonly rate_limit: number | null;
  readonly concurrency: number | null;
  readonly version: number;
  readonly ordered: number;
  readonly policy: string;
  readonly disabled_at: number | null;
  readonly disabled_reason: string | null;
  readonly paused_at: number | null;
  readonly failing_since: number | null;
  readonly last_failed_at: number | null;
  readonly failed_count: number;
  readonly created_at: number;
  readonly updated_at: number;
  readonly deleted_at: number | null;
}

export interface EventTypeTable {
  readonly organization_id: string;
  readonly name: string;
  readonly description: string;
  readonly archived: number;
  readonly deprecated: number;
  readonly feature_flag: string | null;
  readonly more_feature_flags: string | null;
  readonly group_name: string | null;
  readonly schemas: string | null;
  readonly created_at: number;
  readonly updated_at: number;
}

export interface OrganizationSettingsTable {
  readonly organization_id: string;
  readonly payload_validation: PayloadValidation;
  readonly payload_retention_period: number | null;
  readonly attempt_retention_period: number | null;
  readonly message_retention_period: number | null;
}

export interface MessageTable {
  readonly application_id: string;
  readonly id: string;
  readonly organization_id: string;
  readonly event_type: string;
  readonly uid: string | null;
  readonly channels: string | null;
  readonly created_at: number;
  readonly payload: string;
  /** Null when the payload is JSON. */
  readonly content_type: string | null;
  /** JSON text. */
  readonly headers: string | null;
  readonly expires_at: number | null;
  readonly deliver_at: number | null;
  readonly tags: string | null;
}

/** A row for each tag of a message. */
export interface MessageTagTable {
  readonly application_id: string;
  readonly tag: string;
  readonly message_id: string;
}

/** The columns that a backend returns for a delivery, however it stores the delivery. */
export interface DeliveryTable {
  readonly message_id: string;
  readonly endpoint_id: string;
  readonly application_id: string;
  /** 0 pending, 1 delivered, 2 exhausted, 3 cancelled. */
  readonly state: number;
  readonly attempt_count: number;
  readonly schedule_step: number;
  readonly due_at: number | null;
  /** 0 while unclaimed. */
  readonly claim_owner: number;
}

export interface AttemptTable {
  readonly message_id: string;
  readonly id: string;
  readonly endpoint_id: string;
  readonly application_id: string;
  readonly number: number;
  /** 0 scheduled, 1 manual. */
  readonly trigger: number;
  readonly url: string;
  readonly started_at: number;
  readonly duration_ms: number;
  readonly succeeded: number;
  readonly failure: string | null;
  readonly detail: string;
  readonly status_code: number | null;
  readonly response: string;
  /** JSON. */
  readonly exchange: string | null;
}

export interface RollupTable {
  /** Milliseconds. */
  readonly span: RollupSpan;
  readonly bucket_at: number;
  /** An endpoint, an application, or `organizationSubject`. */
  readonly subject_id: string;
  readonly writer: number;
  /** `AttemptSums` as JSON. */
  readonly counts: string;
}

export interface OperationalEventTable {
  readonly id: string;
  readonly type: string;
  readonly organization_id: string | null;
  readonly application_id: string;
  readonly endpoint_id: string;
  readonly created_at: number;
  readonly data: string;
}

export interface KeptAnswerTable {
  readonly request: string;
  readonly organization_id: string;
  readonly fingerprint: string;
  readonly status: number;
  /** Sealed. */
  readonly body: string;
  readonly kept_at: number;
}

export interface TaskTable {
  readonly id: string;
  readonly organization_id: string;
  readonly application_id: string;
  readonly endpoint_id: string;
  readonly kind: string;
  readonly selection: string;
  readonly status: string;
  readonly reason: string | null;
  readonly cursor: string | null;
  readonly scanned_count: number;
  readonly changed_count: number;
  /** Characters of all rows of its result together. */
  readonly result_chars: number;
  readonly created_at: number;
  readonly updated_at: number;
}

export interface TaskResultTable {
  readonly task_id: string;
  /** The cursor of the task after the step that found these entries. */
  readonly place: string;
  /** A JSON array. */
  readonly entries: string;
}

export interface ApiKeyTable {
  readonly id: string;
  readonly organization_id: string;
  readonly application_id: string | null;
  readonly name: string;
  readonly hash: string;
  readonly hint: string;
  /** A JSON array. */
  readonly scopes: string | null;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly last_used_at: number | null;
}

export interface RevocationTable {
  readonly application_id: string;
  readonly organization_id: string;
  readonly kind: 'application' | 'session' | 'token';
  readonly name: string;
  readonly issued_until: number;
  readonly refused_from: number;
  readonly forget_at: number | null;
}

export interface AuditTable {
  readonly id: string;
  readonly organization_id: string;
  readonly application_id: string | null;
  readonly at: number;
  readonly actor_kind: 'organization' | 'key' | 'portal' | 'process';
  readonly actor_id: string | null;
  readonly actor_name: string | null;
  readonly operation: string;
  /** A JSON object. */
  readonly objects: string;
}

export interface ListenerTable {
  readonly id: string;
  readonly organization_id: string;
  readonly application_id: string;
  readonly expires_at: number;
}

export interface ListenerRequestTable {
  readonly id: string;
  readonly listener_id: string;
  /** A JSON object, sealed. */
  readonly request: string;
  /** A JSON object, sealed; null: there is none yet. */
  readonly answer: string | null;
  readonly expires_at: number;
}
