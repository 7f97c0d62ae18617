import type { Application } from '../domain/application.ts';
import type { Attempt, AttemptTrigger } from '../domain/attempt.ts';
import type { Claim, DeliveryNext, Handoff } from '../domain/delivery.ts';
import type { Endpoint } from '../domain/endpoint.ts';
import type { Message } from '../domain/message.ts';
import type { OperationalEvent } from '../domain/operational-event.ts';
import type { Changes } from './changes.ts';
import type { HealthChange } from './health-change.ts';
import type { Fleet } from './fleet.ts';
import type { Removed, RetentionRequest } from './retention.ts';
import type { StatisticsRepository } from './rollup.ts';
import type { DeliveryChange } from './tasks.ts';
import type { ListenerRepository } from './listeners.ts';
import type { OutboxBatch, OutboxOutcome, OutboxRefusal, OutboxRow } from './outbox.ts';
import type {
  ApiKeyRepository,
  ApplicationRepository,
  AttemptRepository,
  AuditRepository,
  ConfigurationRepository,
  EndpointRepository,
  EventTypeRepository,
  IdOrUid,
  KeptAnswer,
  KeptAnswerRepository,
  MessageRepository,
  NewAudit,
  OperationalEventRepository,
  OrganizationSettingsRepository,
  RevocationRepository,
  TaskRepository,
  UndeliveredRepository,
} from './repositories.ts';

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
export * from './repositories.ts';
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
  /**
   * Cancels at most `limit` pending deliveries of deleted endpoints; returns how many. SQLite also puts deliveries
   * that waited when their endpoint became ordered in order, and counts them: none is due before all are.
   */
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
 * batch to about `RECORD_BATCH_ENTRIES` entries in its three lists together. A larger batch works, but it
 * delays other calls.
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
