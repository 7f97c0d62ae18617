import type { AuditEntry } from '../domain/audit.ts';
import type { ApiKey, Revocation } from '../domain/access.ts';
import type { Application } from '../domain/application.ts';
import type { Attempt, AttemptTrigger } from '../domain/attempt.ts';
import type { Claim, Delivery, DeliveryNext, Handoff } from '../domain/delivery.ts';
import type { Endpoint } from '../domain/endpoint.ts';
import type { EventType } from '../domain/event-type.ts';
import type { Message } from '../domain/message.ts';
import type { OperationalEvent } from '../domain/operational-event.ts';
import type { FoundDelivery } from '../domain/standing.ts';
import type { Task, TaskResultEntry } from '../domain/task.ts';
import type { Changes } from './changes.ts';
import type {
  OrganizationRetention,
  OrganizationSettings,
} from '../domain/organization-settings.ts';
import type { ConfigurationChange } from './configuration.ts';
import type { HealthChange } from './health-change.ts';
import type { Fleet } from './fleet.ts';
import type { Removed, RetentionRequest } from './retention.ts';
import type { StatisticsRepository } from './rollup.ts';
import type { DeliveryChange, Head, TaskEnd, TaskFilter, TaskMove, TaskScan } from './tasks.ts';
import type { ListenerRepository } from './listeners.ts';
import type { OutboxBatch, OutboxOutcome, OutboxRefusal, OutboxRow } from './outbox.ts';

export type { Change, Changes, EndpointNotes } from './changes.ts';
export type { ConfigurationChange, RowChange } from './configuration.ts';
export { type HealthChange, mergeHealth } from './health-change.ts';
export type { OutboxBatch, OutboxOutcome, OutboxRefusal, OutboxRow } from './outbox.ts';
export {
  LOOK_AGAIN_MS,
  type Removed,
  type RetainedBefore,
  type RetentionGroup,
  type RetentionRequest,
} from './retention.ts';
export {
  FIVE_MINUTES_MS,
  HOUR_MS,
  organizationSubject,
  type Rollup,
  type RollupRange,
  type RollupSpan,
  type StatisticsRepository,
} from './rollup.ts';
export type { ListenerRepository } from './listeners.ts';
export { OUTBOX_QUIET_MS } from './outbox.ts';
export type { DeliveryChange, Head, TaskEnd, TaskFilter, TaskMove, TaskScan } from './tasks.ts';
export type { Fleet, FleetMember, FleetProcess, ProcessDescription } from './fleet.ts';

/**
 * Keeps everything durably. The storage is the only truth: deliveries that a queue loses are found here again.
 *
 * Every promise resolves only after its effect is durable (fsync with SQLite, commit with
 * PostgreSQL) and visible to every later call. It rejects with a `PosthasteError`, and then nothing
 * of the call was stored. `storage_unavailable` says that the same call may succeed later: the
 * backend keeps trying to open or reach its database for as long as the process lives.
 *
 * The verbs of the hot path take batches. Calls that overlap are committed together (group commit):
 * while one batch commits, the next gathers; there are no timers. Calls are applied in their order.
 *
 * Lists are read on a path of their own: they hold up neither commits nor the look-ups of single
 * objects and of an application's endpoints, which the hot path waits for. A list reads a bounded
 * number of rows (`Page.cutAt`); one that waits too long behind others rejects with `query_too_slow`.
 */
export interface Storage {
  /**
   * Opens the database and migrates it, unless an option forbids that. Claims of processes that are gone end:
   * at once when only one process can open the database, else when the leases of these processes end.
   */
  start(): Promise<void>;
  /** Finishes earlier calls, then closes. Later calls reject with `stopping`. */
  stop(): Promise<void>;
  /**
   * The `owner` of every claim that this process makes; unique among all starts. Set by `start`. A process
   * that was suspended or disconnected for longer than its lease gets another number.
   */
  readonly owner: number;
  readonly fleet: Fleet;
  readonly changes: Changes;

