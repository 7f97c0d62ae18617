import type { Application } from '../../src/domain/application.ts';
import type { Attempt, AttemptTrigger } from '../../src/domain/attempt.ts';
import type { Delivery, DeliveryState, Handoff } from '../../src/domain/delivery.ts';
import { type Endpoint, mayAttempt } from '../../src/domain/endpoint.ts';
import { PosthasteError } from '../../src/domain/errors.ts';
import { type Message, contentChars, isExpunged } from '../../src/domain/message.ts';
import type { Change } from '../../src/storage/changes.ts';
import type {
  AcceptResult,
  AttemptRecord,
  ClaimRelease,
  ClaimRequest,
  ClaimResult,
  HealthChange,
  NewMessage,
  ScheduledDelivery,
} from '../../src/storage/storage.ts';
import type { RecordEntry } from './ledger.ts';

/**
 * The data of a simulated storage, which outlives the processes that use it. Each verb is one step without a wait; a
 * transaction is several steps at one moment.
 *
 * It is simple on purpose, because the engine and the real backends are judged by it.
 */
export class SimDatabase {
  readonly applications = new Map<string, Row<Application>>();
  readonly endpoints = new Map<string, Row<Endpoint>>();
  readonly messages = new Map<string, StoredMessage>();
  readonly attempts = new Map<string, Attempt>();
  readonly #idempotencyKeys = new Map<string, { messageId: string; createdAt: number }>();
  /** Pending deliveries by endpoint; endpoints are in the order of their turns. */
  readonly #owed = new Map<string, Set<StoredDelivery>>();
  #owners = 0;
  #sequence = 0;
  /** By owner, an instant before which none of its claims expires. */
  readonly #claimsEndAt = new Map<number, number>();
  /** Observes each write. */
  watch: DatabaseWatch = {};
  /** Carries changes by one process to the others of a fleet. */
  onDue: ((endpointId: string, dueAt: number) => void) | null = null;
  /** `by`: the process that made the change, and knows it; 0: none. */
  onEdited: ((applicationId: string, endpointId: string, by: number) => void) | null = null;
  /** Claimed deliveries were cancelled. */
  onCancelled: ((change: Change & { kind: 'cancelled' }) => void) | null = null;

  /** Registers a new owner. The owner before is gone, and its claims end. */
  open(now: number): number {
    for (const deliveries of this.#owed.values()) {
      for (const delivery of deliveries) {
        if (delivery.claimOwner === 0) continue;
        delivery.claimOwner = 0;
        delivery.dueAt = Math.min(delivery.dueAt ?? now, now);
      }
    }
    return ++this.#owners;
  }

  /** Ends these owners' claims on deliveries of the endpoints, which are due then. */
  endClaims(
    isGone: (owner: number) => boolean,
    isMeant: (endpointId: string) => boolean,
    now: number,
  ): void {
    for (const delivery of this.allOwed()) {
      const { claimOwner, endpointId, dueAt } = delivery;
      if (claimOwner === 0 || !isGone(claimOwner) || !isMeant(endpointId)) continue;
      delivery.claimOwner = 0;
      delivery.dueAt = Math.min(dueAt ?? now, now);
    }
  }

