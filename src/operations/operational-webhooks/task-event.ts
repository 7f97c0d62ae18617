import { type OperationalEvent, isOperational } from '../../domain/operational-event.ts';
import type { Task } from '../../domain/task.ts';
import type { TaskEnd } from '../../storage/storage.ts';
import { toTaskOut } from '../background-tasks/task-out.ts';
import type { Announcements } from './announcements.ts';

/** The event about the end of a task; undefined: no event. */
export function taskEvent(
  { areWanted }: Announcements,
  task: Task,
  { at, ...end }: TaskEnd,
): OperationalEvent | undefined {
  const { organizationId, applicationId, endpointId } = task;
  if (!areWanted || isOperational(organizationId)) return undefined;
  const { id, status, task: kind, data } = toTaskOut({ ...task, ...end, updatedAt: at });
  return {
    id: `${id}.background_task.finished`,
    type: 'background_task.finished',
    organizationId,
    applicationId,
    endpointId,
    createdAt: at,
    data: { taskId: id, task: kind, status, endpointId: data.endpointId, data },
  };
}
