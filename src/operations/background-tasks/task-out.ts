import { type Task, isOfApplication } from '../../domain/task.ts';
import type { TaskOut, TaskStartedOut } from './task-schemas.ts';

export function toTaskStartedOut({ id, status, kind, updatedAt }: Task): TaskStartedOut {
  return { id, status, task: kind, updatedAt: new Date(updatedAt).toISOString() };
}

export function toTaskOut(task: Task): TaskOut {
  const { selection, progress } = task;
  const { since, until, eventTypes, channel, tag } = selection;
  return {
    ...toTaskStartedOut(task),
    data: {
      appId: task.applicationId,
      endpointId: isOfApplication(task) ? null : task.endpointId,
      scanned: progress.scannedCount,
      changed: progress.changedCount,
      reason: task.reason,
      since: since === null ? null : new Date(since).toISOString(),
      until: new Date(until).toISOString(),
      eventTypes: eventTypes && [...eventTypes],
      channel,
      tag,
      createdAt: new Date(task.createdAt).toISOString(),
    },
  };
}
