import type { SQLOutputValue } from 'node:sqlite';
import { MESSAGE, NEW_DELIVERY, REFUSAL } from '../../wire/calls.ts';
import type { Refusal } from '../../wire/calls.ts';
import type { Value, ValueReader } from '../../wire/values.ts';
import type { SessionState, Verb } from './verb.ts';

const KEY_LIFETIME_MS = 12 * 60 * 60 * 1000;

/** Stores messages with their deliveries. */
export function acceptVerb(state: SessionState): Verb {
  const { db, dueIndex, rowless } = state;
  const keys = idempotencyKeys(state);
  // Not "on conflict do nothing": because the table has a trigger, SQLite would copy each page that the insert
  // writes, to be able to undo the insert together with the trigger's effect.
  const insertMessage = db.prepare(`
    insert or ignore into message
      (${MESSAGE.columns}, trace, claimed_endpoint_ids, claimed_until)
    values (${MESSAGE.placeholders}, ?, ?, ?)`);
  const insertDelivery = db.prepare(`
    insert into delivery
      (message_id, endpoint_id, application_id, state, attempt_count, schedule_step, trigger,
       due_at, claim_owner, ordered)
    values (?, ?, ?, 0, 0, 0, 0, ?, 0, ?) on conflict do nothing`);
  const findUid = db.prepare('select id from message where application_id = ? and uid = ?');
  const findId = db.prepare('select id from message where application_id = ? and id = ?');

  function accept(call: ValueReader, index: number, refusals: Refusal[]): void {
    const message = call.take(MESSAGE.count);
    const id = message[MESSAGE.at.id] as string;
    const applicationId = message[MESSAGE.at.applicationId] as string;
    const uid = message[MESSAGE.at.uid] as string | null;
    const createdAt = message[MESSAGE.at.createdAt] as number;
    const trace = call.value();
    const key = call.value();
    const claimedUntil = call.number();
    const claimed = call.take(call.number()) as string[];
    const deliveryCount = call.number();
    const skip = () => call.skip(NEW_DELIVERY.count * deliveryCount);
    const refuse = (existingId: SQLOutputValue, by: Refusal['by']) => {
      refusals.push({ index, existingId: String(existingId), by });
      skip();
    };

    if (key !== null) {
      const first = keys.find(applicationId, key, createdAt);
      if (first !== null) return refuse(first, 'idempotencyKey');
    }
    const stored = insertMessage.run(
      ...message,
      trace,
      claimed.length === 0 ? null : JSON.stringify(claimed),
      claimed.length === 0 ? null : claimedUntil,
    );
    if (stored.changes === 0) {
      const first = uid === null ? undefined : findUid.get(applicationId, uid)?.['id'];
      if (first !== undefined && first !== id) return refuse(first, 'uid');
      // "or ignore" also skips a row that lacks a value, which is an error.
      if (findId.get(applicationId, id) === undefined) throw new Error(`${id} lacks a value`);
      // The message is stored already: its caller did not get the first answer.
      return skip();
    }
    if (key !== null) keys.keep(applicationId, key, id, createdAt);

    if (claimed.length > 0) {
      rowless.add(Number(stored.lastInsertRowid), id, applicationId, claimedUntil, claimed);
      // The endpoint has become ordered since the publisher read it: later deliveries must see a row of this one.
      for (const endpointId of claimed) {
        if (dueIndex.isOrdered(endpointId)) rowless.materialize(id, endpointId);
      }
      if (claimedUntil < state.claimsEndAt) state.claimsEndAt = claimedUntil;
    }
    for (let left = deliveryCount; left > 0; left--) {
      const { endpointId, dueAt } = NEW_DELIVERY.decode(call);
      const ordered = dueIndex.isOrdered(endpointId) ? 1 : 0;
      insertDelivery.run(id, endpointId, applicationId, dueAt, ordered);
      dueIndex.added(endpointId, dueAt);
    }
  }

  return (call, out) => {
    const refusals: Refusal[] = [];
    const count = call.number();
    for (let index = 0; index < count; index++) accept(call, index, refusals);
    REFUSAL.encodeList(out, refusals);
    keys.forgetOld();
  };
}

function idempotencyKeys({ db }: SessionState) {
  const find = db.prepare(`
    select message_id from idempotency_key
    where application_id = ? and key = ? and created_at > ?`);
  const keep = db.prepare('insert or replace into idempotency_key values (?, ?, ?, ?)');
  const forget = db.prepare(`
    delete from idempotency_key where (application_id, key) in
      (select application_id, key from idempotency_key where created_at <= ?
       order by created_at limit ?)`);
  let kept = 0;
  let newest = 0;

  return {
    find(applicationId: string, key: Value, now: number): string | null {
      const row = find.get(applicationId, key, now - KEY_LIFETIME_MS);
      return row === undefined ? null : String(row['message_id']);
    },
    keep(applicationId: string, key: Value, messageId: string, createdAt: number): void {
      keep.run(applicationId, key, messageId, createdAt);
      kept++;
      newest = Math.max(newest, createdAt);
    },
    /** Deletes two expired keys for each new one, so that the table stays bounded. */
    forgetOld(): void {
      if (kept === 0) return;
      forget.run(newest - KEY_LIFETIME_MS, 2 * kept);
      kept = 0;
    },
  };
}
