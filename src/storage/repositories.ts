import type { AuditEntry } from '../domain/audit.ts';
import type { ApiKey, Revocation } from '../domain/access.ts';
import type { Application } from '../domain/application.ts';
import type { Attempt } from '../domain/attempt.ts';
import type { Delivery } from '../domain/delivery.ts';
import type { Endpoint } from '../domain/endpoint.ts';
import type { EventType } from '../domain/event-type.ts';
import type { Message } from '../domain/message.ts';
import type { OperationalEvent } from '../domain/operational-event.ts';
import type { FoundDelivery } from '../domain/standing.ts';
import type { Task, TaskResultEntry } from '../domain/task.ts';
import type {
  OrganizationRetention,
  OrganizationSettings,
} from '../domain/organization-settings.ts';
import type { ConfigurationChange } from './configuration.ts';
import type { Head, TaskEnd, TaskFilter, TaskMove, TaskScan } from './tasks.ts';

/**
 * A page of a list that is ordered by id (event types: by name). `after` and `before` are the ids
 * next to the page, as seen in the direction of `order`; at most one of them is given.
 */
export interface PageRequest {
  readonly limit: number;
  readonly order: 'ascending' | 'descending';
  readonly after?: string;
  readonly before?: string;
}

export interface Page<T> {
  readonly data: T[];
  /** Whether nothing is left in the direction of reading: after the page or, with `before`, in front of it. */
  readonly done: boolean;
  /**
   * Present when the call read as many rows as it may before the page was full, so that the page is shorter
   * than `limit`, perhaps empty: where to continue in the direction of reading. `done` is false.
   */
  readonly cutAt?: Pick<PageRequest, 'after' | 'before'>;
}

/**
 * Names a row by its id or by its uid. Ids win: a uid that looks like another row's id never hides it.
 */
export type IdOrUid = string;

/**
 * The answer to a request with an idempotency key. A writing call stores the given answer in the transaction of
 * its effect: both are stored or neither. So the effect happens once, however often and in however many
 * processes the request arrives, and even after a crash. When an answer to the same request is stored already,
 * the call rejects with `conflict`; a call that finds its row gone or changed (false) stores no answer.
 */
export interface KeptAnswer {
  readonly organizationId: string;
  /** Hash of the caller, the operation and the key; unique. */
  readonly request: string;
  /** Hash of the rest of the request: two requests with the same key must also have the same fingerprint. */
  readonly fingerprint: string;
  readonly status: number;
  /** Sealed at rest, because it may hold a signing secret. */
  readonly body: string;
  /** An instant of the schedule's clock. */
  readonly keptAt: number;
}

/**
 * An entry of the audit. A writing call stores the given entry in the transaction of its effect: both are
 * stored or neither. A call that finds its row gone or changed (false) stores no entry.
 */
export interface NewAudit {
  readonly entry: AuditEntry;
  /** Each new entry deletes a few entries that are older than this; null: entries are kept for ever. */
  readonly keptMs: number | null;
}

export interface AuditFilter {
  readonly applicationId?: string;
  readonly actorId?: string;
  readonly operation?: string;
  /** An instant, exclusive. */
  readonly before?: number;
  /** An instant, inclusive. */
  readonly after?: number;
}

export interface AuditRepository {
  /** Stores an entry about a change that stores nothing else. */
  add(audit: NewAudit): Promise<void>;
  /** Entries by id: in the order in which a process made them. */
  list(
    organizationId: string,
    page: PageRequest & { readonly filter: AuditFilter },
  ): Promise<Page<AuditEntry>>;
}

/** How long an answer is kept. Each new answer deletes a few expired ones. */
export const ANSWER_LIFETIME_MS = 12 * 60 * 60 * 1000;

export interface KeptAnswerRepository {
  /** Null when none is kept, or it has expired by `now`. */
  get(request: string, now: number): Promise<KeptAnswer | null>;
  /** Stores the answer to a request that had no effect. */
  keep(answer: KeptAnswer): Promise<void>;
}

/** Creating with, or updating to, a uid that is taken rejects with `conflict`. */
export interface ApplicationRepository {
  create(application: Application, answer?: KeptAnswer, audit?: NewAudit): Promise<void>;
  get(organizationId: string, id: IdOrUid): Promise<Application | null>;
  list(organizationId: string, page: PageRequest): Promise<Page<Application>>;
  /** Replaces the row that was `found`; false: it is gone, or has another `updatedAt` by now. */
  update(application: Application, found: Application, audit?: NewAudit): Promise<boolean>;
  /**
   * Hides the application and its endpoints at once; their pending deliveries are cancelled gradually. Stores
   * those of `events` that are about one of these endpoints.
   */
  delete(
    organizationId: string,
    id: string,
    now: number,
    audit?: NewAudit,
    events?: readonly OperationalEvent[],
  ): Promise<boolean>;
}

