import { canChange, dueAtByTask } from '../../../../domain/task.ts';
import { type FoundRow, foundOf } from '../../../repositories/rows.ts';
import type { DeliveryChange, TaskMove } from '../../../storage.ts';
import { foundDeliveries } from '../../found-deliveries.ts';
import { ELSEWHERE, STATE, decodeChange, decodeQueries } from '../../wire/calls.ts';
import { scheduleOne } from './schedule.ts';
import type { SessionState, Verb } from './verb.ts';

/** Makes deliveries of an endpoint due or cancels them, and moves the cursor of a task with it. */
export function changeDeliveriesVerb(state: SessionState): Verb {
  const { db, dueIndex, rowless, runQueries } = state;
  const schedule = scheduleOne(state);
  const moveTask = db.prepare(`
    update task set cursor = ?, scanned_count = scanned_count + ?, updated_at = ?
    where id = ? and status = 'running' and cursor is ?`);
  const count = db.prepare('update task set changed_count = changed_count + ? where id = ?');
  const find = db.prepare(
    `${foundDeliveries({ messages: 'message as m', endpoint: '?1' })}
     where m.application_id = ?2 and m.id = ?3`,
  );
  const cancel = db.prepare(`
    update delivery set state = ${STATE.cancelled}, claim_owner = 0, due_at = null
    where message_id = ? and endpoint_id = ?`);

  function move({ taskId, from, to, scannedCount, at }: TaskMove): boolean {
    return moveTask.run(to, scannedCount, at, taskId, from).changes === 1;
  }

  function change(given: DeliveryChange, messageId: string): boolean {
    const { applicationId, endpointId, effect, now } = given;
    const row = find.get(endpointId, applicationId, messageId);
    if (row === undefined) return false;
    const found = foundOf(row as unknown as FoundRow);
    const dueAt = given.move === null ? now : dueAtByTask(found, now);
    if (!canChange(given, found, now, dueAt)) return false;
    rowless.materialize(messageId, endpointId);
    if (effect === 'cancel') cancel.run(messageId, endpointId);
    else schedule(messageId, endpointId, applicationId, 'manual', dueAt);
    return true;
  }

  return (call, out) => {
    const given = decodeChange(call);
    if (!runQueries(decodeQueries(call), out)) return;
    if (given.move !== null && !move(given.move)) {
      out.push(ELSEWHERE);
      return;
    }
    const changed = given.messageIds.filter((messageId) => change(given, messageId)).length;
    if (changed > 0) dueIndex.refresh(given.endpointId);
    if (given.move !== null) count.run(changed, given.move.taskId);
    out.push(changed);
  };
}
