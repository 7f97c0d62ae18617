import type { AttemptTrigger } from '../../../../domain/attempt.ts';
import { PAYLOAD_DELETED } from '../../payload-deleted.ts';
import { SCHEDULED, STATE, decodeQueries } from '../../wire/calls.ts';
import type { SessionState, Verb } from './verb.ts';

export function scheduleVerbs(state: SessionState): { schedule: Verb; cancelOrphans: Verb } {
  const { db, dueIndex, rowless, runQueries } = state;
  const schedule = scheduleOne(state);
  const cancel = (index: string, which: string) =>
    db.prepare(`
      update delivery set state = ${STATE.cancelled}, claim_owner = 0, due_at = null
      where (message_id, endpoint_id) in
        (select message_id, endpoint_id from delivery indexed by ${index}
         where state = 0 and ${which} and endpoint_id = ? limit ?)`);
  const cancelWaiting = cancel('delivery_pending', 'claim_owner = 0');
  const cancelClaimed = cancel('delivery_claimed', 'claim_owner > 0');

  return {
    schedule(call, out) {
      const { messageId, endpointId, applicationId, dueAt, trigger } = SCHEDULED.decode(call);
      if (!runQueries(decodeQueries(call), out)) return;
      rowless.materialize(messageId, endpointId);
      schedule(messageId, endpointId, applicationId, trigger, dueAt);
      // The delivery may have been due earlier: read the endpoint's next due time again.
      dueIndex.refresh(endpointId);
    },

    cancelOrphans(call, out) {
      const limit = call.number();
      let cancelled = 0;
      for (const endpointId of dueIndex.orphans) {
        rowless.materializeEndpoint(endpointId);
        cancelled += Number(cancelWaiting.run(endpointId, limit - cancelled).changes);
        if (cancelled >= limit) break;
        cancelled += Number(cancelClaimed.run(endpointId, limit - cancelled).changes);
        if (cancelled >= limit) break;
        dueIndex.orphanDone(endpointId);
      }
      out.push(cancelled + dueIndex.markOrdered(limit - cancelled));
    },
  };
}

/**
 * Makes a delivery due, whatever its state, unless the payload of its message is deleted. The caller
 * refreshes the due index.
 */
export function scheduleOne({ db, dueIndex }: SessionState) {
  const schedule = db.prepare(`
    insert into delivery
      (message_id, endpoint_id, application_id, state, attempt_count, schedule_step, trigger,
       due_at, claim_owner, ordered)
    values (?1, ?2, ?3, 0,
      (select count(*) from attempt where message_id = ?1 and endpoint_id = ?2),
      0, ?4, ?5, 0, ?6)
    on conflict do update set
      schedule_step = iif(state = ${STATE.delivered}, 0, schedule_step), state = 0,
      trigger = excluded.trigger, due_at = excluded.due_at, claim_owner = 0,
      ordered = excluded.ordered`);
  const expunged = db.prepare(`
    select 1 from message
    where application_id = ? and id = ? and ${PAYLOAD_DELETED}`);

  return (
    messageId: string,
    endpointId: string,
    applicationId: string,
    trigger: AttemptTrigger,
    dueAt: number,
  ): void => {
    if (expunged.get(applicationId, messageId) !== undefined) return;
    const ordered = dueIndex.isOrdered(endpointId) ? 1 : 0;
    const manual = trigger === 'manual' ? 1 : 0;
    schedule.run(messageId, endpointId, applicationId, manual, dueAt, ordered);
  };
}
