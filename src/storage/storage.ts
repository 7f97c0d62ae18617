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
 * Where everything is kept: the only truth. What the queue loses is found here again.
 *
 * Every promise resolves only after its effect is durable (fsync with SQLite, commit with
 * PostgreSQL) and visible to every later call; it rejects with a `PosthasteError`, and then nothing
 * of the call was stored. `storage_unavailable` says that the same call may succeed later: the
 * backend goes on trying to open or reach its database for as long as the process lives.
 *
 * The verbs of the hot path take batches. Calls that overlap are committed together (group commit):
 * while one batch commits, the next gathers; there are no timers. Order is kept: what was called
 * first is applied first.
 *
 * Lists are read on a path of their own: they hold up neither commits nor the look-ups of single
 * objects and of an application's endpoints, which the hot path waits for. A list reads a bounded
 * number of rows (`Page.cutAt`); one that waits too long behind others rejects with `query_too_slow`.
 */
export interface Storage {
  /**
   * Opens and migrates unless told otherwise. The claims of processes that are gone end: at once when
   * the database can only be open here, else when their leases do.
   */
  start(): Promise<void>;
  /** Finishes what was called before, then closes. Later calls reject with `stopping`. */
  stop(): Promise<void>;
  /**
   * The `owner` of every claim that this process makes; unique among all starts. Set by `start`; a
   * process that was away for longer than its lease comes back under another number.
   */
  readonly owner: number;
  readonly fleet: Fleet;
  readonly changes: Changes;

  /** Stores messages with their deliveries, each message wholly or not at all. */
  acceptMessages(messages: readonly NewMessage[]): Promise<AcceptResult[]>;
  /**
   * Claims deliveries that are due to endpoints that this process owns, per endpoint in the order of
   * `dueAt`, skipping disabled, paused and deleted endpoints. No endpoint gets more than its capacity, so that one backlog can't starve the
   * rest; endpoints take turns between calls when `limit` cuts.
   */
  claimDue(request: ClaimRequest): Promise<ClaimResult>;
  /**
   * Writes what `take` returns in one commit: releases first, then attempts with the states that
   * they lead to, then changes of endpoint health.
   *
   * `take` is called once, without waiting, as late as possible: when the group commit that carries
   * the call begins. Whatever the caller gathers until then goes along, and the call takes its place
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
   * Claims deliveries that another process handed over, and answers those that it could claim, with
   * their claims: each that is due within seconds, unclaimed and was never attempted, of an endpoint
   * without order.
   * The others somebody has by now. What the hand-offs say of a claim does not matter.
   *
   * Sees what was committed before, but need not wait for calls of this process that are under way.
   */
  takeOver(handoffs: readonly Handoff[], until: number): Promise<Handoff[]>;
  /**
   * Makes a delivery due at `dueAt`, whatever its state, and creates it when the message was never owed
   * to the endpoint. It stays at its place in the schedule, at the end of it when it is exhausted; one
   * that was delivered begins at the first. A claim on it ends. Nothing happens when the payload of the
   * message was deleted.
   */
  scheduleDelivery(
    delivery: ScheduledDelivery,
    answer?: KeptAnswer,
    audit?: NewAudit,
  ): Promise<void>;
  /**
   * Deletes the payloads of messages of the application (`isExpunged`) and cancels their pending
   * deliveries, claimed ones too: an attempt that is under way can't be called back, but none follows.
   * Answers the ids of those that exist, also of those whose payload was gone. Tells whoever claimed such
   * a delivery (`Change` of kind `cancelled`), as `cancelMessage` and `changeDeliveries` do.
   */
  expunge(
    applicationId: string,
    messageIds: readonly string[],
    answer?: KeptAnswer,
    audit?: NewAudit,
  ): Promise<string[]>;
  /** Cancels the pending deliveries of the message, claimed ones too; answers how many it did. */
  cancelMessage(
    applicationId: string,
    messageId: string,
    answer?: KeptAnswer,
    audit?: NewAudit,
  ): Promise<number>;
  /**
   * Changes deliveries of one endpoint, those that stand as they must, and moves the cursor of a task:
   * all in one transaction, or nothing. Answers how many it changed; null: the cursor is elsewhere, or the
   * task has ended, and nothing was changed. So no message is met twice or left out, whoever else runs the
   * task, and whatever crashes.
   */
  changeDeliveries(
    change: DeliveryChange,
    answer?: KeptAnswer,
    audit?: NewAudit,
  ): Promise<number | null>;
  /** Cancels at most `limit` pending deliveries of deleted endpoints; answers how many it did. */
  cancelOrphans(limit: number): Promise<number>;
  /**
   * Removes what has outlived its time, a small part in each call. Nothing goes of a message of which an
   * attempt is owed. That is a pending delivery, unless it waits unclaimed at an endpoint that is
   * disabled or deleted: such a delivery is cancelled with the payload. A process that works takes
   * turns with none: any other resolves with null meanwhile.
   */
  removeExpired(request: RetentionRequest): Promise<Removed | null>;
  /** What waits over all processes, read as a list is. */
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
   * Deliveries that nobody has claimed: due ones, retries for later, and those of endpoints that are
   * disabled or paused.
   * Counted up to `BACKLOG_COUNTED`.
   */
  readonly waiting: number;
  /**
   * When the first of them is due that may be attempted, to an endpoint that is enabled and not paused; so much in the past it
   * is late. Null: there is none.
   */
  readonly oldestDueAt: number | null;
}

