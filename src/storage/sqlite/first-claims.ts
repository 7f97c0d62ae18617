import type { DatabaseSync, StatementSync } from 'node:sqlite';

interface OpenMessage {
  readonly applicationId: string;
  readonly until: number;
  readonly endpointIds: Set<string>;
}

type FirstClaimRow = [
  messageId: string,
  applicationId: string,
  owner: number,
  until: number,
  endpointIds: string,
];

/**
 * The deliveries that were accepted already claimed and still wait for their first attempt. All of a
 * message share one row of `first_claim`, which goes when the last of them is settled. A delivery
 * that succeeds at once never gets a row of its own: its attempt says it all. Whatever else happens
 * to one gives it a row first (`giveRow`), and from then on it is a delivery like any other.
 */
export class FirstClaims {
  readonly #owner: number;
  readonly #open = new Map<string, OpenMessage>();
  readonly #insert: StatementSync;
  readonly #delete: StatementSync;
  readonly #insertDelivery: StatementSync;

  constructor(db: DatabaseSync, owner: number, now: number) {
    this.#owner = owner;
    this.#insert = db.prepare('insert into first_claim values (?, ?, ?, ?, ?)');
    this.#delete = db.prepare('delete from first_claim where message_id = ?');
    this.#insertDelivery = db.prepare(`
      insert into delivery
        (message_id, endpoint_id, application_id, state, attempt_count, schedule_step, trigger,
         due_at, claim_owner, ordered)
      values (?1, ?2, ?3, 0, 0, 0, 0, ?4, ?5,
        coalesce((select ordered from endpoint where id = ?2), 0))`);
    this.#load(db, now);
  }

  add(messageId: string, applicationId: string, until: number, endpointIds: string[]): void {
    this.#insert.run(messageId, applicationId, this.#owner, until, JSON.stringify(endpointIds));
    this.#open.set(messageId, { applicationId, until, endpointIds: new Set(endpointIds) });
  }

  /** The first attempt succeeded. False: the delivery is not one of these, or no longer. */
  delivered(messageId: string, endpointId: string): boolean {
    const message = this.#open.get(messageId);
    return message !== undefined && this.#take(messageId, message, endpointId);
  }

  /** Gives the delivery the row of a claimed one, if it is one of these. */
  giveRow(messageId: string, endpointId: string): void {
    const message = this.#open.get(messageId);
    if (message === undefined || !this.#take(messageId, message, endpointId)) return;
    const { applicationId, until } = message;
    this.#insertDelivery.run(messageId, endpointId, applicationId, until, this.#owner);
  }

  giveRowsOf(endpointId: string): void {
    for (const messageId of this.#open.keys()) this.giveRow(messageId, endpointId);
  }

  giveRowsToExpired(now: number): void {
    for (const [messageId, { until, endpointIds }] of this.#open) {
      if (until > now) continue;
      for (const endpointId of endpointIds) this.giveRow(messageId, endpointId);
    }
  }

  /** When the first of these claims ends; Infinity without any. */
  firstEnd(): number {
    let first = Infinity;
    for (const { until } of this.#open.values()) first = Math.min(first, until);
    return first;
  }

  #take(messageId: string, { endpointIds }: OpenMessage, endpointId: string): boolean {
    if (!endpointIds.delete(endpointId)) return false;
    if (endpointIds.size === 0) {
      this.#open.delete(messageId);
      this.#delete.run(messageId);
    }
    return true;
  }

  /** Those of an owner that is gone become ordinary deliveries, due at once. */
  #load(db: DatabaseSync, now: number): void {
    const rows = db.prepare(
      'select message_id, application_id, claim_owner, claimed_until, endpoint_ids from first_claim',
    );
    const settled = db.prepare(`
      select endpoint_id from attempt where message_id = ?1
      union all select endpoint_id from delivery where message_id = ?1`);
    rows.setReturnArrays(true);
    settled.setReturnArrays(true);

    for (const row of rows.all() as unknown as FirstClaimRow[]) {
      const [messageId, applicationId, owner, until, list] = row;
      const endpointIds = new Set(JSON.parse(list) as string[]);
      for (const [endpointId] of settled.all(messageId) as unknown as [string][]) {
        endpointIds.delete(endpointId);
      }
      if (owner === this.#owner && endpointIds.size > 0) {
        this.#open.set(messageId, { applicationId, until, endpointIds });
        continue;
      }
      for (const endpointId of endpointIds) {
        this.#insertDelivery.run(messageId, endpointId, applicationId, Math.min(until, now), 0);
      }
      this.#delete.run(messageId);
    }
  }
}
