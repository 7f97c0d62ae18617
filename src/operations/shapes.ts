/**
 * What callers give and get, in the wire's dialect: the same over HTTP, in the library and in
 * Moleculer. Instants are ISO 8601 strings; ids of the path may be an id or the caller's own uid.
 * Fields beyond the Svix API are marked "additive".
 */

export interface ApplicationIn {
  name: string;
  /** The caller's own name for it, unique within the organization. */
  uid?: string | null;
  /** Messages per second that may be published to it; null or 0: no limit. */
  throttleRate?: number | null;
  metadata?: Record<string, string>;
  /** Additive. */
  policy?: PolicyIn | null;
}

/** Fields that are absent stay; null clears. */
export type ApplicationPatch = Partial<ApplicationIn>;

export interface ApplicationOut {
  id: string;
  name: string;
  uid: string | null;
  throttleRate: number | null;
  metadata: Record<string, string>;
  policy: PolicyIn;
  createdAt: string;
  updatedAt: string;
}

/** How deliveries are tried, judged and given up. A field that is absent is inherited. */
export interface PolicyIn {
  /** Seconds before each automatic retry; `[]`: no retries. */
  retrySchedule?: number[];
  /** Deadline of one attempt. */
  timeoutMs?: number;
  /** Which answers count as delivered. */
  success?: '2xx' | '200';
  /** When an endpoint that keeps failing is disabled; null: never. */
  disableAfter?: { failingForSeconds: number } | { failedAttempts: number } | null;
}

export interface EndpointIn {
  url: string;
  description?: string;
  uid?: string | null;
  /** Only messages of these types; null or absent: all. */
  eventTypes?: string[] | null;
  /** Only messages on one of these channels; null or absent: all. */
  channels?: string[] | null;
  disabled?: boolean;
  /** Attempts per second; null or 0: no limit. */
  throttleRate?: number | null;
  metadata?: Record<string, string>;
  /** Sent with each attempt. */
  headers?: Record<string, string> | null;
  /** Made by the server when absent. At creation only; later `rotateSecret`. */
  secret?: string | null;
  /** Additive: attempts in flight; null: the installation's default. */
  concurrency?: number | null;
  /** Additive: one delivery at a time, in the order of publication. */
  ordered?: boolean;
  /** Additive. */
  policy?: PolicyIn | null;
}

export type EndpointUpdate = Omit<EndpointIn, 'secret'>;
/** Fields that are absent stay; null clears. */
export type EndpointPatch = Partial<EndpointUpdate>;

export interface EndpointOut {
  id: string;
  uid: string | null;
  url: string;
  description: string;
  eventTypes: string[] | null;
  channels: string[] | null;
  disabled: boolean;
  /** Additive: by a person, by the disable policy, or by a 410; null while enabled. */
  disabledReason: 'manual' | 'failing' | 'gone' | null;
  throttleRate: number | null;
  metadata: Record<string, string>;
  concurrency: number | null;
  ordered: boolean;
  policy: PolicyIn;
  createdAt: string;
  updatedAt: string;
}

export interface EndpointSecretOut {
  /** What a receiver verifies with: `whsec_…`, or for ed25519 the public key `whpk_…`. */
  key: string;
}

export interface EndpointSecretRotateIn {
  /** Made by the server when absent. */
  key?: string | null;
  /** How long the old secret goes on signing beside the new one; 0 to 7 days, default 24 hours. */
  gracePeriodSeconds?: number | null;
}

export interface EndpointHeadersIn {
  headers: Record<string, string>;
}

/** A header that is null is removed. */
export interface EndpointHeadersPatchIn {
  headers: Record<string, string | null>;
}

export interface EndpointHeadersOut {
  headers: Record<string, string>;
  /** Names of headers whose values are never shown. */
  sensitive: string[];
}

export interface EventTypeIn {
  name: string;
  description: string;
  archived?: boolean;
  deprecated?: boolean;
  featureFlag?: string | null;
  /** JSON Schemas by version. */
  schemas?: Record<string, unknown> | null;
}

export type EventTypeUpdate = Omit<EventTypeIn, 'name'>;
export type EventTypePatch = Partial<EventTypeUpdate>;

export interface EventTypeOut {
  name: string;
  description: string;
  archived: boolean;
  deprecated: boolean;
  featureFlag: string | null;
  schemas: Record<string, unknown> | null;
  createdAt: string;
  updatedAt: string;
}

export interface MessageIn {
  eventType: string;
  /** Any JSON value. */
  payload: unknown;
  /** The caller's own id of the event, unique within the application. */
  eventId?: string | null;
  channels?: string[] | null;
  /** Created first, when the application that is published to does not exist; its uid must match. */
  application?: ApplicationIn | null;
}

export interface MessageOut {
  id: string;
  eventType: string;
  eventId: string | null;
  channels: string[] | null;
  /** `{}` when content was not asked for. */
  payload: unknown;
  timestamp: string;
}

/** 0 success, 1 pending, 2 fail, 3 sending. */
export type MessageStatus = 0 | 1 | 2 | 3;
export type MessageStatusText = 'success' | 'pending' | 'fail' | 'sending';

export interface MessageAttemptOut {
  id: string;
  msgId: string;
  endpointId: string;
  url: string;
  /** The first bytes of the answer's body; empty when content was not asked for. */
  response: string;
  /** 0 when no answer arrived. */
  responseStatusCode: number;
  responseDurationMs: number;
  status: MessageStatus;
  statusText: MessageStatusText;
  /** 0 scheduled, 1 manual. */
  triggerType: 0 | 1;
  timestamp: string;
  /** Additive: from 1, per message and endpoint. */
  attemptNumber: number;
  /** Additive: the kind of failure (see docs/api.md); null after a success. */
  failure: string | null;
  /** Additive: the failure in a sentence; empty after a success. */
  detail: string;
}

/** An endpoint that a message is owed to, and how that stands. */
export interface MessageEndpointOut extends Omit<EndpointOut, 'metadata'> {
  status: MessageStatus;
  statusText: MessageStatusText;
  /** When the next attempt is due; null when none is waiting. */
  nextAttempt: string | null;
}

export interface ListOut<T> {
  data: T[];
  /** For the page after this one; null when the page is empty. */
  iterator: string | null;
  /** For the page before this one; null when the page is empty. */
  prevIterator: string | null;
  /** Nothing follows in the direction that was asked for. */
  done: boolean;
}

export interface ListOptions {
  /** 1 to 250, default 50. */
  limit?: number;
  /** The `iterator` or `prevIterator` of an earlier page. */
  iterator?: string | null;
}

export interface OrderedListOptions extends ListOptions {
  order?: 'ascending' | 'descending';
}

export interface EventTypeListOptions extends OrderedListOptions {
  includeArchived?: boolean;
  /** With `schemas`; default false. */
  withContent?: boolean;
}

export interface MessageListOptions extends ListOptions {
  channel?: string;
  eventTypes?: string[];
  before?: Date | string | null;
  after?: Date | string | null;
  /** With payloads; default true. */
  withContent?: boolean;
}

export interface AttemptListOptions extends MessageListOptions {
  status?: MessageStatus;
  /** 100 … 500; 0: no answer arrived. */
  statusCodeClass?: 0 | 100 | 200 | 300 | 400 | 500;
}

export interface AttemptListByMessageOptions extends AttemptListOptions {
  endpointId?: string;
}