/** Counting on would take longer than anybody waits, and says no more. */
export const BACKLOG_COUNTED = 100_000;

export interface NewMessage {
  readonly message: Message;
  /** Deliveries to attempt at once: accepted already claimed by this process. */
  readonly claimed: NewClaims | null;
  /** Deliveries that wait to be claimed. */
  readonly deliveries: readonly NewDelivery[];
  /** A second message of the application with the same key within 12 hours is the first one. */
  readonly idempotencyKey: string | null;
  /** Kept with the message, and in each of its hand-offs. Undefined: there is none. */
  readonly trace?: string | undefined;
}

export interface NewClaims {
  readonly endpointIds: readonly string[];
  readonly until: number;
}

export interface NewDelivery {
  readonly endpointId: string;
  readonly dueAt: number;
  /** The caller hands the delivery over to the owner of the endpoint, who need not be told of it. */
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
  /** At most about this many characters of payload; one delivery is returned however large. */
  readonly maxChars: number;
  /** How many deliveries an endpoint may get that is not in `capacities`. */
  readonly defaultCapacity: number;
  /** Endpoints with another capacity; zero skips the endpoint. */
  readonly capacities: ReadonlyMap<string, number>;
}

export interface ClaimResult {
  readonly handoffs: Handoff[];
  /**
   * When to claim again: not later than the earliest delivery falls due that was not claimed, among
   * enabled endpoints with capacity left; null when there is none. A hint that may be early: a claim
   * at this time may find nothing. Not above `now` when `limit` or `maxChars` cut the result.
   */
  readonly nextDueAt: number | null;
}

/**
 * What one `record` writes. All of it is one transaction, in which every other call of the moment
 * waits: a batch is kept to about `RECORD_BATCH_ENTRIES` entries in its three lists together and
 * `RECORD_BATCH_CHARS` characters of text. A larger one works, but it delays the others.
 */
export interface RecordBatch {
  /**
   * The attempt is always kept. A `pending` or `exhausted` state is applied only while the claim
   * holds, so a late result can't undo a newer one; `delivered` is applied to any delivery that is
   * still pending, or was cancelled while the attempt was under way.
   */
  readonly records: readonly AttemptRecord[];
  readonly health: readonly HealthChange[];
  /** Gives claims back, without counting an attempt. A claim that no longer holds is passed over. */
  readonly releases: readonly ClaimRelease[];
  /**
   * Kept with the attempts that they are about. One that is there already is passed over, and so is one of
   * type `endpoint.…` whose endpoint's change of health was not written.
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
  /** For the statistics only; undefined: it is not known. */
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
 * Messages that callers sent inside their own transactions (`posthaste.send`). A row is there once its
 * transaction has committed, and becomes exactly one message or one refused row.
 *
 * The order of rows is that of their `send`. A row whose transaction committed before another row was
 * sent is never behind that one; rows of transactions that overlap come in the order in which they
 * become visible.
 */
export interface Outbox {
  /**
   * Calls `listener` soon after rows were committed, but for `OUTBOX_QUIET_MS`. A hint: calls may be
   * lost while the database is away, so look now and then, too. The returned function ends it.
   */
  subscribe(listener: () => void): () => void;
  /**
   * Turns the first rows, at most `limit` and a bounded number of bytes, into messages in their order.
   * One transaction stores the messages and removes the rows. One call at a time works, over all
   * processes: any other resolves with null.
   *
   * `decide` is called with the rows at most once, and not when there are none. When it rejects, so
   * does the call, and the rows stay. So they do when the call rejects with `storage_unavailable`,
   * unless the answer of the commit was lost. Rejects with `storage_rejected` when a value of a message
   * can't be written: call with a `limit` of one to find out which.
   */
  relay(
    batch: OutboxBatch,
    decide: (rows: readonly OutboxRow[]) => Promise<readonly OutboxDecision[]>,
  ): Promise<readonly OutboxOutcome[] | null>;
}

/** One for each row; of fewer decisions, the rows behind them stay. */
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
  /** Nothing is left in the direction of reading: behind the page, or with `before` in front of it. */
  readonly done: boolean;
  /**
   * Given when the filter passed over as many rows as one call may read, so that the page is shorter
   * than it could be, perhaps empty: where to go on, in the direction of reading. `done` is false.
   */
  readonly cutAt?: Pick<PageRequest, 'after' | 'before'>;
}

