import type { DatabaseSync, StatementSync } from 'node:sqlite';

interface OpenMessage {
  readonly seq: number;
  readonly messageId: string;
  readonly applicationId: string;
  readonly until: number;
  /** Those still open. */
  readonly endpointIds: string[];
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
  /** By `keyOf` their ids, in the order of acceptance. */
  readonly #open = new Map<number, OpenMessage>();
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
    this.#newestSeq = seq;
    const key = keyOf(messageId);
    const message = { seq, messageId, applicationId, until, endpointIds: [...endpointIds] };
    if (this.#open.has(key)) this.#giveRows(message);
    else this.#open.set(key, message);
  }

  /** The first attempt succeeded. False: the delivery is not one of these, or no longer. */
  delivered(messageId: string, endpointId: string): boolean {
    return this.#take(messageId, endpointId) !== undefined;
  }

  /** Gives the delivery the row of a claimed one, if it is one of these. */
  giveRow(messageId: string, endpointId: string): void {
    const message = this.#take(messageId, endpointId);
    if (message !== undefined) this.#insert(message, endpointId);
  }

  giveRowsOf(endpointId: string): void {
    for (const { messageId } of this.#open.values()) this.giveRow(messageId, endpointId);
  }

  giveRowsToExpired(now: number): void {
    for (const message of this.#open.values()) if (message.until <= now) this.#close(message);
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
    for (const message of this.#open.values()) {
      if (this.#newestSeq - message.seq < FAR_BEHIND) break;
      this.#close(message);
    }
    const [oldest] = this.#open.values();
    const from = oldest?.seq ?? this.#newestSeq + 1;
    if (from - this.#writtenFrom >= WRITE_EVERY) this.#moveTo(from);
  }

  #take(messageId: string, endpointId: string): OpenMessage | undefined {
    const key = keyOf(messageId);
    const message = this.#open.get(key);
    if (message === undefined || message.messageId !== messageId) return undefined;
    const place = message.endpointIds.indexOf(endpointId);
    if (place < 0) return undefined;
    message.endpointIds.splice(place, 1);
    if (message.endpointIds.length === 0) this.#open.delete(key);
    return message;
  }

  #close(message: OpenMessage): void {
    this.#open.delete(keyOf(message.messageId));
    this.#giveRows(message);
  }

  #giveRows(message: OpenMessage): void {
    for (const endpointId of message.endpointIds) this.#insert(message, endpointId);
  }

  #insert({ messageId, applicationId, until }: OpenMessage, endpointId: string): void {
    this.#insertDelivery.run(messageId, endpointId, applicationId, until, this.#owner);
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

/**
 * The last five characters of an id as one number. A Map of whole ids would intern each of them,
 * which costs as much as storing the message. Two ids that end alike are no harm, but slow: the
 * second is given rows at once.
 */
function keyOf(id: string): number {
  let key = 0;
  for (let at = id.length - 5; at < id.length; at++)
    key = key * 75 + id.charCodeAt(at) - FIRST_CODE;
  // 75⁵ is less than 2³²: still a number of its own for each.
  return key | 0;
}

/** Of the characters in ids; the last, `z`, is the 75th from there. */
const FIRST_CODE = '0'.charCodeAt(0);

const WRITE_EVERY = 4_096;
const FAR_BEHIND = 16_384;