  /** Stores messages with their deliveries; each message completely or not at all. */
  acceptMessages(messages: readonly NewMessage[]): Promise<AcceptResult[]>;
  /**
   * Claims due deliveries of the endpoints that this process owns, for each endpoint in the order of `dueAt`,
   * skipping disabled, paused and deleted endpoints. No endpoint gets more than its capacity, so that one
   * backlog can't starve the others. When `limit` cuts the result, endpoints take turns between calls.
   */
  claimDue(request: ClaimRequest): Promise<ClaimResult>;
  /**
   * Writes what `take` returns in one commit: releases first, then attempts with the states that
   * they lead to, then changes of endpoint health.
   *
   * `take` is called once, synchronously, and as late as possible: when the group commit that carries
   * the call begins. So the batch includes what the caller gathers until then, and the call gets its position
   * in the order of calls at that moment. When `take` throws, the call rejects with that error and no
   * other call is affected. `take` is not called when the call rejects with `stopping` or because the
   * storage was never started.
   *
   * When another session holds the row of an endpoint, its change of health and the events of it follow as
   * soon as they can be written; `disabled` does not tell of it then.
   *
   * Rejects with `storage_rejected`, which is not retryable, when a value in the batch can never be
   * written. Nothing of the batch is stored then: the caller finds the value by calling with parts.
   */
  record(take: () => RecordBatch): Promise<Recorded>;
  /**
   * Claims deliveries that another process handed over, and returns those that it could claim, with their
   * claims. A delivery can be claimed when it is due within seconds, unclaimed, never attempted, and not of an
   * ordered endpoint; others are claimed or settled by now. The `claim` of the given hand-offs is ignored.
   *
   * Sees everything that was committed before, but need not wait for calls of this process that are under way.
   */
  takeOver(handoffs: readonly Handoff[], until: number): Promise<Handoff[]>;
  /**
   * Makes a delivery due at `dueAt`, whatever its state, and creates it when the message was never owed
   * to the endpoint. The delivery keeps its step of the schedule (the last one when it is exhausted); a
   * delivered one begins at the first step. A claim on it ends. Does nothing when the payload of the message was
   * deleted.
   */
  scheduleDelivery(
    delivery: ScheduledDelivery,
    answer?: KeptAnswer,
    audit?: NewAudit,
  ): Promise<void>;
  /**
   * Deletes the payloads of messages of the application (`isExpunged`) and cancels their pending
   * deliveries, claimed ones too: an attempt under way can't be stopped, but none follows. Returns the ids of
   * the messages that exist, also of those whose payload was gone already. Processes that claimed such a
   * delivery are told (`Change` of kind `cancelled`), also by `cancelMessage` and `changeDeliveries`.
   */
  expunge(
    applicationId: string,
    messageIds: readonly string[],
    answer?: KeptAnswer,
    audit?: NewAudit,
  ): Promise<string[]>;
  /** Cancels the pending deliveries of the message, claimed ones too; returns how many. */
  cancelMessage(
    applicationId: string,
    messageId: string,
    answer?: KeptAnswer,
    audit?: NewAudit,
  ): Promise<number>;
  /**
   * Changes those deliveries of one endpoint that are in one of the given states, and moves the cursor of a
   * task, in one transaction. Returns how many it changed; null: the cursor has moved, or the task has ended,
   * and nothing was changed. So no message is processed twice or left out, even if another process runs the
   * same task, or a process crashes.
   */
  changeDeliveries(
    change: DeliveryChange,
    answer?: KeptAnswer,
    audit?: NewAudit,
  ): Promise<number | null>;
  /** Cancels at most `limit` pending deliveries of deleted endpoints; returns how many. */
  cancelOrphans(limit: number): Promise<number>;
  /**
   * Removes expired data, a small part in each call. Nothing is removed of a message of which an attempt is
   * owed: that is a pending delivery, unless it waits unclaimed at an endpoint that is disabled or deleted.
   * Such a delivery is cancelled with the payload. One process works at a time: a call by another resolves with
   * null meanwhile.
   */
  removeExpired(request: RetentionRequest): Promise<Removed | null>;
  /** The unclaimed work of all processes. Read like a list. */
  backlog(): Promise<Backlog>;