  accept(
    owner: number,
    { message, claimed, deliveries, idempotencyKey, trace }: NewMessage,
  ): AcceptResult {
    const { applicationId, id, uid, createdAt } = message;
    const key = idempotencyKey === null ? null : `${applicationId}\n${idempotencyKey}`;
    const first = key === null ? undefined : this.#idempotencyKeys.get(key);
    if (first !== undefined && createdAt - first.createdAt < KEY_LIFETIME_MS) {
      return { accepted: false, existingId: first.messageId, by: 'idempotencyKey' };
    }
    if (this.messages.has(id)) return { accepted: true };
    const sameUid = uid === null ? undefined : this.messageByUid(applicationId, uid);
    if (sameUid !== undefined) {
      return { accepted: false, existingId: sameUid.message.id, by: 'uid' };
    }
    const stored = { message, trace, sequence: ++this.#sequence, deliveries: new Map() };
    this.messages.set(id, stored);
    if (key !== null) this.#idempotencyKeys.set(key, { messageId: id, createdAt });
    if (claimed !== null) this.#claimsBegin(owner, claimed.until);
    for (const endpointId of claimed?.endpointIds ?? []) {
      this.#owe(stored, endpointId, claimed?.until ?? 0, owner);
    }
    for (const { endpointId, dueAt, handedOver } of deliveries) {
      this.#owe(stored, endpointId, dueAt, 0);
      if (handedOver !== true) this.onDue?.(endpointId, dueAt);
    }
    this.watch.accepted?.(stored);
    return { accepted: true };
  }

  /** `owns`: whether the process may claim deliveries of the endpoint. */
  claimDue(
    owner: number,
    request: ClaimRequest,
    owns: (endpointId: string) => boolean,
  ): ClaimResult {
    const { now, until, limit, maxChars } = request;
    this.#endExpired(owner, now);
    this.#claimsBegin(owner, until);
    const handoffs: Handoff[] = [];
    let bytes = 0;
    let nextDueAt = Infinity;
    let full = limit <= 0;
    for (const endpointId of Array.from(this.#owed.keys())) {
      const capacity = request.capacities.get(endpointId) ?? request.defaultCapacity;
      if (capacity <= 0 || !owns(endpointId) || !this.takesDeliveries(endpointId)) continue;
      const waiting = this.#claimable(endpointId);
      const due = waiting.filter(({ dueAt }) => (dueAt ?? Infinity) <= now);
      if (due.length === 0) {
        nextDueAt = Math.min(nextDueAt, waiting[0]?.dueAt ?? Infinity);
        continue;
      }
      if (full) {
        nextDueAt = Math.min(nextDueAt, due[0]?.dueAt ?? Infinity);
        continue;
      }
      let count = 0;
      for (const delivery of due.slice(0, capacity)) {
        const { message, trace } = this.#storedOf(delivery);
        const its = contentChars(message);
        if (handoffs.length === limit || (handoffs.length > 0 && bytes + its > maxChars)) {
          full = true;
          break;
        }
        delivery.claimOwner = owner;
        delivery.dueAt = until;
        bytes += its;
        count++;
        handoffs.push({ ...handoffOf(delivery, message), trace });
      }
      full ||= handoffs.length === limit;
      this.#endTurn(endpointId);
      if (count < capacity) {
        nextDueAt = Math.min(nextDueAt, this.#claimable(endpointId)[0]?.dueAt ?? Infinity);
      }
    }
    return { handoffs, nextDueAt: nextDueAt === Infinity ? null : nextDueAt };
  }

  record({ attempt, claim, next }: AttemptRecord): void {
    if (this.attempts.has(attempt.id)) return;
    this.attempts.set(attempt.id, attempt);
    const delivery = this.delivery(attempt.messageId, attempt.endpointId);
    if (delivery === undefined) return;
    const { scheduleStep: step, claimOwner: heldBy } = delivery;
    delivery.attemptCount++;
    const { state } = delivery;
    const applies =
      next.state === 'delivered'
        ? state === 'pending' || state === 'cancelled'
        : holds(delivery, claim);
    if (applies && next.state === 'pending') {
      delivery.claimOwner = 0;
      delivery.dueAt = next.dueAt;
      delivery.scheduleStep = next.scheduleStep;
      delivery.trigger = 'scheduled';
    } else if (applies) this.#settle(delivery, next.state);
    this.watch.recorded?.({ attempt, claim, next }, { applied: applies, step, heldBy });
  }

  release({ messageId, endpointId, claim, dueAt }: ClaimRelease): void {
    const delivery = this.delivery(messageId, endpointId);
    if (delivery === undefined || !holds(delivery, claim)) return;
    delivery.claimOwner = 0;
    delivery.dueAt = dueAt;
  }

  /** Returns whether the change disabled the endpoint. */
  changeHealth(change: HealthChange, owner: number): boolean {
    const row = this.endpoints.get(change.endpointId);
    if (row === undefined || row.value.updatedAt !== change.endpointUpdatedAt) return false;
    const { health, disabled } = row.value;
    const { failingSince = health.failingSince, lastFailedAt = health.lastFailedAt } = change;
    const failedCount = health.failedCount + (change.addFailed ?? 0);
    row.value = {
      ...row.value,
      health: { failingSince, lastFailedAt, failedCount },
      disabled: disabled ?? change.disabled ?? null,
    };
    if (disabled !== null || !change.disabled) return false;
    this.onEdited?.(row.value.applicationId, change.endpointId, owner);
    this.watch.switched?.(change.endpointId, 'disabled', 'engine');
    return true;
  }

  takeOver(owner: number, handoffs: readonly Handoff[], until: number, now: number): Handoff[] {
    this.#claimsBegin(owner, until);
    return handoffs.flatMap((handoff) => {
      const delivery = this.delivery(handoff.messageId, handoff.endpointId);
      if (delivery?.state !== 'pending' || delivery.claimOwner !== 0) return [];
      if ((delivery.dueAt ?? 0) > now || delivery.attemptCount > 0) return [];
      if (delivery.scheduleStep > 0 || delivery.trigger !== 'scheduled') return [];
      if (this.endpoints.get(handoff.endpointId)?.value.ordered) return [];
      delivery.claimOwner = owner;
      delivery.dueAt = until;
      return [{ ...handoff, claim: { owner, until } }];
    });
  }

  schedule({ messageId, endpointId, dueAt, trigger }: ScheduledDelivery): void {
    const message = this.messages.get(messageId);
    if (message === undefined || isExpunged(message.message)) return;
    let delivery = message.deliveries.get(endpointId);
    if (delivery === undefined) delivery = this.#owe(message, endpointId, dueAt, 0);
    if (delivery.state === 'delivered') delivery.scheduleStep = 0;
    delivery.state = 'pending';
    delivery.trigger = trigger;
    delivery.dueAt = dueAt;
    delivery.claimOwner = 0;
    this.#owedTo(endpointId).add(delivery);
    this.onDue?.(endpointId, dueAt);
    this.watch.scheduled?.(delivery);
  }

  /** Returns the number of cancelled deliveries. */
  cancelMessage(applicationId: string, messageId: string): number {
    const stored = this.messages.get(messageId);
    if (stored?.message.applicationId !== applicationId) return 0;
    const owed = [...stored.deliveries.values()].filter(({ state }) => state === 'pending');
    const isClaimed = owed.some(({ claimOwner }) => claimOwner !== 0);
    for (const delivery of owed) this.#settle(delivery, 'cancelled');
    if (isClaimed) {
      const messageIds = [messageId];
      this.onCancelled?.({ kind: 'cancelled', applicationId, endpointId: null, messageIds });
    }
    return owed.length;
  }

  /** Returns the ids of those messages that exist. */
  expunge(applicationId: string, messageIds: readonly string[]): string[] {
    return messageIds.filter((messageId) => {
      const stored = this.messages.get(messageId);
      if (stored?.message.applicationId !== applicationId) return false;
      this.cancelMessage(applicationId, messageId);
      stored.message = { ...stored.message, payload: '', contentType: null, headers: null };
      return true;
    });
  }

  cancelOrphans(limit: number): number {
    let cancelled = 0;
    for (const [endpointId, deliveries] of this.#owed) {
      const row = this.endpoints.get(endpointId);
      if (row !== undefined && row.deletedAt === null) continue;
      for (const delivery of deliveries) {
        if (cancelled === limit) return cancelled;
        this.#settle(delivery, 'cancelled');
        cancelled++;
      }
    }
    return cancelled;
  }

  updateEndpoint(endpoint: Endpoint, found: Endpoint): boolean {
    const row = this.endpoints.get(endpoint.id);
    if (row === undefined || row.deletedAt !== null) return false;
    if (row.value.applicationId !== endpoint.applicationId) return false;
    if (row.value.updatedAt !== found.updatedAt) return false;
    this.refuseSameUid(this.endpoints, endpoint, 'applicationId');
    const switched = endpoint.disabled?.at !== found.disabled?.at;
    const { health, disabled } = row.value;
    // The endpoint's health belongs to its URL.
    const kept =
      endpoint.url === found.url ? health : { ...health, failingSince: null, lastFailedAt: null };
    const wasDisabled = disabled !== null;
    row.value = {
      ...endpoint,
      health: switched && endpoint.disabled === null ? WELL : kept,
      disabled: switched ? endpoint.disabled : disabled,
    };
    this.onEdited?.(endpoint.applicationId, endpoint.id, 0);
    const isDisabled = row.value.disabled !== null;
    if (wasDisabled !== isDisabled) {
      this.watch.switched?.(endpoint.id, isDisabled ? 'disabled' : 'enabled', 'person');
    }
    return true;
  }

  /** A row that is not deleted, by id or else by uid. */
  find<T extends { readonly id: string; readonly uid: string | null }>(
    rows: ReadonlyMap<string, Row<T>>,
    id: string,
    isOwned: (value: T) => boolean,
  ): T | null {
    const byId = rows.get(id);
    if (byId?.deletedAt === null && isOwned(byId.value)) return byId.value;
    for (const { value, deletedAt } of rows.values()) {
      if (deletedAt === null && value.uid === id && isOwned(value)) return value;
    }
    return null;
  }

  /** Throws when another row of the same owner, not deleted, has the uid. */
  refuseSameUid<
    K extends string,
    T extends { id: string; uid: string | null } & Record<K, unknown>,
  >(rows: ReadonlyMap<string, Row<T>>, value: T, owner: K): void {
    if (value.uid === null) return;
    for (const { value: other, deletedAt } of rows.values()) {
      if (deletedAt !== null || other.id === value.id || other[owner] !== value[owner]) continue;
      if (other.uid === value.uid) throw new PosthasteError('conflict', 'this uid exists already');
    }
  }

  messageByUid(applicationId: string, uid: string): StoredMessage | undefined {
    for (const stored of this.messages.values()) {
      const { message } = stored;
      if (message.applicationId === applicationId && message.uid === uid) return stored;
    }
    return undefined;
  }

  delivery(messageId: string, endpointId: string): StoredDelivery | undefined {
    return this.messages.get(messageId)?.deliveries.get(endpointId);
  }

  /** Whether the endpoint is neither disabled nor deleted. */
  takesDeliveries(endpointId: string): boolean {
    const row = this.endpoints.get(endpointId);
    return row !== undefined && row.deletedAt === null && mayAttempt(row.value);
  }

  /** The pending deliveries of an endpoint, claimed or not. */
  owedTo(endpointId: string): Iterable<StoredDelivery> {
    return this.#owed.get(endpointId) ?? [];
  }

  *allOwed(): Iterable<StoredDelivery> {
    for (const deliveries of this.#owed.values()) yield* deliveries;
  }

  #owe(stored: StoredMessage, endpointId: string, dueAt: number, owner: number): StoredDelivery {
    const delivery: StoredDelivery = {
      messageId: stored.message.id,
      endpointId,
      applicationId: stored.message.applicationId,
      sequence: stored.sequence,
      state: 'pending',
      attemptCount: 0,
      scheduleStep: 0,
      trigger: 'scheduled',
      dueAt,
      claimOwner: owner,
    };
    stored.deliveries.set(endpointId, delivery);
    this.#owedTo(endpointId).add(delivery);
    return delivery;
  }

  #owedTo(endpointId: string): Set<StoredDelivery> {
    let owed = this.#owed.get(endpointId);
    if (owed === undefined) this.#owed.set(endpointId, (owed = new Set()));
    return owed;
  }

  #settle(delivery: StoredDelivery, state: DeliveryState): void {
    delivery.state = state;
    delivery.dueAt = null;
    delivery.claimOwner = 0;
    const owed = this.#owed.get(delivery.endpointId);
    owed?.delete(delivery);
    if (owed?.size === 0) this.#owed.delete(delivery.endpointId);
  }

  #endTurn(endpointId: string): void {
    const owed = this.#owed.get(endpointId);
    if (owed === undefined) return;
    this.#owed.delete(endpointId);
    this.#owed.set(endpointId, owed);
  }

