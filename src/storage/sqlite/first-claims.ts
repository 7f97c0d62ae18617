import type { DatabaseSync, StatementSync } from 'node:sqlite';

interface OpenMessage {
  readonly seq: number;
  readonly applicationId: string;
  readonly until: number;
  readonly endpointIds: Set<string>;
}

type MessageRow = [
  seq: number,
  messageId: string,
  applicationId: string,
  endpointIds: string,
  until: number,
];

/**
 * The deliveries that were accepted already claimed and still wait for their first attempt. Their
 * message names them, and nothing is written when one succeeds: its attempt says it all. Whatever
 * else happens to one gives it a row first (`giveRow`), and from then on it is a delivery like any
 * other.
 *
 * After a crash they are found among the latest messages: `first_claims_from` is moved on now and
 * then, and a delivery that is left far behind is given a row, so that these stay few.
 */
export class FirstClaims {
  readonly #owner: number;
  /** By message, in the order of acceptance. */
  readonly #open = new Map<string, OpenMessage>();
  readonly #insertDelivery: StatementSync;
  readonly #writeFrom: StatementSync;
  #newestSeq = 0;
  #writtenFrom = 0;

  /** `continues`: this process had the database open before, and its claims still hold. */
  constructor(db: DatabaseSync, owner: number, continues: boolean, now: number) {
    this.#owner = owner;
    this.#insertDelivery = db.prepare(`
      insert into delivery
        (message_id, endpoint_id, application_id, state, attempt_count, schedule_step, trigger,
         due_at, claim_owner, ordered)
      values (?1, ?2, ?3, 0, 0, 0, 0, ?4, ?5,
        coalesce((select ordered from endpoint where id = ?2), 0))`);
    this.#writeFrom = db.prepare('update first_claims_from set seq = ?');
    this.#load(db, continues, now);
  }

  add(
    seq: number,
    messageId: string,
    applicationId: string,
    until: number,
    endpointIds: readonly string[],
  ): void {
    this.#open.set(messageId, { seq, applicationId, until, endpointIds: new Set(endpointIds) });
    this.#newestSeq = seq;
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

  /** To be called before each commit. */
  keepNear(): void {
    if (this.#newestSeq - this.#writtenFrom < WRITE_EVERY) return;
    for (const [messageId, { seq, endpointIds }] of this.#open) {
      if (this.#newestSeq - seq < FAR_BEHIND) break;
      for (const endpointId of endpointIds) this.giveRow(messageId, endpointId);
    }
    const [oldest] = this.#open.values();
    const from = oldest?.seq ?? this.#newestSeq + 1;
    if (from - this.#writtenFrom >= WRITE_EVERY) this.#moveTo(from);
  }

  #take(messageId: string, { endpointIds }: OpenMessage, endpointId: string): boolean {
    if (!endpointIds.delete(endpointId)) return false;
    if (endpointIds.size === 0) this.#open.delete(messageId);
    return true;
  }

  #moveTo(from: number): void {
    this.#writeFrom.run(from);
    this.#writtenFrom = from;
  }

  /** Those of a process that is gone become ordinary deliveries, due at once. */
  #load(db: DatabaseSync, continues: boolean, now: number): void {
    const messages = db.prepare(`
      select seq, id, application_id, claimed_endpoint_ids, claimed_until from message
      where seq >= (select seq from first_claims_from) and claimed_endpoint_ids is not null
      order by seq`);
    const settled = db.prepare(`
      select endpoint_id from attempt where message_id = ?1
      union all select endpoint_id from delivery where message_id = ?1`);
    messages.setReturnArrays(true);
    settled.setReturnArrays(true);

    for (const row of messages.all() as unknown as MessageRow[]) {
      const [seq, messageId, applicationId, list, until] = row;
      const open = new Set(JSON.parse(list) as string[]);
      for (const [endpointId] of settled.all(messageId) as unknown as [string][]) {
        open.delete(endpointId);
      }
      if (continues) {
        if (open.size > 0) this.add(seq, messageId, applicationId, until, [...open]);
        continue;
      }
      for (const endpointId of open) {
        this.#insertDelivery.run(messageId, endpointId, applicationId, Math.min(until, now), 0);
      }
    }
    this.#newestSeq = db.prepare('select max(seq) as seq from message').get()?.['seq'] as number;
    const [oldest] = this.#open.values();
    this.#moveTo(oldest?.seq ?? this.#newestSeq + 1);
  }
}

const WRITE_EVERY = 4_096;
const FAR_BEHIND = 16_384;
