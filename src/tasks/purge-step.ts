import { firstId, idTime } from '../domain/ids.ts';
import { type Task, idRange } from '../domain/task.ts';
import type { StepParts, StepResult } from './step.ts';

/**
 * Deletes the payloads of the next messages of an application, and then moves the cursor. After a crash in between,
 * some are deleted again, which changes nothing.
 */
export async function purgeStep(
  { storage, clock, limits }: StepParts,
  task: Task,
  end: (reason: string | null) => Promise<unknown>,
): Promise<StepResult> {
  const { applicationId, endpointId, selection, cursor } = task;
  const range = idRange(selection, idTime(task.id));
  const settled = firstId('msg', clock.now() - limits.settledMs);
  const before = range.before < settled ? range.before : settled;
  const rows = await storage.tasks.scan({
    by: 'publication',
    since: null,
    until: selection.until,
    applicationId,
    endpointId,
    after: cursor,
    before,
    limit: limits.changed,
    withStatus: false,
  });
  const to = rows.at(-1)?.at;
  if (to === undefined) {
    if (before !== range.before) return 'waits';
    await end(null);
    return 'ended';
  }
  const messageIds = rows.map(({ messageId }) => messageId);
  await storage.expunge(applicationId, messageIds);
  const move = { taskId: task.id, from: cursor, to, scannedCount: rows.length, at: clock.now() };
  const moved = await storage.changeDeliveries({
    applicationId,
    endpointId,
    messageIds: [],
    effect: 'cancel',
    standings: [],
    now: clock.scheduleNow(),
    move,
  });
  return moved === null ? 'ended' : 'moved';
}
