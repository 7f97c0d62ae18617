import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { DueHeap } from '../../due-heap.ts';
import type { DueEntry } from '../../due-heap.ts';
import type { RowlessDeliveries } from './rowless-deliveries.ts';

interface EndpointState {
  readonly ordered: boolean;
  /** The endpoint is disabled or paused: none of its deliveries is due. */
  readonly held: boolean;
  readonly deleted: boolean;
}

// Bounds the memory: a state that was dropped is read again.
const REMEMBERED_ENDPOINTS = 20_000;
// Deliveries that one change of an endpoint marks as ordered: a commit must not wait for a million of them.
const MARKED_AT_ONCE = 500;
// Deliveries whose marks a start reads, in all endpoints together.
const READ_AT_START = 5_000;

/** A place in `delivery_pending`, within an endpoint. */
interface Place {
  readonly dueAt: number;
  readonly messageId: string;
}

const BEGINNING: Place = { dueAt: Number.MIN_SAFE_INTEGER, messageId: '' };

/**
 * For each endpoint that is neither disabled nor paused, the `due_at` of the delivery that may be claimed first.
 * Only the writer changes deliveries, so this index in memory is exact, and a claim costs nothing for endpoints
 * without due work, however many there are and however long their backlogs.
 *
 * An entry is in one of two places. Entries that were due at the last call of `due` are in `#ready`, in the
 * order of their turns: a served endpoint goes to the end. The others wait in a heap by due time and join the
 * end of `#ready` when they fall due.
 *
 * The deliveries of an ordered endpoint are marked (`delivery.ordered`), so that an index finds the first one. Those
 * that waited when their endpoint became ordered are marked a part at a time (`markOrdered`). Until all are marked,
 * the endpoint is in `#unmarked` and none of its deliveries is due. Marks of an endpoint that is no longer ordered
 * stay and mean nothing.
 */
export class DueIndex {
  readonly #db: DatabaseSync;
  readonly #rowless: RowlessDeliveries;
  readonly #entries = new Map<string, DueEntry>();
  readonly #ready = new Set<DueEntry>();
  readonly #waiting = new DueHeap();
  readonly #orphans = new Set<string>();
  readonly #states = new Map<string, EndpointState>();
  /** Ordered endpoints that may have deliveries without a mark, and up to where they are marked. */
  readonly #unmarked = new Map<string, Place>();
  readonly #readState: StatementSync;
  readonly #readEarliest: StatementSync;
  readonly #readHead: StatementSync;
  readonly #readMarks: StatementSync;
  readonly #mark: StatementSync;
  readonly #markClaimed: StatementSync;

