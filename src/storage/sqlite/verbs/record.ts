import { STATE } from '../protocol.ts';
import type { Cursor } from '../protocol.ts';
import type { SessionState, Verb } from '../session.ts';

/** Writes attempts and what they lead to; the order of the fields is that of `putRecordBatch`. */
export function recordVerb(state: SessionState): Verb {
  const { db, agenda, firstClaims } = state;
  const places = attemptPlaces(state);
  const changeHealth = healthVerb(state);
  const releaseClaim = releaseVerb(state);
  const insertAttempt = db.prepare(`
    insert into attempt
      (message_id, id, endpoint_id, application_id, number, trigger, url, started_at, duration_ms,
       succeeded, failure, detail, status_code, response)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing`);
  const held =
    'message_id = ? and endpoint_id = ? and state = 0 and claim_owner = ? and due_at = ?';
  const finish = db.prepare(`
    update delivery
    set attempt_count = attempt_count + 1, state = ?, claim_owner = 0, due_at = null
    where ${held}`);
  const retry = db.prepare(`
    update delivery
    set attempt_count = attempt_count + 1, claim_owner = 0, due_at = ?, schedule_step = ?, trigger = 0
    where ${held}`);
  const deliverUnclaimed = db.prepare(`
    update delivery
    set attempt_count = attempt_count + 1, state = ${STATE.delivered}, claim_owner = 0, due_at = null
    where message_id = ? and endpoint_id = ? and state = 0`);
  const count = db.prepare(`
    update delivery set attempt_count = attempt_count + 1 where message_id = ? and endpoint_id = ?`);

  function record(input: Cursor): void {
    const messageId = input.text();
    const id = input.text();
    const endpointId = input.text();
    const kept = insertAttempt.run(
      messageId,
      id,
      endpointId,
      input.text(),
      input.number(),
      input.number(),
      input.text(),
      input.number(),
      input.number(),
      input.number(),
      input.value(),
      input.text(),
      input.value(),
      input.text(),
    );
    const owner = input.number();
    const until = input.number();
    const next = input.number();
    const dueAt = next === STATE.pending ? input.number() : 0;
    const scheduleStep = next === STATE.pending ? input.number() : 0;
    // Recorded before: a repeated call must not count twice.
    if (kept.changes === 0) return;
    places.add(endpointId, id, messageId);

    if (next === STATE.delivered && firstClaims.delivered(messageId, endpointId)) return;
    firstClaims.giveRow(messageId, endpointId);
    if (next === STATE.pending) {
      const { changes } = retry.run(dueAt, scheduleStep, messageId, endpointId, owner, until);
      if (changes === 1) agenda.added(endpointId, dueAt);
      else count.run(messageId, endpointId);
      return;
    }
    if (finish.run(next, messageId, endpointId, owner, until).changes === 1) {
      agenda.claimEnded(endpointId);
      return;
    }
    if (next === STATE.delivered && deliverUnclaimed.run(messageId, endpointId).changes === 1) {
      agenda.refresh(endpointId);
      return;
    }
    count.run(messageId, endpointId);
  }

  return (input) => {
    for (let left = input.number(); left > 0; left--) releaseClaim(input);
    for (let left = input.number(); left > 0; left--) record(input);
    for (let left = input.number(); left > 0; left--) changeHealth(input);
    places.settle();
  };
}

// More would save more pages where there are many endpoints, and hold up that one commit longer (by
// some 15 ms now), and each list of an endpoint's attempts (by one).
const SETTLE_AT = 8_192;

/** Keeps each attempt's place among its endpoint's (see the migration of `endpoint_attempt`). */
function attemptPlaces({ db }: SessionState) {
  const add = db.prepare(
    'insert into recent_attempt (endpoint_id, id, message_id) values (?, ?, ?)',
  );
  const settle = db.prepare(`
    insert into endpoint_attempt (endpoint_id, id, message_id)
    select endpoint_id, id, message_id from recent_attempt order by endpoint_id, id`);
  const empty = db.prepare('delete from recent_attempt');
  let recent = Number(db.prepare('select count(*) as n from recent_attempt').get()?.['n']);

  return {
    add(endpointId: string, id: string, messageId: string): void {
      add.run(endpointId, id, messageId);
      recent++;
    },
    settle(): void {
      if (recent < SETTLE_AT) return;
      settle.run();
      empty.run();
      recent = 0;
    },
  };
}

function releaseVerb({ db, agenda, firstClaims }: SessionState): (input: Cursor) => void {
  const release = db.prepare(`
    update delivery set claim_owner = 0, due_at = ?
    where message_id = ? and endpoint_id = ? and state = 0 and claim_owner = ? and due_at = ?`);

  return (input) => {
    const messageId = input.text();
    const endpointId = input.text();
    const claimOwner = input.number();
    const until = input.number();
    const dueAt = input.number();
    firstClaims.giveRow(messageId, endpointId);
    const { changes } = release.run(dueAt, messageId, endpointId, claimOwner, until);
    if (changes === 1) agenda.added(endpointId, dueAt);
  };
}

function healthVerb({ db, agenda }: SessionState): (input: Cursor) => void {
  const change = db.prepare(`
    update endpoint set
      failing_since = case when ? = 1 then ? else failing_since end,
      failed_count = failed_count + ?,
      disabled_reason = iif(disabled_at is null, ?, disabled_reason),
      disabled_at = coalesce(disabled_at, ?)
    where id = ?`);

  return (input) => {
    const endpointId = input.text();
    const setsFailing = input.number();
    const failingSince = input.value();
    const addFailed = input.number();
    const disabledAt = input.value();
    const reason = input.value();
    change.run(setsFailing, failingSince, addFailed, reason, disabledAt, endpointId);
    if (disabledAt !== null) agenda.endpointChanged(endpointId, agenda.isOrdered(endpointId));
  };
}
