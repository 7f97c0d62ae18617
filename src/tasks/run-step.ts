import { firstId, idTime } from '../domain/ids.ts';
import { type Task, idPrefixOf, idRange, scopeOf, selects } from '../domain/task.ts';
import { wantedMessages } from '../domain/wanted-messages.ts';
import { purgeStep } from './purge-step.ts';
import type { StepParts, StepResult } from './step.ts';
import { surveyStep } from './survey-step.ts';

/** Does the next part of a task. Calls `onDue` when it has made deliveries of the endpoint due. */
export async function runStep(
  parts: StepParts,
  task: Task,
  onDue: (at: number) => void,
): Promise<StepResult> {
  const { storage, clock, limits, eventOf } = parts;
  const { applicationId, endpointId, selection, cursor } = task;
  const { tasks, messages } = storage;
  const messagesOf = (ids: readonly string[]) => messages.some(applicationId, ids);
  const end = (reason: string | null) => {
    const status = reason === null ? 'finished' : 'failed';
    const its = { status, reason, at: clock.now() } as const;
    return tasks.end(task.id, its, undefined, undefined, eventOf?.(task, its));
  };

  const scope = scopeOf(task);
  if (scope === 'organization') return surveyStep(parts, task, end);
  if (scope === 'application') return purgeStep(parts, task, end);
  const endpoint = await storage.endpoints.get(applicationId, endpointId);
  if (endpoint?.id !== endpointId) {
    await end('the endpoint was deleted');
    return 'ended';
  }
  const now = clock.scheduleNow();
  const most = await capacityOf(task, now);
  if (most === 0) return 'waits';

  const range = idRange(selection, idTime(task.id));
  const settled = firstId(idPrefixOf(selection), clock.now() - limits.settledMs);
  const before = range.before < settled ? range.before : settled;
  const messageIds: string[] = [];
  let scannedCount = 0;
  let to: string | null = null;
  // In parts, because messages that are read beyond the last changed delivery must be read again.
  for (let more = true; more && scannedCount < limits.scanned;) {
    const { by, since, until } = selection;
    const rows = await tasks.scan({
      by,
      since,
      until,
      applicationId,
      endpointId,
      after: to ?? cursor ?? range.after,
      before,
      limit: limits.changed,
      withStatus: selection.statusCodeClass !== null,
    });
    const isWanted = await wantedMessages(messagesOf, endpoint, rows);
    for (const found of rows) {
      if (messageIds.length === most) break;
      scannedCount++;
      to = found.at;
      if (selects(selection, found, isWanted, now)) messageIds.push(found.messageId);
    }
    more = rows.length === limits.changed && messageIds.length < most;
  }
  if (to === null) {
    if (before !== range.before) return 'waits';
    await end(null);
    return 'ended';
  }
  const { effect, standings } = selection;
  const move = { taskId: task.id, from: cursor, to, scannedCount, at: clock.now() };
  const given = { applicationId, endpointId, messageIds, effect, standings, now, move };
  const changed = await storage.changeDeliveries(given);
  if (changed === null) return 'ended';
  if (changed > 0 && effect === 'schedule') onDue(now);
  return 'moved';

  /** How many deliveries the step may change. */
  async function capacityOf({ selection: { effect } }: Task, at: number): Promise<number> {
    if (effect === 'cancel') return limits.changed;
    const due = await tasks.dueCount(endpointId, at, limits.due);
    return Math.min(limits.changed, limits.due - due);
  }
}
