import { canChange, dueAtByTask } from '../../../domain/task.ts';
import type { FoundRow } from '../../repositories/rows.ts';
import type { DeliveryChange, TaskMove } from '../../storage.ts';
import { textArray } from '../binary-array.ts';
import type { ConnectionPool, Statement } from '../connection-pool.ts';
import type { DatabaseTime } from '../database-time.ts';
import { foundDeliveries, foundInTime } from '../tasks-of.ts';
import { cancelStatement, scheduleStatement } from './schedule.ts';

/**
 * Makes deliveries of an endpoint due or cancels them, and moves the cursor of a task in the same transaction.
 * The process that moves the cursor locks the task's row until the commit; another process then finds that the
 * cursor has moved. The deliveries are locked before they are read, so that no claim or record comes between.
 */
export async function changeDeliveries(
  pool: ConnectionPool,
  time: DatabaseTime,
  change: DeliveryChange,
  keepAnswer: readonly Statement[],
): Promise<Changed | null> {
  const { applicationId, endpointId, messageIds, effect, now, move } = change;
  return pool.transaction(async (send) => {
    for (const statement of keepAnswer) await send(statement);
    if (move !== null && (await send(moveStatement(move))).rowCount === 0) return null;
    if (messageIds.length === 0) return NONE;
    const values = [endpointId, applicationId, textArray(messageIds)];
    await send({ name: 'lock-deliveries', text: LOCK, values: [endpointId, values[2]] });
    const { rows } = await send<FoundRow>({ name: 'find-deliveries', text: FIND, values });
    const due = rows.flatMap((row) => {
      const found = foundInTime(row, time);
      const dueAt = move === null ? now : dueAtByTask(found, now);
      return canChange(change, found, now, dueAt) ? { messageId: found.messageId, dueAt } : [];
    });
    if (due.length === 0) return NONE;
    const changed = due.map(({ messageId }) => messageId);
    const result = await send<{ told?: boolean }>(
      effect === 'cancel'
        ? cancelStatement(endpointId, changed)
        : scheduleStatement(time, {
            due,
            endpointId,
            applicationId,
            trigger: 'manual',
          }),
    );
    if (move !== null) await send(countStatement(move, changed.length));
    return { messageIds: changed, told: result.rows[0]?.told === true };
  });
}

export interface Changed {
  /** Messages whose deliveries were changed. */
  readonly messageIds: readonly string[];
  /** Whether other processes are told of the change. */
  readonly told: boolean;
}

const NONE: Changed = { messageIds: [], told: false };

export const LOCK = `
  select from posthaste.delivery where endpoint_id = $1 and message_id = any($2::text[])
  order by message_id for update`;

// Lateral with a limit: otherwise the planner would read all messages of the application.
export const FIND = foundDeliveries(
  `unnest($3::text[]) as wanted (id) cross join lateral (
      select id, id as at, created_at as happened_at, event_type, channels, tags, deliver_at
      from posthaste.message
      where application_id = $2 and id = wanted.id limit 1
    ) as m`,
  '$1',
  'false',
);

function moveStatement({ taskId, from, to, scannedCount, at }: TaskMove): Statement {
  return {
    name: 'move-task',
    text: `
      update posthaste.task set cursor = $3, scanned_count = scanned_count + $4, updated_at = $5
      where id = $1 and status = 'running' and cursor is not distinct from $2`,
    values: [taskId, from, to, scannedCount, at],
  };
}

function countStatement({ taskId }: TaskMove, changed: number): Statement {
  return {
    name: 'count-changed',
    text: 'update posthaste.task set changed_count = changed_count + $2 where id = $1',
    values: [taskId, changed],
  };
}