  readonly applications: ApplicationRepository;
  readonly endpoints: EndpointRepository;
  readonly eventTypes: EventTypeRepository;
  readonly messages: MessageRepository;
  readonly undelivered: UndeliveredRepository;
  readonly attempts: AttemptRepository;
  readonly keptAnswers: KeptAnswerRepository;
  readonly statistics: StatisticsRepository;
  readonly operationalEvents: OperationalEventRepository;
  readonly tasks: TaskRepository;
  readonly apiKeys: ApiKeyRepository;
  readonly revocations: RevocationRepository;
  readonly audit: AuditRepository;
  readonly configuration: ConfigurationRepository;
  readonly organizationSettings: OrganizationSettingsRepository;
  readonly listeners: ListenerRepository;
}

export interface Backlog {
  /**
   * Unclaimed deliveries: due ones, later retries, and those of endpoints that are disabled or paused. Counted
   * up to `BACKLOG_COUNTED`.
   */
  readonly waiting: number;
  /**
   * When the earliest unclaimed delivery of an endpoint that is enabled and not paused is due; an instant in
   * the past means that it is late. Null: there is none.
   */
  readonly oldestDueAt: number | null;
}

/** Counting further would take long and tell nothing more. */
export const BACKLOG_COUNTED = 100_000;

export interface NewMessage {
  readonly message: Message;
  /** Deliveries to attempt at once: accepted already claimed by this process. */
  readonly claimed: NewClaims | null;
  /** Deliveries that wait to be claimed. */
  readonly deliveries: readonly NewDelivery[];
  /** A second message of the application with the same key within 12 hours is the first one. */
  readonly idempotencyKey: string | null;
  /** The trace of the publisher, kept with the message and in each of its hand-offs. Undefined: none. */
  readonly trace?: string | undefined;
}

export interface NewClaims {
  readonly endpointIds: readonly string[];
  readonly until: number;
}

export interface NewDelivery {
  readonly endpointId: string;
  readonly dueAt: number;
  /** True: the caller hands the delivery over to the owner of the endpoint, so the storage does not notify the owner. */
  readonly handedOver?: boolean;
}

export type AcceptResult =
  | { readonly accepted: true }
  /** Nothing was stored: the application has this message already, under the same uid or key. */
  | {
      readonly accepted: false;
      readonly existingId: string;
      readonly by: 'uid' | 'idempotencyKey';
    };

export interface ClaimRequest {
  readonly now: number;
  readonly until: number;
  /** At most this many deliveries in all. */
  readonly limit: number;
  /** At most about this many characters of payload; the first delivery is returned whatever its size. */
  readonly maxChars: number;
  /** How many deliveries each endpoint that is not in `capacities` may get. */
  readonly defaultCapacity: number;
  /** Endpoints with another capacity; zero skips the endpoint. */
  readonly capacities: ReadonlyMap<string, number>;
}

export interface ClaimResult {
  readonly handoffs: Handoff[];
  /**
   * When to claim again: when the earliest unclaimed delivery of an enabled endpoint with capacity left falls
   * due, or earlier; null when there is none. A hint that may be early: a claim
   * at this time may find nothing. Not above `now` when `limit` or `maxChars` cut the result.
   */
  readonly nextDueAt: number | null;
}

/**
 * The data of one `record`, written in one transaction. Calls made at the same time wait for it, so keep a
 * batch to about `RECORD_BATCH_ENTRIES` entries in its three lists together and `RECORD_BATCH_CHARS`
 * characters of text. A larger batch works, but it delays other calls.
 */
