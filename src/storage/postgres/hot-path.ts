import type { QueryResult } from 'pg';
import type { Clock } from '../../domain/clock.ts';
import type { Handoff } from '../../domain/delivery.ts';
import type { PosthasteError } from '../../domain/errors.ts';
import { contentChars } from '../../domain/message.ts';
import type {
  AcceptResult,
  ClaimRequest,
  ClaimResult,
  DeliveryChange,
  HealthChange,
  NewMessage,
  RecordBatch,
  Recorded,
  ScheduledDelivery,
  Storage,
} from '../storage.ts';
import { CallStream } from './call-stream.ts';
import type { ConnectionPool, Statement } from './connection-pool.ts';
import type { Change } from '../changes.ts';
import type { DatabaseTime } from './database-time.ts';
import type { DueIndex } from './due-index.ts';
import { HeldHealth } from './held-health.ts';
import { LostWork } from './lost-work.ts';
import { conflictOf } from './sql-runner.ts';
import { dueNotices, noticeStatement } from './fleet/due-notices.ts';
import { isUniqueViolation } from './postgres-errors.ts';
import { acceptMessages, checkMessages } from './verbs/accept.ts';
import { changeDeliveries } from './verbs/change-deliveries.ts';
import { claimDue } from './verbs/claim.ts';
import {
  endExpiredClaims,
  endLostAccepts,
  endLostClaim,
  type LostClaim,
} from './verbs/claims-held.ts';
import { type DueHint, checkRecords, record } from './verbs/record.ts';
import { cancelDeliveries, deletedEndpoints, scheduleStatement } from './verbs/schedule.ts';
import { takeOver } from './verbs/take-over.ts';

export interface HotPathOptions {
  readonly pool: ConnectionPool;
  readonly time: DatabaseTime;
  readonly clock: Pick<Clock, 'scheduleNow' | 'after'>;
  readonly dueIndex: DueIndex;
  /** The number of this process. */
  readonly owner: () => number;
  /** Whether this process claims the deliveries of the endpoint. */
  readonly owns: (endpointId: string) => boolean;
  /** Called when deliveries were cancelled. `told`: other processes find the cancellation in `change`. */
  readonly onCancelled: (change: Change & { kind: 'cancelled' }, told: boolean) => void;
  /** Called with the time at which a claim must look for lost work, even if no other work is due. */
  readonly onLost: (dueAt: number) => void;
}

type Verbs = Pick<Storage, 'acceptMessages' | 'claimDue' | 'record' | 'takeOver' | 'cancelOrphans'>;

/**
 * The storage calls of the engine. Messages and records go in two streams of batches, each with one batch
 * under way on a connection of its own. Every other call begins when the calls made before it are answered,
 * so that it sees what they wrote; claims run one at a time.
 */
export class HotPath implements Verbs {
  readonly #options: HotPathOptions;
  readonly #accepts: CallStream<readonly NewMessage[], AcceptResult[]>;
  readonly #records: CallStream<RecordBatch, Recorded>;
  readonly #heldHealth = new HeldHealth();
  #cancelHeld: (() => void) | null = null;
  /** Deleted endpoints that may have deliveries. */
  readonly #orphans = new Set<string>();
  /** No claim of this process ends before this. */
  #claimsEndAt = Infinity;
  #claiming: Promise<unknown> = Promise.resolve();
  readonly #lostClaims = new LostWork<LostClaim>(MOST_LOST);
  /** Messages whose acceptance failed, but may have been stored with claims. */
  readonly #lostAccepts = new LostWork<string>(MOST_LOST);

