import type { Clock } from '../domain/clock.ts';
import type { Storage } from '../storage/storage.ts';
import type { TaskEventOf, TaskLimits } from './tasks.ts';

export interface StepParts {
  readonly storage: Pick<
    Storage,
    | 'applications'
    | 'changeDeliveries'
    | 'endpoints'
    | 'expunge'
    | 'messages'
    | 'statistics'
    | 'tasks'
  >;
  readonly clock: Pick<Clock, 'now' | 'scheduleNow'>;
  readonly limits: TaskLimits;
  readonly eventOf?: TaskEventOf | undefined;
}

/**
 * - `moved`: the cursor moved; there may be more to do
 * - `waits`: the task can't continue now
 * - `ended`: the task has ended, or another process has moved its cursor
 */
export type StepResult = 'moved' | 'waits' | 'ended';