export interface RecordBatch {
  /**
   * The attempt is always stored. A `pending` or `exhausted` state is applied only while the claim
   * holds, so that a late result can't undo a newer one; `delivered` is applied to any delivery that is
   * still pending, or was cancelled during the attempt.
   */
  readonly records: readonly AttemptRecord[];
  readonly health: readonly HealthChange[];
  /** Ends claims without counting an attempt. A claim that no longer holds is ignored. */
  readonly releases: readonly ClaimRelease[];
  /**
   * Operational events about the attempts. Ignored are events that are stored already, and those of type
   * `endpoint.…` whose endpoint's change of health was not written.
   */
  readonly events?: readonly OperationalEvent[];
}

export interface Recorded {
  /** Endpoints that the batch disabled: no others, such as those that a person has changed meanwhile. */
  readonly disabled: readonly string[];
}

export const RECORD_BATCH_ENTRIES = 1_000;
export const RECORD_BATCH_CHARS = 2 * 1024 * 1024;

export interface AttemptRecord {
  readonly attempt: Attempt;
  readonly claim: Claim;
  readonly next: DeliveryNext;
  /** For the statistics only; undefined when not known. */
  readonly organizationId?: string | undefined;
  readonly eventType?: string | undefined;
  /** As in the hand-off. */
  readonly owedSince?: number | undefined;
}

export interface ClaimRelease {
  readonly messageId: string;
  readonly endpointId: string;
  readonly claim: Claim;
  readonly dueAt: number;
}

export interface ScheduledDelivery {
  readonly messageId: string;
  readonly endpointId: string;
  readonly applicationId: string;
  readonly dueAt: number;
  readonly trigger: AttemptTrigger;
}

/**
 * Messages that callers sent inside their own transactions (`posthaste.send`). A row exists once its
 * transaction has committed, and becomes exactly one message or one refused row.
 *
 * Rows are in the order of their `send`. A row whose transaction committed before another row was sent comes
 * before that row; rows of overlapping transactions come in the order in which they become visible.
 */
export interface Outbox {
  /**
   * Calls `listener` soon after rows were committed, except for `OUTBOX_QUIET_MS` after a `relay`. A hint: calls
   * may be lost while the database is unavailable, so poll now and then, too. Returns a function that ends the
   * subscription.
   */
  subscribe(listener: () => void): () => void;
  /**
   * Turns the first rows, at most `limit` and a bounded number of bytes, into messages in their order.
   * One transaction stores the messages and removes the rows. One call at a time works, over all
   * processes: any other resolves with null.
   *
   * `decide` is called with the rows at most once, and not when there are none. When it rejects, the call
   * rejects and the rows stay. The rows also stay when the call rejects with `storage_unavailable`, unless the
   * answer of the commit was lost. Rejects with `storage_rejected` when a value of a message can't be written:
   * call with a `limit` of one to find the message.
   */
  relay(
    batch: OutboxBatch,
    decide: (rows: readonly OutboxRow[]) => Promise<readonly OutboxDecision[]>,
  ): Promise<readonly OutboxOutcome[] | null>;
}

/** The decision about one row. Rows without a decision stay. */
export type OutboxDecision = { readonly accept: NewMessage } | { readonly refuse: OutboxRefusal };

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

/**
 * Read-through view of applications and endpoints for the hot path, bounded, held in memory.
 * A change made through this process is visible to the next call; one made by another process
 * within a second.
 */
export interface EndpointCache {
  application(
    organizationId: string,
    id: IdOrUid,
  ): Promise<Application | null> | Application | null;
  /** The endpoints of an application, disabled ones included. */
  endpoints(applicationId: string): Promise<readonly Endpoint[]> | readonly Endpoint[];
  /** An endpoint with its application; null when either is deleted. */
  endpoint(
    applicationId: string,
    endpointId: string,
  ): Promise<EndpointInContext | null> | EndpointInContext | null;
  /** Must be called after a change to the application or one of its endpoints: drops their cached rows. */
  invalidate(applicationId: string): void;
}

export interface EndpointInContext {
  readonly endpoint: Endpoint;
  readonly application: Application;
}
