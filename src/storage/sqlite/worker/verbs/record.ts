import { ATTEMPT, EVENT, HEALTH, RELEASE, STATE, TRANSITION } from '../../wire/calls.ts';
import type { ValueReader } from '../../wire/values.ts';
import type { SessionState, Verb } from './verb.ts';

/**
 * Writes releases of claims, then attempts with their transitions, then changes of health, then the events about
 * them.
 */
export function recordVerb(state: SessionState): Verb {
  const release = releaseOne(state);
  const { byEndpoint } = state;
  const record = recordOne(state);
  const changeHealth = changeHealthOfOne(state);
  const keepEvent = state.db.prepare(`
    insert into operational_event (${EVENT.columns}) values (${EVENT.placeholders})
    on conflict do nothing`);

  return (call, out) => {
    for (let left = call.number(); left > 0; left--) release(call);
    for (let left = call.number(); left > 0; left--) record(call);
    const changed = new Set<string>();
    const disabled = new Set<string>();
    for (let left = call.number(); left > 0; left--) changeHealth(call, changed, disabled);
    for (let left = call.number(); left > 0; left--) {
      const event = call.take(EVENT.count);
      const type = String(event[EVENT.at.type]);
      const told = type === 'endpoint.disabled' ? disabled : changed;
      const isOfEndpoint = type.startsWith('endpoint.');
      if (isOfEndpoint && !told.has(String(event[EVENT.at.endpointId]))) continue;
      keepEvent.run(...event);
    }
    byEndpoint.merge();
    out.push(disabled.size, ...disabled);
  };
}

function releaseOne({ db, dueIndex, rowless }: SessionState): (call: ValueReader) => void {
  const release = db.prepare(`
    update delivery set claim_owner = 0, due_at = ?
    where message_id = ? and endpoint_id = ? and state = 0 and claim_owner = ? and due_at = ?`);

  return (call) => {
    const { messageId, endpointId, claimOwner, claimUntil, dueAt } = RELEASE.decode(call);
    rowless.materialize(messageId, endpointId);
    const { changes } = release.run(dueAt, messageId, endpointId, claimOwner, claimUntil);
    if (changes === 1) dueIndex.added(endpointId, dueAt);
  };
}

function recordOne({
  db,
  dueIndex,
  rowless,
  byEndpoint,
}: SessionState): (call: ValueReader) => void {
  const insertAttempt = db.prepare(`
    insert into attempt (${ATTEMPT.columns}) values (${ATTEMPT.placeholders})
    on conflict do nothing`);
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
    where message_id = ? and endpoint_id = ? and state in (0, ${STATE.cancelled})`);
  const count = db.prepare(`
    update delivery set attempt_count = attempt_count + 1 where message_id = ? and endpoint_id = ?`);

  return (call) => {
    const attempt = call.take(ATTEMPT.count);
    const { claimOwner, claimUntil, state, dueAt, scheduleStep } = TRANSITION.decode(call);
    // The attempt is stored already: a repeated call must not count it twice.
    if (insertAttempt.run(...attempt).changes === 0) return;
    const messageId = attempt[ATTEMPT.at.messageId] as string;
    const endpointId = attempt[ATTEMPT.at.endpointId] as string;
    byEndpoint.add(endpointId, attempt[ATTEMPT.at.id] as string, messageId);

    if (state === 'delivered' && rowless.delivered(messageId, endpointId)) return;
    rowless.materialize(messageId, endpointId);
    const claim = [messageId, endpointId, claimOwner, claimUntil] as const;
    if (state === 'pending') {
      if (retry.run(dueAt, scheduleStep, ...claim).changes === 1) dueIndex.added(endpointId, dueAt);
      else count.run(messageId, endpointId);
    } else if (finish.run(STATE[state], ...claim).changes === 1) {
      dueIndex.claimEnded(endpointId);
    } else if (state === 'delivered' && deliverUnclaimed.run(messageId, endpointId).changes === 1) {
      dueIndex.refresh(endpointId);
    } else {
      count.run(messageId, endpointId);
    }
  };
}

/** Adds the endpoint to `changed` when the change was written, and to `disabled` when that disabled it. */
function changeHealthOfOne({
  db,
}: SessionState): (call: ValueReader, changed: Set<string>, disabled: Set<string>) => void {
  const change = db.prepare(`
    update endpoint set
      failing_since = case when ? = 1 then ? else failing_since end,
      last_failed_at = case when ? = 1 then ? else last_failed_at end,
      failed_count = failed_count + ?,
      disabled_reason = iif(disabled_at is null, ?, disabled_reason),
      disabled_at = coalesce(disabled_at, ?)
    where id = ? and updated_at = ?
    returning disabled_at`);

  return (call, changed, disabled) => {
    const health = HEALTH.decode(call);
    const row = change.get(
      health.setsFailingSince ? 1 : 0,
      health.failingSince,
      health.setsLastFailedAt ? 1 : 0,
      health.lastFailedAt,
      health.addFailed,
      health.disabledReason,
      health.disabledAt,
      health.endpointId,
      health.endpointUpdatedAt,
    );
    if (row === undefined) return;
    changed.add(health.endpointId);
    if (health.disabledAt !== null && row['disabled_at'] === health.disabledAt) {
      disabled.add(health.endpointId);
    }
  };
}
