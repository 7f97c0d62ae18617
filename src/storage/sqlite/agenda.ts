import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { FirstClaims } from './first-claims.ts';

interface EndpointState {
  readonly ordered: boolean;
  readonly disabled: boolean;
  readonly deleted: boolean;
}

// A state is read again when it was forgotten; this only bounds the memory.
const REMEMBERED_ENDPOINTS = 20_000;

/**
 * When each enabled endpoint has work next: the `due_at` of the delivery that may be claimed first.
 * The writer is the only one who changes deliveries, so it can keep this exact, and a claim costs
 * nothing for endpoints without due work, however long their backlog.
 *
 * Iteration order is whose turn it is: a served endpoint goes to the end.
 */
export class Agenda {
  readonly #db: DatabaseSync;
  readonly #firstClaims: FirstClaims;
  readonly #dueAt = new Map<string, number>();
  readonly #orphans = new Set<string>();
  readonly #states = new Map<string, EndpointState>();
  readonly #readState: StatementSync;
  readonly #readEarliest: StatementSync;
  readonly #readHead: StatementSync;

  constructor(db: DatabaseSync, firstClaims: FirstClaims) {
    this.#db = db;
    this.#firstClaims = firstClaims;
    this.#readState = db.prepare(
      'select ordered, disabled_at, deleted_at from endpoint where id = ?',
    );
    this.#readEarliest = db.prepare(`
      select due_at from delivery indexed by delivery_pending
      where state = 0 and claim_owner = 0 and endpoint_id = ?
      order by due_at limit 1`);
    this.#readHead = db.prepare(`
      select due_at, claim_owner from delivery indexed by delivery_ordered
      where state = 0 and ordered = 1 and endpoint_id = ?
      order by message_id limit 1`);
    this.#load();
  }

  /** Endpoints with unclaimed work and when it is due, in the order of their turns. */
  entries(): Iterable<[endpointId: string, dueAt: number]> {
    return this.#dueAt;
  }

  dueAt(endpointId: string): number | undefined {
    return this.#dueAt.get(endpointId);
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
    if (state.deleted || state.ordered) this.refresh(endpointId);
    else if (!state.disabled) {
      const known = this.#dueAt.get(endpointId);
      if (known === undefined || dueAt < known) this.#dueAt.set(endpointId, dueAt);
    }
  }

  /** A claimed delivery is done: at an ordered endpoint the next one may go. */
  claimEnded(endpointId: string): void {
    if (this.#state(endpointId).ordered) this.refresh(endpointId);
  }

  /** An unclaimed delivery was claimed, changed or is done. */
  refresh(endpointId: string): void {
    const state = this.#state(endpointId);
    if (state.deleted) this.#orphans.add(endpointId);
    const dueAt =
      state.deleted || state.disabled ? null : this.#earliest(endpointId, state.ordered);
    if (dueAt === null) this.#dueAt.delete(endpointId);
    else this.#dueAt.set(endpointId, dueAt);
  }

  served(endpointId: string): void {
    this.#dueAt.delete(endpointId);
    this.refresh(endpointId);
  }

  /** The endpoint's row was written; `wasOrdered` is what `isOrdered` said before. */
  endpointChanged(endpointId: string, wasOrdered: boolean): void {
    this.#states.delete(endpointId);
    const { ordered } = this.#state(endpointId);
    if (ordered !== wasOrdered) this.#reorder(endpointId, ordered);
    this.refresh(endpointId);
  }

  #reorder(endpointId: string, ordered: boolean): void {
    this.#firstClaims.giveRowsOf(endpointId);
    for (const which of ['claim_owner = 0', 'claim_owner > 0']) {
      this.#db
        .prepare(`update delivery set ordered = ? where state = 0 and ${which} and endpoint_id = ?`)
        .run(ordered ? 1 : 0, endpointId);
    }
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
      disabled: row !== undefined && row['disabled_at'] !== null,
      deleted: row === undefined || row['deleted_at'] !== null,
    };
    if (this.#states.size >= REMEMBERED_ENDPOINTS) this.#states.clear();
    if (row !== undefined) this.#states.set(endpointId, state);
    return state;
  }

  // One seek per endpoint with a backlog, however long that is: a start must not read a million rows.
  #load(): void {
    const next = this.#db.prepare(`
      select endpoint_id from delivery indexed by delivery_pending
      where state = 0 and claim_owner = 0 and endpoint_id > ?
      order by endpoint_id limit 1`);
    for (let row = next.get(''); row !== undefined; row = next.get(row['endpoint_id'] ?? '')) {
      this.refresh(String(row['endpoint_id']));
    }
  }
}

function dueAtOf(row: Record<string, unknown> | undefined): number | null {
  return row === undefined ? null : (row['due_at'] as number);
}
