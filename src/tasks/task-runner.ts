import type { Clock } from '../domain/clock.ts';
import { PosthasteError } from '../domain/errors.ts';
import type { Task } from '../domain/task.ts';
import type { Intake } from '../delivery/delivery.ts';
import { repeatWork } from '../repeated-work.ts';
import type { Storage } from '../storage/storage.ts';
import { runStep } from './run-step.ts';
import type { StepParts, StepResult } from './step.ts';
import { TASK_LIMITS, type TaskEventOf, type TaskLimits, type TaskRunner } from './tasks.ts';

export interface TaskRunnerOptions {
  readonly storage: StepParts['storage'] & Pick<Storage, 'changes' | 'fleet'>;
  readonly intake: Pick<Intake, 'wake'>;
  readonly clock: Clock;
  readonly limits?: Partial<TaskLimits>;
  readonly eventOf?: TaskEventOf;
  /** Called after a task has ended. */
  readonly onEnded?: () => void;
  /** Called for errors after which the runner tries again. */
  readonly onError: (error: unknown) => void;
}

/**
 * Runs one step at a time, the tasks in turn, with a rest after each step: all tasks together take a fifth of the
 * time, and less when commits take long because of much traffic.
 */
export function createTaskRunner(options: TaskRunnerOptions): TaskRunner {
  const { storage, intake, clock, onError } = options;
  const limits = { ...TASK_LIMITS, ...options.limits };
  let isStopped = false;
  let endRest = () => {};

  /** Runs tasks until none can be run here. Returns how long to wait for the next ones. */
  async function run(): Promise<number> {
    let waitMs = limits.waitMs;
    while (!isStopped) {
      const tasks = await runningTasks();
      if (tasks === null) return limits.afterErrorMs;
      const own = tasks.filter(({ endpointId }) => storage.fleet.owns(endpointId));
      const results: StepResult[] = [];
      for (const task of own) if (!isStopped) results.push(await step(task));
      if (results.includes('moved')) {
        waitMs = limits.waitMs;
      } else if (results.length > 0) {
        // A growing wait, because an endpoint may be paused for days.
        await rest(waitMs);
        waitMs = Math.min(2 * waitMs, limits.longestRestMs);
      } else if (tasks.length > 0) {
        // Tasks that another process runs or should run.
        return limits.lookAfterOthersMs;
      } else {
        break;
      }
    }
    return limits.lookEveryMs;
  }

  /** Null: they can't be read now. */
  async function runningTasks(): Promise<readonly Task[] | null> {
    try {
      return await storage.tasks.running();
    } catch (error) {
      failed(error);
      return null;
    }
  }

  async function step(task: Task): Promise<StepResult> {
    const startedMs = clock.monotonicMs();
    try {
      const result = await runStep(
        { storage, clock, limits, eventOf: options.eventOf },
        task,
        (at) => intake.wake(at),
      );
      if (result === 'ended') options.onEnded?.();
      const restMs = (clock.monotonicMs() - startedMs) * limits.restFactor;
      const { shortestRestMs, longestRestMs } = limits;
      if (result === 'moved') await rest(Math.min(Math.max(restMs, shortestRestMs), longestRestMs));
      return result;
    } catch (error) {
      failed(error);
      await rest(limits.afterErrorMs);
      return 'waits';
    }
  }

  function failed(error: unknown): void {
    if (!(error instanceof PosthasteError && error.code === 'stopping')) onError(error);
  }

  async function rest(ms: number): Promise<void> {
    if (isStopped) return;
    await new Promise<void>((resolve) => {
      const cancel = clock.after(ms, resolve);
      endRest = () => {
        cancel();
        resolve();
      };
    });
  }

  const work = repeatWork({ clock, run, onError, everyMs: limits.lookEveryMs });
  storage.changes.subscribe(({ kind }) => {
    if (kind !== 'due' && kind !== 'cancelled') work.wake();
  });
  return {
    ...work,
    stop() {
      isStopped = true;
      endRest();
      return work.stop();
    },
  };
}