/**
 * Names a row by its id or by its uid. Ids win: a uid that looks like another row's id never hides it.
 */
export type IdOrUid = string;

/**
 * The answer of a request with an idempotency key. A writing call that is given one keeps it in the
 * transaction of its effect: both are stored or neither. So the effect happens once, however often
 * the request comes, in however many processes, and whatever crashes. When an answer of the same
 * request is kept already, the call rejects with `conflict`; a call that finds its row gone or
 * changed (false) keeps nothing.
 */
export interface KeptAnswer {
  readonly organizationId: string;
  /** A hash of who asked for what under which key: unique. */
  readonly request: string;
  /** A hash of everything else that two requests must have in common to be the same. */
  readonly fingerprint: string;
  readonly status: number;
  /** May hold a signing secret: sealed at rest. */
  readonly body: string;
  /** An instant of the schedule's clock. */
  readonly keptAt: number;
}

/**
 * An entry of the audit. A writing call that is given one writes it in the transaction of its effect:
 * both are stored or neither. A call that finds its row gone or changed (false) writes nothing.
 */
export interface NewAudit {
  readonly entry: AuditEntry;
  /** Entries that are older are deleted with later ones, a few at a time; null: they are kept. */
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
  /** For a change that stores nothing else. */
  add(audit: NewAudit): Promise<void>;
  /** By id, which is the order in which a process made them. */
  list(
    organizationId: string,
    page: PageRequest & { readonly filter: AuditFilter },
  ): Promise<Page<AuditEntry>>;
}

/** How long an answer is kept. Expired ones are deleted with later ones, a few at a time. */
export const ANSWER_LIFETIME_MS = 12 * 60 * 60 * 1000;

export interface KeptAnswerRepository {
  /** Null when none is kept, or it has expired by `now`. */
  get(request: string, now: number): Promise<KeptAnswer | null>;
  /** For a request that had no effect. */
  keep(answer: KeptAnswer): Promise<void>;
}

/** Creating or updating to a uid (or name) that is taken rejects with `conflict`. */
export interface ApplicationRepository {
  create(application: Application, answer?: KeptAnswer, audit?: NewAudit): Promise<void>;
  get(organizationId: string, id: IdOrUid): Promise<Application | null>;
  list(organizationId: string, page: PageRequest): Promise<Page<Application>>;
  /** Replaces the row that was `found`; false: it is gone, or has another `updatedAt` by now. */
  update(application: Application, found: Application, audit?: NewAudit): Promise<boolean>;
  /**
   * Hides the application and its endpoints at once; pending deliveries are cancelled by and by. Of `events`
   * those are kept whose endpoint is one of these.
   */
  delete(
    organizationId: string,
    id: string,
    now: number,
    audit?: NewAudit,
    events?: readonly OperationalEvent[],
  ): Promise<boolean>;
}