  #claimsBegin(owner: number, until: number): void {
    this.#claimsEndAt.set(owner, Math.min(this.#claimsEndAt.get(owner) ?? Infinity, until));
  }

  /** Ends the expired claims of a process. Each process ends its own. */
  #endExpired(owner: number, now: number): void {
    // Without this, looking at all claims would be most of the work of a history.
    if (now < (this.#claimsEndAt.get(owner) ?? Infinity)) return;
    this.#claimsEndAt.delete(owner);
    for (const delivery of this.allOwed()) {
      const { claimOwner, dueAt } = delivery;
      if (claimOwner !== owner) continue;
      if ((dueAt ?? 0) <= now) delivery.claimOwner = 0;
      else this.#claimsBegin(owner, dueAt ?? Infinity);
    }
  }

  /** The deliveries of an endpoint that may be claimed, now or later, in the order of claims. */
  #claimable(endpointId: string): StoredDelivery[] {
    const owed = [...this.owedTo(endpointId)];
    if (this.endpoints.get(endpointId)?.value.ordered) {
      const head = owed.reduce((first, next) => (next.sequence < first.sequence ? next : first));
      return head.claimOwner === 0 ? [head] : [];
    }
    return owed
      .filter(({ claimOwner }) => claimOwner === 0)
      .sort((a, b) => (a.dueAt ?? 0) - (b.dueAt ?? 0) || a.sequence - b.sequence);
  }

  #storedOf({ messageId }: StoredDelivery): StoredMessage {
    const stored = this.messages.get(messageId);
    if (stored === undefined) throw new Error(`the delivery of ${messageId} has no message`);
    return stored;
  }
}