  constructor(options: HotPathOptions) {
    this.#options = options;
    this.#accepts = new CallStream({
      run: (calls) => this.#accept(calls),
      sizeOf: (messages) =>
        messages.reduce(
          (size, { message, deliveries, claimed }) =>
            size +
            1 +
            deliveries.length +
            (claimed?.endpointIds.length ?? 0) +
            contentChars(message) / CHARS_PER_ENTRY,
          0,
        ),
    });
    this.#records = new CallStream({
      run: (batches) => this.#record(batches),
      sizeOf: ({ records, health, releases }) => records.length + health.length + releases.length,
    });
  }

  acceptMessages(messages: readonly NewMessage[]): Promise<AcceptResult[]> {
    this.#claimsBegin(messages);
    const accepted = this.#accepts.call(() => {
      checkMessages(messages);
      return messages;
    });
    return accepted.catch((error: unknown) => {
      // Even if the last try failed to connect, an earlier one may have been stored and its answer lost.
      if ((error as PosthasteError).code === 'storage_unavailable') this.#noteLost(messages);
      throw error;
    });
  }

  /**
   * `acceptMessages` within a transaction of the caller's. The caller must call `tell` after the commit, because
   * a claim before it would not find the deliveries; or `lose` when the transaction failed, because it may have
   * been committed all the same.
   */
  async acceptWithin(
    transaction: Pick<ConnectionPool, 'runAll'>,
    messages: readonly NewMessage[],
  ): Promise<{ results: AcceptResult[]; tell: () => void; lose: () => void }> {
    this.#claimsBegin(messages);
    checkMessages(messages);
    const { results, hints } = await this.#store(transaction, messages);
    const lose = () => this.#noteLost(messages);
    return { results, tell: () => this.#hint(hints), lose };
  }

  record(take: () => RecordBatch): Promise<Recorded> {
    return this.#records.call(() => {
      const batch = take();
      checkRecords(batch);
      return batch;
    });
  }

  claimDue(request: ClaimRequest): Promise<ClaimResult> {
    const earlier = [this.#claiming, this.#accepts.settled(), this.#records.settled()];
    const claimed = Promise.all(earlier).then(() => this.#claim(request));
    this.#claiming = claimed.catch(() => {});
    return claimed;
  }

  async takeOver(handoffs: readonly Handoff[], until: number): Promise<Handoff[]> {
    const { pool, time, clock, owner } = this.#options;
    this.#claimsEndAt = Math.min(this.#claimsEndAt, until);
    const storedNow = time.stored(clock.scheduleNow());
    return takeOver(pool, owner(), handoffs, until, storedNow).catch((error: unknown) => {
      const endpointIds = [...new Set(handoffs.map(({ endpointId }) => endpointId))];
      this.#lostClaims.add([{ endpointIds, until }], clock.scheduleNow());
      throw error;
    });
  }

  /** Runs statements in one transaction, after the calls that were made before are answered. */
  async afterwards(statements: readonly Statement[]): Promise<QueryResult<object> | undefined> {
    await this.#settled();
    try {
      return (await this.#options.pool.runAll(statements)).at(-1);
    } catch (error) {
      throw isUniqueViolation(error) ? conflictOf(error) : error;
    }
  }

  async scheduleDelivery(
    delivery: ScheduledDelivery,
    keepAnswer: readonly Statement[],
  ): Promise<void> {
    const { pool, time } = this.#options;
    await this.#settled();
    try {
      const { messageId, dueAt, ...given } = delivery;
      const statement = scheduleStatement(time, { ...given, due: [{ messageId, dueAt }] });
      await pool.runAll([...keepAnswer, statement]);
    } catch (error) {
      throw isUniqueViolation(error) ? conflictOf(error) : error;
    }
    // The delivery may have been due earlier: look for the endpoint's work again.
    this.#hint([{ endpoint_id: delivery.endpointId, due_at: null }]);
  }

  /** `keepAnswer` runs in the same transaction. */
  async changeDeliveries(
    change: DeliveryChange,
    keepAnswer: readonly Statement[],
  ): Promise<number | null> {
    const { pool, time } = this.#options;
    await this.#settled();
    try {
      const changed = await changeDeliveries(pool, time, change, keepAnswer);
      if (changed === null) return null;
      const { messageIds, told } = changed;
      if (messageIds.length > 0) this.#hint([{ endpoint_id: change.endpointId, due_at: null }]);
      if (messageIds.length > 0 && change.effect === 'cancel') {
        const { applicationId, endpointId } = change;
        this.#options.onCancelled(
          { kind: 'cancelled', applicationId, endpointId, messageIds },
          told,
        );
      }
      return messageIds.length;
    } catch (error) {
      throw isUniqueViolation(error) ? conflictOf(error) : error;
    }
  }

  async cancelOrphans(limit: number): Promise<number> {
    const { pool, dueIndex } = this.#options;
    await this.#settled();
    for (const id of await deletedEndpoints(pool, dueIndex)) this.#orphans.add(id);
    let cancelled = 0;
    for (const endpointId of this.#orphans) {
      const hints = dueIndex.hints;
      cancelled += await cancelDeliveries(pool, endpointId, limit - cancelled);
      if (cancelled >= limit) break;
      this.#orphans.delete(endpointId);
      dueIndex.learned(endpointId, null, hints);
    }
    return cancelled;
  }

  /** The rows of these endpoints were written: they may have been enabled, ordered or deleted. */
  endpointsChanged(endpointIds: readonly string[]): void {
    for (const endpointId of endpointIds) this.workCame(endpointId, null);
  }

  /** An endpoint of this process has work that is due at `dueAt`; null: the next claim looks for it. */
  workCame(endpointId: string, dueAt: number | null): void {
    const { dueIndex, owns } = this.#options;
    if (owns(endpointId)) dueIndex.hint(endpointId, dueAt ?? -Infinity);
  }

  /** Resolves when all earlier calls are answered. Called once, at the end. */
  async drained(): Promise<void> {
    await Promise.all([this.#claiming, this.#settled()]);
    await this.#writeHeld().catch(() => {});
    this.#cancelHeld?.();
  }

  async #settled(): Promise<void> {
    await Promise.all([this.#accepts.settled(), this.#records.settled()]);
  }

  async #accept(calls: readonly (readonly NewMessage[])[]): Promise<AcceptResult[][]> {
    const messages = calls.flat();
    const { results, hints } = await this.#store(this.#options.pool, messages);
    this.#hint(hints);
    let from = 0;
    return calls.map(({ length }) => results.slice(from, (from += length)));
  }

  /**
   * Also returns the due times of this process's endpoints. The owners of other endpoints are notified, except of
   * deliveries that the caller hands over to them.
   */
  async #store(
    connection: Pick<ConnectionPool, 'runAll'>,
    messages: readonly NewMessage[],
  ): Promise<{ results: AcceptResult[]; hints: DueHint[] }> {
    const { time, owner, owns } = this.#options;
    const foreign = new Set(
      messages.flatMap(({ deliveries }) =>
        deliveries.map(({ endpointId }) => endpointId).filter((id) => !owns(id)),
      ),
    );
    const notices = foreign.size === 0 ? [] : dueNotices(noticedOf(messages, time, foreign));
    const accepted = await acceptMessages(connection, time, owner(), messages, notices);
    const { results, passedOver } = accepted;
    const hints: DueHint[] = [];
    for (const [index, { message, deliveries }] of messages.entries()) {
      if (results[index]?.accepted !== true) continue;
      const isKnown = !passedOver.has(message.id);
      for (const { endpointId, dueAt } of deliveries) {
        if (foreign.has(endpointId)) continue;
        hints.push({ endpoint_id: endpointId, due_at: isKnown ? time.stored(dueAt) : null });
      }
    }
    return { results, hints };
  }

  #claimsBegin(messages: readonly NewMessage[]): void {
    for (const { claimed } of messages) {
      if (claimed !== null) this.#claimsEndAt = Math.min(this.#claimsEndAt, claimed.until);
    }
  }

  async #record(batches: readonly RecordBatch[]): Promise<Recorded[]> {
    const { pool, time } = this.#options;
    const before = this.#heldHealth.take();
    const all = before === null ? batches : [before, ...batches];
    try {
      const { hints, disabled, held } = await record(pool, time, all);
      this.#hint(hints);
      this.#heldHealth.keep(all, held);
      return batches.map(({ health }) => ({ disabled: disabledIn(health, disabled) }));
    } catch (error) {
      if (before !== null) this.#heldHealth.keep([before], before.health.map(idOf));
      throw error;
    } finally {
      this.#writeHeldLater();
    }
  }

  /** Nothing else may be recorded for a while. */
  #writeHeldLater(): void {
    if (this.#heldHealth.isEmpty) return;
    this.#cancelHeld ??= this.#options.clock.after(HELD_FOR_MS, () => {
      this.#cancelHeld = null;
      this.#writeHeld().catch(() => {});
    });
  }

  async #writeHeld(): Promise<void> {
    if (!this.#heldHealth.isEmpty) await this.record(() => NOTHING);
  }

  async #claim(request: ClaimRequest): Promise<ClaimResult> {
    const { pool, time, dueIndex, owner } = this.#options;
    await this.#endLost(request.now);
    await this.#endExpired(request.now);
    const result = await claimDue(
      {
        pool,
        time,
        dueIndex,
        owner: owner(),
        owns: this.#options.owns,
        onDeleted: (endpointId) => void this.#orphans.add(endpointId),
        onLost: (endpointIds, until) => this.#lostClaims.add([{ endpointIds, until }], request.now),
      },
      request,
    );
    if (result.handoffs.length > 0) {
      this.#claimsEndAt = Math.min(this.#claimsEndAt, request.until);
    }
    return result;
  }

  #noteLost(messages: readonly NewMessage[]): void {
    const ids = messages.flatMap(({ message, claimed }) => (claimed === null ? [] : message.id));
    const now = this.#options.clock.scheduleNow();
    this.#lostAccepts.add(ids, now);
    if (ids.length > 0) this.#options.onLost(now);
  }

  async #endLost(now: number): Promise<void> {
    const { pool, time, owner, onLost } = this.#options;
    const messageIds = this.#lostAccepts.due(now);
    const claims = this.#lostClaims.due(now);
    if (messageIds.length + claims.length === 0) return;
    if (messageIds.length > 0) {
      const ended = await endLostAccepts(pool, owner(), messageIds, time.stored(now));
      this.#hint(ended);
      // The deliveries of a message are stored together.
      this.#lostAccepts.found(ended.map(({ message_id }) => message_id));
      this.#lostAccepts.looked(messageIds, now);
    }
    for (const claim of claims) {
      this.#hint(await endLostClaim(pool, owner(), claim, time.stored(now)));
      this.#lostClaims.looked([claim], now);
    }
    const nextAt = Math.min(this.#lostAccepts.nextAt, this.#lostClaims.nextAt);
    if (nextAt < Infinity) onLost(nextAt);
  }

  async #endExpired(now: number): Promise<void> {
    if (now < this.#claimsEndAt) return;
    const { pool, time, owner } = this.#options;
    this.#claimsEndAt = Infinity;
    try {
      const { hints, nextEnd } = await endExpiredClaims(pool, owner(), now, time.stored(now));
      this.#hint(hints);
      this.#claimsEndAt = Math.min(this.#claimsEndAt, nextEnd ?? Infinity);
    } catch (error) {
      // The ends of the claims are unknown now: the next claim reads them again.
      this.#claimsEndAt = -Infinity;
      throw error;
    }
  }

  #hint(hints: readonly DueHint[]): void {
    const { pool, time, owns } = this.#options;
    const foreign: DueHint[] = [];
    for (const hint of hints) {
      const { endpoint_id, due_at } = hint;
      if (owns(endpoint_id))
        this.workCame(endpoint_id, due_at === null ? null : time.local(due_at));
      else foreign.push(hint);
    }
    if (foreign.length === 0) return;
    // A lost notice does no harm: the owners find the work at their next scan.
    void pool.run(noticeStatement(dueNotices(foreign))).catch(() => {});
  }
}

function noticedOf(
  messages: readonly NewMessage[],
  time: DatabaseTime,
  endpointIds: ReadonlySet<string>,
): DueHint[] {
  return messages.flatMap(({ deliveries }) =>
    deliveries
      .filter(({ endpointId, handedOver }) => handedOver !== true && endpointIds.has(endpointId))
      .map(({ endpointId, dueAt }) => ({ endpoint_id: endpointId, due_at: time.stored(dueAt) })),
  );
}
function disabledIn(health: readonly HealthChange[], disabled: readonly string[]) {
  if (disabled.length === 0) return disabled;
  return health.filter((change) => change.disabled && disabled.includes(idOf(change))).map(idOf);
}

function idOf({ endpointId }: HealthChange): string {
  return endpointId;
}

const NOTHING: RecordBatch = { records: [], health: [], releases: [] };
/** A change of health whose row another session held is tried again after this time. */
const HELD_FOR_MS = 1_000;

/** Lost work beyond this number waits until its claims end. */
const MOST_LOST = 10_000;

/** This many characters of content count as one entry of a batch. */
const CHARS_PER_ENTRY = 2_048;