/** An `event` is kept in the transaction of its cause, or not at all when that did not happen. */
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
   * Those of an organization that fail, are disabled or paused, the longest so first. It reads every
   * endpoint of the organization: for a person who asks.
   */
  troubled(organizationId: string, limit: number): Promise<TroubledEndpoint[]>;
  /** How many endpoints an organization has. It reads every one of them. */
  count(organizationId: string): Promise<EndpointCounts>;
  /**
   * How many applications of an organization have an endpoint; `enabled`: one that is not disabled. It
   * reads every endpoint of the organization.
   */
  countApplications(organizationId: string, which: 'all' | 'enabled'): Promise<number>;
  /**
   * When the next delivery of each of these endpoints is due, among those that nobody has claimed; of an
   * ordered endpoint, when its head is. An endpoint for which nothing waits is absent. At most 250 ids;
   * one seek for each, however much waits. Read as a list is.
   */
  nextDue(endpointIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** All of an application, for the fan-out of a message. */
  all(applicationId: string): Promise<Endpoint[]>;
  /**
   * Replaces the row, but for `health`, which belongs to the engine, and for `disabled` unless the
   * edit changes what it `found`: the engine may have disabled the endpoint since. Another URL
   * resets `failingSince` and `lastFailedAt`. Enabling resets the health; enabling and resuming make
   * deliveries claimable again. Answers false when the row is gone, or has another `updatedAt` by now.
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
  /** Those of the names that exist, in any order; archived ones too. At most 1000 names. */
  existing(organizationId: string, names: readonly string[]): Promise<ExistingEventType[]>;
  list(
    organizationId: string,
    page: PageRequest & {
      includeArchived: boolean;
      /** Of those with a feature flag, only those with one of these; null: all. */
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
  /** Null: nothing was chosen. */
  get(organizationId: string): Promise<OrganizationSettings | null>;
  /** Of all organizations that chose how long something is kept, by their ids. */
  withRetention(): Promise<OrganizationWithRetention[]>;
  put(organizationId: string, settings: OrganizationSettings, audit?: NewAudit): Promise<void>;
}

export interface ConfigurationRepository {
  /**
   * Whether an application or an endpoint of any organization has this id, or had it before it was deleted.
   * Nothing new can have it.
   */
  isTaken(kind: 'application' | 'endpoint', id: string): Promise<boolean>;
  /**
   * Makes all changes in one transaction, or none: false when a row that was `found` is gone, or has
   * another `updatedAt` by now. Creating something whose id, uid or name is taken rejects with `conflict`.
   * While it runs, other writes may wait: keep a call to some thousands of rows.
   */
  apply(
    change: ConfigurationChange,
    answer?: KeptAnswer,
    audits?: readonly NewAudit[],
  ): Promise<boolean>;
}

/**
 * `createdBefore` and `createdAfter` are answered by ids: a message's id begins with the second of
 * its creation, or with a later one while the clock is behind where the process has seen it. So the
 * messages after an instant are behind the ids of that second, and those before it are in front of
 * the ids of an hour later. After a clock was set back by more than an hour, `createdBefore` may leave
 * out messages of that time.
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
 * How a message stands with one endpoint: `waiting` and `sending` are both pending, without an attempt
 * so far and unclaimed, or begun.
 */
export type Standing = 'waiting' | 'sending' | 'delivered' | 'exhausted' | 'cancelled';

export interface OwedMessage {
  readonly message: Message;
  readonly delivery: Delivery;
}

export interface MessageRepository {
  get(applicationId: string, id: IdOrUid): Promise<Message | null>;
  /** Those of the messages that exist, in any order. At most 250 ids. */
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
  /** Those of one message to these endpoints that exist, in any order. */
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

/** Whose deliveries: of an application, or null: of all of the organization. */
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
}

/**
 * Deliveries that are pending after failed attempts, or exhausted, in the order of their messages. A
 * place in the list (`after`, `before`, `cutAt`) is both ids with a dot between them.
 */
export interface UndeliveredRepository {
  list(
    scope: UndeliveredScope,
    page: PageRequest & UndeliveredFilter,
  ): Promise<Page<UndeliveredDelivery>>;
  /** Among the newest `UNDELIVERED_COUNTED`; `isExact`: there are no others. */
  count(
    scope: UndeliveredScope,
    filter: UndeliveredFilter,
  ): Promise<{ readonly pending: number; readonly exhausted: number; readonly isExact: boolean }>;
}

export const UNDELIVERED_COUNTED = 5_000;

/**
 * `startedBefore` and `startedAfter` are answered by ids, as with messages. An attempt's id is made
 * when the attempt has ended: at most four minutes after its start, since no deadline is longer than
 * two. A clock that is set back by more than an hour may make either leave out attempts of that time.
 */
export interface AttemptFilter {
  readonly succeeded?: boolean;
  /** 100, 200 … 500; 0: no status code. Attempts that succeeded are of class 200. */
  readonly statusCodeClass?: number;
  readonly channel?: string;
  readonly tag?: string;
  readonly eventTypes?: readonly string[];
  /** Instants, exclusive. */
  readonly startedBefore?: number;
  readonly startedAfter?: number;
  readonly endpointId?: string;
}

/** Attempts with the message that they are of, so that a list needs no second look-up. */
export interface AttemptRepository {
  get(messageId: string, id: string): Promise<Attempt | null>;
  byMessage(messageId: string, page: PageRequest & AttemptFilter): Promise<Page<Attempt>>;
  byEndpoint(endpointId: string, page: PageRequest & AttemptFilter): Promise<Page<Attempt>>;
  /** Sets the response of an attempt to `EXPUNGED_RESPONSE`, and its `exchange` to null. False: there is no such attempt. */
  expungeResponse(messageId: string, id: string, audit?: NewAudit): Promise<boolean>;
  /**
   * How many attempts of an endpoint ended in a time, by the second; its bounds are inclusive. Rejects
   * with `query_too_slow` beyond `MOST_COUNTED`.
   */
  count(endpointId: string, time: { from: number; to: number }): Promise<AttemptCounts>;
}

export interface AttemptCounts {
  readonly succeeded: number;
  readonly failed: number;
}

export const EXPUNGED_RESPONSE = 'EXPUNGED';
export const MOST_COUNTED = 5_000_000;

/** Tasks, and what they read. What they change, they change by `Storage.changeDeliveries`. */
export interface TaskRepository {
  /** Tells the other processes. Forgets tasks of the organization that ended long ago, a few at a time. */
  create(task: Task, answer?: KeptAnswer, audit?: NewAudit): Promise<void>;
  get(organizationId: string, id: string): Promise<Task | null>;
  list(organizationId: string, page: PageRequest & TaskFilter): Promise<Page<Task>>;
  /** Of all organizations, at most 1000, in the order in which they were created. */
  running(): Promise<Task[]>;
  /** Ends a task that is running, and keeps the event; false: it has ended, or there is none. */
  end(
    id: string,
    end: TaskEnd,
    answer?: KeptAnswer,
    audit?: NewAudit,
    event?: OperationalEvent,
  ): Promise<boolean>;
  /**
   * Moves the cursor of a running task and adds to its result, in one transaction. False: the cursor was
   * elsewhere, or the task has ended, and nothing was changed.
   */
  advance(move: TaskMove, entries: readonly TaskResultEntry[]): Promise<boolean>;
  /** What `advance` has added, in the order of the cursor. Read as a list is. */
  result(id: string): Promise<TaskResultEntry[]>;
  /** How messages of an application stand with an endpoint, in the order of `at`. Read as a list is. */
  scan(scan: TaskScan): Promise<FoundDelivery[]>;
  /**
   * How many deliveries of the endpoint are due and not claimed, counted up to `limit`. At an ordered
   * endpoint: how many wait.
   */
  dueCount(endpointId: string, now: number, limit: number): Promise<number>;
  /**
   * The delivery that an ordered endpoint gets first; all others wait for it. Null: nothing waits, or
   * the endpoint is not ordered.
   */
  head(endpointId: string): Promise<Head | null>;
}

/** Writes tell other processes (`Change` of kind `access`), but for `used`. */
export interface ApiKeyRepository {
  /** Forgets keys of the organization that expired long ago, a few at a time. */
  create(key: ApiKey, answer?: KeptAnswer, audit?: NewAudit): Promise<void>;
  get(organizationId: string, id: string): Promise<ApiKey | null>;
  byHash(hash: string): Promise<ApiKey | null>;
  list(organizationId: string, page: PageRequest): Promise<Page<ApiKey>>;
  /** Changes what is given; false: there is no such key. */
  update(
    organizationId: string,
    id: string,
    changes: Partial<Pick<ApiKey, 'name' | 'scopes'>>,
    audit?: NewAudit,
  ): Promise<boolean>;
  /**
   * Lets it expire at `at`, unless it does so earlier; false: there is no such key that is valid until
   * then. The answer is kept in any case.
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

/** A portal token, as far as revocations concern it. */
export interface RevocableToken {
  readonly applicationId: string;
  readonly id: string;
  readonly sessionId: string | null;
}

/** Writes tell other processes (`Change` of kind `access`). */
export interface RevocationRepository {
  /** `now` is for what is in force already, and for what can be forgotten. */
  add(
    revocations: readonly Revocation[],
    now: number,
    answer?: KeptAnswer,
    audit?: NewAudit,
  ): Promise<void>;
  /** Those that concern the token, whenever it was issued. */
  concerning(token: RevocableToken): Promise<Revocation[]>;
}

/** Events that are no messages yet. They stay until they are deleted, also after a crash. */
export interface OperationalEventRepository {
  /** The oldest, in the order in which they happened. */
  first(limit: number): Promise<readonly OperationalEvent[]>;
  delete(ids: readonly string[]): Promise<void>;
  /** Whether any organization has asked to be told. */
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
  /** Forgets what it knows of the application, after a change to it or one of its endpoints. */
  invalidate(applicationId: string): void;
}

export interface EndpointInContext {
  readonly endpoint: Endpoint;
  readonly application: Application;
}