  constructor(db: DatabaseSync, rowless: RowlessDeliveries) {
    this.#db = db;
    this.#rowless = rowless;
    this.#readState = db.prepare(
      'select ordered, disabled_at, paused_at, deleted_at from endpoint where id = ?',
    );
    this.#readEarliest = db.prepare(`
      select due_at from delivery indexed by delivery_pending
      where state = 0 and claim_owner = 0 and endpoint_id = ?
      order by due_at limit 1`);
    this.#readHead = db.prepare(`
      select due_at, claim_owner from delivery indexed by delivery_ordered
      where state = 0 and ordered = 1 and endpoint_id = ?
      order by message_id limit 1`);
    this.#readMarks = db.prepare(`
      select due_at, message_id, ordered from delivery indexed by delivery_pending
      where state = 0 and claim_owner = 0 and endpoint_id = ? and (due_at, message_id) > (?, ?)
      order by due_at, message_id limit ?`);
    this.#mark = db.prepare(
      'update delivery set ordered = 1 where message_id = ? and endpoint_id = ?',
    );
    this.#markClaimed = db.prepare(`
      update delivery set ordered = 1
      where state = 0 and claim_owner > 0 and endpoint_id = ? and ordered = 0`);
    this.#load();
  }

  /**
   * The endpoints that are due, in the order of their turns, each once. They may be served or changed during
   * the iteration.
   */
  *due(now: number): Generator<string> {
    for (let first = this.#waiting.first(); first; first = this.#waiting.first()) {
      if (first.dueAt > now) break;
      this.#waiting.remove(first);
      this.#ready.add(first);
    }
    let left = this.#ready.size;
    for (const entry of this.#ready) {
      // The entries after these were served during the iteration: they have had their turn.
      if (left-- === 0) return;
      if (entry.dueAt <= now) yield entry.endpointId;
      else this.#wait(entry);
    }
  }

  /** The due time of an endpoint's earliest work; undefined without any. */
  dueAt(endpointId: string): number | undefined {
    return this.#entries.get(endpointId)?.dueAt;
  }

  /** When the next endpoint that was not due at the last call of `due` falls due; null without any. */
  nextDueAt(): number | null {
    return this.#waiting.first()?.dueAt ?? null;
  }

  isOrdered(endpointId: string): boolean {
    return this.#state(endpointId).ordered;
  }

  /** Deleted endpoints that may have pending deliveries. */
  get orphans(): ReadonlySet<string> {
    return this.#orphans;
  }

  orphanDone(endpointId: string): void {
    this.#orphans.delete(endpointId);
  }

  /** A delivery became pending and unclaimed. */
  added(endpointId: string, dueAt: number): void {
    const state = this.#state(endpointId);
    if (state.deleted || state.ordered) return this.refresh(endpointId);
    if (state.held) return;
    const entry = this.#entries.get(endpointId);
    if (entry === undefined || dueAt < entry.dueAt) this.#set(endpointId, entry, dueAt);
  }

  /** The claim of a delivery ended: at an ordered endpoint the next delivery may be claimed. */
  claimEnded(endpointId: string): void {
    if (this.#state(endpointId).ordered) this.refresh(endpointId);
  }

  /** An unclaimed delivery was claimed, changed or ended: reads the endpoint's next due time again. */
  refresh(endpointId: string): void {
    const state = this.#state(endpointId);
    if (state.deleted) this.#orphans.add(endpointId);
    const none = state.deleted || state.held || this.#unmarked.has(endpointId);
    const dueAt = none ? null : this.#earliest(endpointId, state.ordered);
    const entry = this.#entries.get(endpointId);
    if (dueAt !== null) this.#set(endpointId, entry, dueAt);
    else if (entry !== undefined) this.#remove(entry);
  }

  /** The endpoint had its turn: it goes to the end of the due ones, or waits until it is due again. */
  served(endpointId: string, now: number): void {
    this.refresh(endpointId);
    const entry = this.#entries.get(endpointId);
    if (entry === undefined || !this.#ready.delete(entry)) return;
    if (entry.dueAt <= now) this.#ready.add(entry);
    else this.#waiting.add(entry);
  }

  /** The endpoint's row was written. */
  endpointChanged(endpointId: string, orderChanged: boolean): void {
    this.#states.delete(endpointId);
    const { ordered, deleted } = this.#state(endpointId);
    if (!ordered || deleted) this.#unmarked.delete(endpointId);
    else if (orderChanged) this.#becameOrdered(endpointId);
    this.refresh(endpointId);
  }

  /** Goes on with deliveries that waited when their endpoint became ordered; returns how many it has read. */
  markOrdered(limit: number): number {
    let left = limit;
    for (const endpointId of this.#unmarked.keys()) {
      if (left === 0) break;
      left -= this.#markSome(endpointId, left);
      if (!this.#unmarked.has(endpointId)) this.refresh(endpointId);
    }
    return limit - left;
  }

  #set(endpointId: string, entry: DueEntry | undefined, dueAt: number): void {
    if (entry === undefined) {
      const added = { endpointId, dueAt, heapIndex: -1 };
      this.#entries.set(endpointId, added);
      this.#waiting.add(added);
      return;
    }
    entry.dueAt = dueAt;
    if (entry.heapIndex >= 0) this.#waiting.moved(entry);
  }

  #remove(entry: DueEntry): void {
    this.#entries.delete(entry.endpointId);
    this.#ready.delete(entry);
    if (entry.heapIndex >= 0) this.#waiting.remove(entry);
  }

  #wait(entry: DueEntry): void {
    this.#ready.delete(entry);
    this.#waiting.add(entry);
  }

  #becameOrdered(endpointId: string): void {
    this.#rowless.materializeEndpoint(endpointId);
    this.#markClaimed.run(endpointId);
    this.#unmarked.set(endpointId, BEGINNING);
    this.#markSome(endpointId, MARKED_AT_ONCE);
  }

  /** Marks unclaimed deliveries of the endpoint, those that were due first before the others. */
  #markSome(endpointId: string, limit: number): number {
    const rows = this.#marks(endpointId, limit);
    for (const { message_id, ordered } of rows) {
      if (ordered === 0) this.#mark.run(message_id, endpointId);
    }
    const last = rows.at(-1);
    // The endpoints take turns.
    this.#unmarked.delete(endpointId);
    if (last !== undefined && rows.length === limit)
      this.#unmarked.set(endpointId, { dueAt: last.due_at, messageId: last.message_id });
    return rows.length;
  }

  #marks(endpointId: string, limit: number): readonly MarkRow[] {
    const { dueAt, messageId } = this.#unmarked.get(endpointId) ?? BEGINNING;
    return this.#readMarks.all(endpointId, dueAt, messageId, limit) as unknown as MarkRow[];
  }

  #earliest(endpointId: string, ordered: boolean): number | null {
    if (!ordered) return dueAtOf(this.#readEarliest.get(endpointId));
    const head = this.#readHead.get(endpointId);
    return head?.['claim_owner'] === 0 ? dueAtOf(head) : null;
  }

  #state(endpointId: string): EndpointState {
    const known = this.#states.get(endpointId);
    if (known !== undefined) return known;
    const row = this.#readState.get(endpointId);
    const state = {
      ordered: row?.['ordered'] === 1,
      held: row !== undefined && (row['disabled_at'] !== null || row['paused_at'] !== null),
      deleted: row === undefined || row['deleted_at'] !== null,
    };
    if (this.#states.size >= REMEMBERED_ENDPOINTS) this.#states.clear();
    if (row !== undefined) this.#states.set(endpointId, state);
    return state;
  }

  // One seek per endpoint, however long its backlog is: a start must not read a million rows.
  #load(): void {
    const next = this.#db.prepare(`
      select endpoint_id from delivery indexed by delivery_pending
      where state = 0 and claim_owner = 0 and endpoint_id > ?
      order by endpoint_id limit 1`);
    let mayRead = READ_AT_START;
    for (let row = next.get(''); row !== undefined; row = next.get(row['endpoint_id'] ?? '')) {
      const endpointId = String(row['endpoint_id']);
      if (this.#state(endpointId).ordered) {
        // The process may have ended before all were marked.
        const marks = this.#marks(endpointId, mayRead);
        const areMarked = marks.length < mayRead && marks.every(({ ordered }) => ordered === 1);
        if (!areMarked) this.#unmarked.set(endpointId, BEGINNING);
        mayRead -= marks.length;
      }
      this.refresh(endpointId);
    }
  }
}

interface MarkRow {
  readonly due_at: number;
  readonly message_id: string;
  readonly ordered: number;
}

function dueAtOf(row: Record<string, unknown> | undefined): number | null {
  return row === undefined ? null : (row['due_at'] as number);
}
