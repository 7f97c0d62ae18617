import type { SQLOutputValue } from 'node:sqlite';
import type { Cursor, Value } from '../protocol.ts';
import { REFUSED_BY } from '../protocol.ts';
import type { SessionState, Verb } from '../session.ts';

const KEY_LIFETIME_MS = 12 * 60 * 60 * 1000;

/** Stores messages with their deliveries; the order of the fields is that of `putMessages`. */
export function acceptVerb(state: SessionState): Verb {
  const { db, agenda, firstClaims } = state;
  const keys = idempotencyKeys(state);
  const insertMessage = db.prepare(`
    insert into message
      (application_id, id, organization_id, event_type, uid, channels, created_at, payload,
       claimed_endpoint_ids, claimed_until)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing`);
  const insertDelivery = db.prepare(`
    insert into delivery
      (message_id, endpoint_id, application_id, state, attempt_count, schedule_step, trigger,
       due_at, claim_owner, ordered)
    values (?, ?, ?, 0, 0, 0, 0, ?, 0, ?) on conflict do nothing`);
  const findUid = db.prepare('select id from message where application_id = ? and uid = ?');

  function accept(input: Cursor, place: number, refused: Value[]): void {
    const applicationId = input.text();
    const id = input.text();
    const organizationId = input.text();
    const eventType = input.text();
    const uid = input.value();
    const channels = input.value();
    const createdAt = input.number();
    const payload = input.text();
    const key = input.value();
    const claimedUntil = input.number();
    const deliveryCount = input.number();
    const claimed = takeTexts(input, input.number());
    const skip = () => input.skip(2 * deliveryCount);
    const refuse = (existingId: SQLOutputValue, by: (typeof REFUSED_BY)[number]) => {
      refused.push(place, String(existingId), REFUSED_BY.indexOf(by));
      skip();
    };

    if (key !== null) {
      const first = keys.find(applicationId, key, createdAt);
      if (first !== null) return refuse(first, 'idempotencyKey');
    }
    const stored = insertMessage.run(
      applicationId,
      id,
      organizationId,
      eventType,
      uid,
      channels,
      createdAt,
      payload,
      claimed.length === 0 ? null : JSON.stringify(claimed),
      claimed.length === 0 ? null : claimedUntil,
    );
    if (stored.changes === 0) {
      const first = uid === null ? undefined : findUid.get(applicationId, uid)?.['id'];
      if (first !== undefined && first !== id) return refuse(first, 'uid');
      // The same message again: its caller never saw the answer of the first time.
      return skip();
    }
    if (key !== null) keys.keep(applicationId, key, id, createdAt);

    if (claimed.length > 0) {
      firstClaims.add(Number(stored.lastInsertRowid), id, applicationId, claimedUntil, claimed);
      // It became ordered since its publisher last looked: what follows must see this delivery.
      for (const endpointId of claimed) {
        if (agenda.isOrdered(endpointId)) firstClaims.giveRow(id, endpointId);
      }
      if (claimedUntil < state.claimsEndAt) state.claimsEndAt = claimedUntil;
    }
    for (let left = deliveryCount; left > 0; left--) {
      const endpointId = input.text();
      const dueAt = input.number();
      insertDelivery.run(
        id,
        endpointId,
        applicationId,
        dueAt,
        agenda.isOrdered(endpointId) ? 1 : 0,
      );
      agenda.added(endpointId, dueAt);
    }
  }

  return (input, out) => {
    const refused: Value[] = [];
    const count = input.number();
    for (let place = 0; place < count; place++) accept(input, place, refused);
    out.push(refused.length / 3, ...refused);
    keys.forgetOld();
  };
}

function takeTexts(input: Cursor, count: number): string[] {
  const texts: string[] = [];
  for (let left = count; left > 0; left--) texts.push(input.text());
  return texts;
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
    /** Two go for each that comes, so that the table can't grow beyond what is remembered. */
    forgetOld(): void {
      if (kept === 0) return;
      forget.run(newest - KEY_LIFETIME_MS, 2 * kept);
      kept = 0;
    },
  };
}
