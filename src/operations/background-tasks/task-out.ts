import { type Task, type TaskResultEntry, scopeOf } from '../../domain/task.ts';
import { isoOrNull } from '../instant.ts';
import type { TaskOut, TaskStartedOut } from './task-schemas.ts';

export function toTaskStartedOut({ id, status, kind, updatedAt }: Task): TaskStartedOut {
  return { id, status, task: kind, updatedAt: new Date(updatedAt).toISOString() };
}

export function toTaskOut(task: Task): TaskOut {
  const { selection, progress } = task;
  const { since, until, eventTypes, channel, tag } = selection;
  const scope = scopeOf(task);
  return {
    ...toTaskStartedOut(task),
    data: {
      appId: scope === 'organization' ? null : task.applicationId,
      endpointId: scope === 'endpoint' ? task.endpointId : null,
      scanned: progress.scannedCount,
      changed: progress.changedCount,
      reason: task.reason,
      since: isoOrNull(since),
      until: new Date(until).toISOString(),
      eventTypes: eventTypes && [...eventTypes],
      channel,
      tag,
      createdAt: new Date(task.createdAt).toISOString(),
    },
  };
}

/** The task with its result. */
export function toTaskWithResultOut(task: Task, entries: readonly TaskResultEntry[]): TaskOut {
  const out = toTaskOut(task);
  const member = task.kind === 'application.stats' ? 'appStats' : 'event_types';
  return { ...out, data: { ...out.data, [member]: entries } };
}
