import type { DatabaseSync, StatementSync } from 'node:sqlite';

interface OpenMessage {
  readonly seq: number;
  readonly messageId: string;
  readonly applicationId: string;
  readonly until: number;
  /** Endpoints whose delivery still waits for its first attempt. */
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
 * The deliveries that were accepted already claimed and still wait for their first attempt. They have
 * no row of their own: the message lists their endpoints, and a successful attempt is the proof of
 * delivery. Before anything else happens to one, it gets a row (`materialize`), and from then on it is
 * a delivery like any other.
 *
 * Invariant: an endpoint in a message's list is in exactly one of three states. It has a row; or it
 * has a successful attempt and no row, and is delivered; or it has neither, and is held here.
 *
 * After a crash, a scan of the messages from `rowless_scan_start` on finds these deliveries. The start advances
 * regularly, and a delivery that would hold it back gets a row, so that the scan stays short.
 */
export class RowlessDeliveries {
  readonly #owner: number;
  /** Open messages by `keyOf` their id, in the order of acceptance. */
  readonly #open = new Map<number, OpenMessage>();
  readonly #insertDelivery: StatementSync;
  readonly #writeScanStart: StatementSync;
  #newestSeq = 0;
  #scanStart = 0;

  /** `continues`: this process had the database open before, and its claims still hold. */
  constructor(db: DatabaseSync, owner: number, continues: boolean, now: number) {
    this.#owner = owner;
    this.#insertDelivery = db.prepare(`
      insert into delivery
        (message_id, endpoint_id, application_id, state, attempt_count, schedule_step, trigger,
         due_at, claim_owner, ordered)
      values (?1, ?2, ?3, 0, 0, 0, 0, ?4, ?5,
        coalesce((select ordered from endpoint where id = ?2), 0))`);
    this.#writeScanStart = db.prepare('update rowless_scan_start set seq = ?');
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
    if (this.#open.has(key)) this.#insertAll(message);
    else this.#open.set(key, message);
  }

  /** The first attempt succeeded: forgets the delivery. False: the delivery is not held here. */
  delivered(messageId: string, endpointId: string): boolean {
    return this.#take(messageId, endpointId) !== undefined;
  }

  /** Inserts the row of the delivery, if it is held here. */
  materialize(messageId: string, endpointId: string): void {
    const message = this.#take(messageId, endpointId);
    if (message !== undefined) this.#insert(message, endpointId);
  }

  materializeMessage(messageId: string): void {
    const message = this.#open.get(keyOf(messageId));
    if (message?.messageId === messageId) this.#close(message);
  }

  /** Whether a delivery of the message still waits for its first attempt. */
  holds(messageId: string): boolean {
    return this.#open.get(keyOf(messageId))?.messageId === messageId;
  }

  materializeEndpoint(endpointId: string): void {
    for (const { messageId } of this.#open.values()) this.materialize(messageId, endpointId);
  }

  materializeExpired(now: number): void {
    for (const message of this.#open.values()) if (message.until <= now) this.#close(message);
  }

  /** When the first of these claims ends; Infinity without any. */
  firstEnd(): number {
    let first = Infinity;
    for (const { until } of this.#open.values()) first = Math.min(first, until);
    return first;
  }

  /** Advances the start of the scan after a crash. Must be called before each commit. */
  advanceScanStart(): void {
    if (this.#newestSeq - this.#scanStart < WRITE_EVERY) return;
    for (const message of this.#open.values()) {
      if (this.#newestSeq - message.seq < FAR_BEHIND) break;
      this.#close(message);
    }
    const [oldest] = this.#open.values();
    const from = oldest?.seq ?? this.#newestSeq + 1;
    if (from - this.#scanStart >= WRITE_EVERY) this.#moveTo(from);
  }

  #take(messageId: string, endpointId: string): OpenMessage | undefined {
    const key = keyOf(messageId);
    const message = this.#open.get(key);
    if (message === undefined || message.messageId !== messageId) return undefined;
    const index = message.endpointIds.indexOf(endpointId);
    if (index < 0) return undefined;
    message.endpointIds.splice(index, 1);
    if (message.endpointIds.length === 0) this.#open.delete(key);
    return message;
  }

  #close(message: OpenMessage): void {
    this.#open.delete(keyOf(message.messageId));
    this.#insertAll(message);
  }

  #insertAll(message: OpenMessage): void {
    for (const endpointId of message.endpointIds) this.#insert(message, endpointId);
  }

  #insert({ messageId, applicationId, until }: OpenMessage, endpointId: string): void {
    this.#insertDelivery.run(messageId, endpointId, applicationId, until, this.#owner);
  }

  #moveTo(from: number): void {
    this.#writeScanStart.run(from);
    this.#scanStart = from;
  }

  /** Finds rowless deliveries after a start; those of an earlier process get rows and are due at once. */
  #load(db: DatabaseSync, continues: boolean, now: number): void {
    const messages = db.prepare(`
      select seq, id, application_id, claimed_endpoint_ids, claimed_until from message
      where seq >= (select seq from rowless_scan_start) and claimed_endpoint_ids is not null
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
 * which costs as much as storing the message. When two ids end alike, the second message is stored
 * with rows: correct, only slower.
 */
function keyOf(id: string): number {
  let key = 0;
  for (let at = id.length - 5; at < id.length; at++)
    key = key * 75 + id.charCodeAt(at) - FIRST_CODE;
  // 75⁵ is less than 2³², so the 32-bit numbers are still distinct.
  return key | 0;
}

/** Code of the first character that ids use; the last one, `z`, is the 75th from it. */
const FIRST_CODE = '0'.charCodeAt(0);

const WRITE_EVERY = 4_096;
const FAR_BEHIND = 16_384;