/** An `event` is stored in the transaction of its cause, or not at all when the cause did not happen. */
export interface TroubledEndpoint {
  readonly endpoint: Endpoint;
  readonly applicationName: string;
}

export interface EndpointCounts {
  readonly enabled: number;
  readonly disabled: number;
}

export interface EndpointRepository {
  create(
    endpoint: Endpoint,
    answer?: KeptAnswer,
    event?: OperationalEvent,
    audit?: NewAudit,
  ): Promise<void>;
  get(applicationId: string, id: IdOrUid): Promise<Endpoint | null>;
  list(applicationId: string, page: PageRequest): Promise<Page<Endpoint>>;
  /**
   * Endpoints of an organization that fail, are disabled or paused, those that are so for longest first. Reads
   * every endpoint of the organization, so call it for people only.
   */
  troubled(organizationId: string, limit: number): Promise<TroubledEndpoint[]>;
  /** How many endpoints an organization has. Reads every endpoint. */
  count(organizationId: string): Promise<EndpointCounts>;
  /**
   * How many applications of an organization have an endpoint; `enabled`: an endpoint that is not disabled.
   * Reads every endpoint of the organization.
   */
  countApplications(organizationId: string, which: 'all' | 'enabled'): Promise<number>;
  /**
   * When the next unclaimed delivery of each of these endpoints is due; for an ordered endpoint, when its head
   * is due. Endpoints without waiting deliveries are absent. At most 250 ids; one seek for each, however long
   * the backlog. Read like a list.
   */
  nextDue(endpointIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** All endpoints of an application, for the fan-out of a message. */
  all(applicationId: string): Promise<Endpoint[]>;
  /**
   * Replaces the row, except `health`, which belongs to the engine, and except `disabled` unless the edit
   * changes the `found` value: the engine may have disabled the endpoint meanwhile. Another URL resets
   * `failingSince` and `lastFailedAt`. Enabling resets the health; enabling and resuming make deliveries
   * claimable again. Returns false when the row is gone, or has another `updatedAt` than `found`.
   */
  update(
    endpoint: Endpoint,
    found: Endpoint,
    answer?: KeptAnswer,
    event?: OperationalEvent,
    audit?: NewAudit,
  ): Promise<boolean>;
  delete(
    applicationId: string,
    id: string,
    now: number,
    event?: OperationalEvent,
    audit?: NewAudit,
  ): Promise<boolean>;
}

export type ExistingEventType = Pick<EventType, 'name' | 'archived' | 'featureFlags'>;

export interface EventTypeRepository {
  create(eventType: EventType, answer?: KeptAnswer, audit?: NewAudit): Promise<void>;
  get(organizationId: string, name: string): Promise<EventType | null>;
  /** The event types with these names that exist, archived ones too, in any order. At most 1000 names. */
  existing(organizationId: string, names: readonly string[]): Promise<ExistingEventType[]>;
  list(
    organizationId: string,
    page: PageRequest & {
      includeArchived: boolean;
      /** Event types with feature flags are included only if they have one of these; null: all are included. */
      featureFlags: readonly string[] | null;
    },
  ): Promise<Page<EventType>>;
  /** Replaces the row that was `found`; false: it is gone, or has another `updatedAt` by now. */
  update(
    eventType: EventType,
    found: EventType,
    answer?: KeptAnswer,
    audit?: NewAudit,
  ): Promise<boolean>;
  delete(organizationId: string, name: string, audit?: NewAudit): Promise<boolean>;
}

export interface OrganizationWithRetention extends OrganizationRetention {
  readonly organizationId: string;
}

export interface OrganizationSettingsRepository {
  /** Null: the organization has no settings of its own. */
  get(organizationId: string): Promise<OrganizationSettings | null>;
  /** All organizations with retention of their own, by their ids. */
  withRetention(): Promise<OrganizationWithRetention[]>;
  put(organizationId: string, settings: OrganizationSettings, audit?: NewAudit): Promise<void>;
}

export interface ConfigurationRepository {
  /**
   * Whether an application or an endpoint of any organization, deleted ones included, has this id. A new one
   * can't have the same id.
   */
  isTaken(kind: 'application' | 'endpoint', id: string): Promise<boolean>;
  /**
   * Makes all changes in one transaction, or none: returns false when a `found` row is gone, or has another
   * `updatedAt` by now. Creating a row whose id, uid or name is taken rejects with `conflict`. Other writes may
   * wait for this call, so keep it to some thousands of rows.
   */
  apply(
    change: ConfigurationChange,
    answer?: KeptAnswer,
    audits?: readonly NewAudit[],
  ): Promise<boolean>;
}

/**
 * `createdBefore` and `createdAfter` select a range of ids: a message's id begins with the second of its
 * creation, or with a later one after the clock was set back. So the messages after an instant have ids after
 * those of that second, and the messages before it have ids before those of an hour later. After a clock was
 * set back by more than an hour, `createdBefore` may leave out messages of that time.
 */
export interface MessageFilter {
  readonly channel?: string;
  /** Only messages with this tag are read, however few they are. */
  readonly tag?: string;
  readonly eventTypes?: readonly string[];
  /** Instants, exclusive. */
  readonly createdBefore?: number;
  readonly createdAfter?: number;
}

/**
 * The state of a message at one endpoint. Two of them are pending: `waiting` is unclaimed and without an
 * attempt so far; `sending` is claimed or was attempted.
 */
export type Standing = 'waiting' | 'sending' | 'delivered' | 'exhausted' | 'cancelled';

export interface OwedMessage {
  readonly message: Message;
  readonly delivery: Delivery;
}

export interface MessageRepository {
  get(applicationId: string, id: IdOrUid): Promise<Message | null>;
  /** The messages with these ids that exist, in any order. At most 250 ids. */
  some(applicationId: string, ids: readonly string[]): Promise<Message[]>;
  /** A page ends early once the payloads make 4 Mi bytes together, as that of `ofEndpoint` does. */
  list(applicationId: string, page: PageRequest & MessageFilter): Promise<Page<Message>>;
  /** The deliveries of one message with their endpoints, deleted ones included, by endpoint id. */
  deliveries(
    applicationId: string,
    messageId: string,
    page: PageRequest,
  ): Promise<Page<{ delivery: Delivery; endpoint: Endpoint }>>;
  delivery(applicationId: string, messageId: string, endpointId: string): Promise<Delivery | null>;
  /** The deliveries of one message to these endpoints, as far as they exist, in any order. */
  deliveriesTo(
    applicationId: string,
    messageId: string,
    endpointIds: readonly string[],
  ): Promise<Delivery[]>;
  /** The messages that are or were owed to an endpoint, with their deliveries to it. */
  ofEndpoint(
    applicationId: string,
    endpointId: string,
    page: PageRequest & MessageFilter & { readonly standing?: Standing },
  ): Promise<Page<OwedMessage>>;
}

/** Selects the deliveries of one application; with `applicationId` null, of the whole organization. */
export interface UndeliveredScope {
  readonly organizationId: string;
  readonly applicationId: string | null;
}

export interface UndeliveredFilter extends MessageFilter {
  readonly endpointId?: string;
  readonly state?: 'pending' | 'exhausted';
}

export interface IdOfDelivery {
  readonly messageId: string;
  readonly endpointId: string;
}

export interface UndeliveredDelivery {
  readonly message: Omit<Message, 'payload'>;
  readonly delivery: Delivery;
  /** With its credentials; also of an endpoint that was deleted. Null: the endpoint has no row any more. */
  readonly endpointUrl: string | null;
}

/**
 * Deliveries that are pending after failed attempts, or exhausted, in the order of their messages. Positions
 * in the list (`after`, `before`, `cutAt`) are `MESSAGE_ID.ENDPOINT_ID`.
 */
export interface UndeliveredRepository {
  list(
    scope: UndeliveredScope,
    page: PageRequest & UndeliveredFilter,
  ): Promise<Page<UndeliveredDelivery>>;
  /** Counts among the newest `UNDELIVERED_COUNTED` deliveries; `isExact`: there are no others. */
  count(
    scope: UndeliveredScope,
    filter: UndeliveredFilter,
  ): Promise<{ readonly pending: number; readonly exhausted: number; readonly isExact: boolean }>;
}

export const UNDELIVERED_COUNTED = 5_000;

/**
 * `startedBefore` and `startedAfter` select a range of ids, as for messages. An attempt's id is made when the
 * attempt has ended: at most four minutes after its start, because no deadline is longer than two. After a clock
 * was set back by more than an hour, either filter may leave out attempts of that time.
 */
export interface AttemptFilter {
  readonly succeeded?: boolean;
  /** 100, 200 … 500; 0: no status code. Successful attempts have class 200. */
  readonly statusCodeClass?: number;
  readonly channel?: string;
  readonly tag?: string;
  readonly eventTypes?: readonly string[];
  /** Instants, exclusive. */
  readonly startedBefore?: number;
  readonly startedAfter?: number;
  readonly endpointId?: string;
}

/** Attempts with their message, so that a list needs no second look-up. */
export interface AttemptRepository {
  get(messageId: string, id: string): Promise<Attempt | null>;
  byMessage(messageId: string, page: PageRequest & AttemptFilter): Promise<Page<Attempt>>;
  byEndpoint(endpointId: string, page: PageRequest & AttemptFilter): Promise<Page<Attempt>>;
  /** Sets the response of an attempt to `EXPUNGED_RESPONSE`, and its `exchange` to null. False: there is no such attempt. */
  expungeResponse(messageId: string, id: string, audit?: NewAudit): Promise<boolean>;
  /**
   * How many attempts of an endpoint ended between two seconds, both included. Rejects with `query_too_slow`
   * when there are more than `MOST_COUNTED`.
   */
  count(endpointId: string, time: { from: number; to: number }): Promise<AttemptCounts>;
}

export interface AttemptCounts {
  readonly succeeded: number;
  readonly failed: number;
}

export const EXPUNGED_RESPONSE = 'EXPUNGED';
export const MOST_COUNTED = 5_000_000;

/** Tasks, and the queries by which they read. Tasks change deliveries with `Storage.changeDeliveries`. */
export interface TaskRepository {
  /** Notifies the other processes. Also deletes a few tasks of the organization that ended long ago. */
  create(task: Task, answer?: KeptAnswer, audit?: NewAudit): Promise<void>;
  get(organizationId: string, id: string): Promise<Task | null>;
  list(organizationId: string, page: PageRequest & TaskFilter): Promise<Page<Task>>;
  /** Running tasks of all organizations, at most 1000, in the order of their creation. */
  running(): Promise<Task[]>;
  /** Ends a running task and stores the event; false: the task has ended already, or does not exist. */
  end(
    id: string,
    end: TaskEnd,
    answer?: KeptAnswer,
    audit?: NewAudit,
    event?: OperationalEvent,
  ): Promise<boolean>;
  /**
   * Moves the cursor of a running task and adds to its result, in one transaction. False: the cursor has moved
   * already, or the task has ended, and nothing was changed.
   */
  advance(move: TaskMove, entries: readonly TaskResultEntry[]): Promise<boolean>;
  /** The entries that `advance` has added, in the order of the cursor. Read like a list. */
  result(id: string): Promise<TaskResultEntry[]>;
  /** The states of an application's messages at an endpoint, in the order of `at`. Read like a list. */
  scan(scan: TaskScan): Promise<FoundDelivery[]>;
  /**
   * How many deliveries of the endpoint are due and unclaimed, counted up to `limit`. For an ordered endpoint:
   * how many are unclaimed, due or not.
   */
  dueCount(endpointId: string, now: number, limit: number): Promise<number>;
  /**
   * The head of an ordered endpoint: the delivery for which all others wait. Null: no delivery waits, or the
   * endpoint is not ordered.
   */
  head(endpointId: string): Promise<Head | null>;
}

/** Writes notify other processes (`Change` of kind `access`), except `used`. */
export interface ApiKeyRepository {
  /** Also deletes a few keys of the organization that expired long ago. */
  create(key: ApiKey, answer?: KeptAnswer, audit?: NewAudit): Promise<void>;
  get(organizationId: string, id: string): Promise<ApiKey | null>;
  byHash(hash: string): Promise<ApiKey | null>;
  list(organizationId: string, page: PageRequest): Promise<Page<ApiKey>>;
  /** Changes the given fields; false: there is no such key. */
  update(
    organizationId: string,
    id: string,
    changes: Partial<Pick<ApiKey, 'name' | 'scopes'>>,
    audit?: NewAudit,
  ): Promise<boolean>;
  /**
   * Sets the expiry of the key to `at`, unless it expires earlier; false: there is no key that is valid until
   * `at`. The answer is stored in either case.
   */
  expire(
    organizationId: string,
    id: string,
    at: number,
    answer?: KeptAnswer,
    audit?: NewAudit,
  ): Promise<boolean>;
  /** Sets `lastUsedAt` if it is earlier. */
  used(id: string, at: number): Promise<void>;
}

/** The properties of a portal token that revocations refer to. */
export interface RevocableToken {
  readonly applicationId: string;
  readonly id: string;
  readonly sessionId: string | null;
}

/** Writes notify other processes (`Change` of kind `access`). */
export interface RevocationRepository {
  /** Adds revocations, and deletes those that are redundant or expired at `now`. */
  add(
    revocations: readonly Revocation[],
    now: number,
    answer?: KeptAnswer,
    audit?: NewAudit,
  ): Promise<void>;
  /** The revocations that name the token, whenever the token was issued. */
  concerning(token: RevocableToken): Promise<Revocation[]>;
}

/** Operational events that are not published as messages yet. They stay until they are deleted, also after a crash. */
export interface OperationalEventRepository {
  /** The oldest, in the order in which they happened. */
  first(limit: number): Promise<readonly OperationalEvent[]>;
  delete(ids: readonly string[]): Promise<void>;
  /** Whether any organization has asked for operational webhooks. */
  areWanted(): Promise<boolean>;
}