export interface Row<T> {
  value: T;
  deletedAt: number | null;
}

export interface StoredMessage {
  message: Message;
  readonly trace: string | undefined;
  /** Its place in the order of publication. */
  readonly sequence: number;
  readonly deliveries: Map<string, StoredDelivery>;
}

export interface StoredDelivery {
  readonly messageId: string;
  readonly endpointId: string;
  readonly applicationId: string;
  readonly sequence: number;
  state: DeliveryState;
  attemptCount: number;
  scheduleStep: number;
  trigger: AttemptTrigger;
  dueAt: number | null;
  /** The owner of the claim; 0: not claimed. */
  claimOwner: number;
}

export interface DatabaseWatch {
  accepted?(message: StoredMessage): void;
  recorded?(record: AttemptRecord, what: Pick<RecordEntry, 'applied' | 'step' | 'heldBy'>): void;
  switched?(
    endpointId: string,
    to: 'enabled' | 'disabled' | 'deleted',
    by: 'engine' | 'person',
  ): void;
  scheduled?(delivery: StoredDelivery): void;
}

export function deliveryOf(stored: StoredDelivery): Delivery {
  const { sequence: _sequence, trigger: _trigger, claimOwner, ...delivery } = stored;
  return { ...delivery, claimed: claimOwner > 0 };
}

function handoffOf(
  stored: StoredDelivery,
  { payload, contentType, headers, eventType, createdAt, deliverAt }: Message,
): Handoff {
  const { messageId, endpointId, applicationId, attemptCount, scheduleStep, trigger } = stored;
  const claim = { owner: stored.claimOwner, until: stored.dueAt ?? 0 };
  return {
    messageId,
    endpointId,
    applicationId,
    payload,
    contentType,
    headers,
    eventType,
    owedSince: Math.max(createdAt, deliverAt ?? 0),
    attemptCount,
    scheduleStep,
    trigger,
    claim,
  };
}

function holds(delivery: StoredDelivery, claim: { owner: number; until: number }): boolean {
  return (
    delivery.state === 'pending' &&
    delivery.claimOwner === claim.owner &&
    delivery.dueAt === claim.until
  );
}

const KEY_LIFETIME_MS = 12 * 60 * 60 * 1000;
const WELL = { failingSince: null, lastFailedAt: null, failedCount: 0 };
