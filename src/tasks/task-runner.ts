import type { Clock } from '../domain/clock.ts';
import { PosthasteError } from '../domain/errors.ts';
import type { Task } from '../domain/task.ts';
import type { Intake } from '../delivery/delivery.ts';
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
  let isRunning = false;
  let working: Promise<void> | null = null;
  let again = false;
  /** Whether tasks exist that another process runs or should run. */
  let others = false;
  let cancelLook = () => {};
  let endRest = () => {};

  function look(): void {
    again = true;
    if (!isRunning || working !== null) return;
    cancelLook();
    working = work().finally(() => {
      working = null;
      const ms = others ? limits.lookAfterOthersMs : limits.lookEveryMs;
      if (isRunning) cancelLook = clock.after(ms, look);
    });
  }

  async function work(): Promise<void> {
    let waitMs = limits.waitMs;
    while (isRunning && again) {
      again = false;
      const tasks = await ownTasks();
      const results: StepResult[] = [];
      for (const task of tasks) if (isRunning) results.push(await step(task));
      if (results.length === 0) continue;
      again = true;
      if (results.includes('moved')) {
        waitMs = limits.waitMs;
        continue;
      }
      // A growing wait, because an endpoint may be paused for days.
      await rest(waitMs);
      waitMs = Math.min(2 * waitMs, limits.longestRestMs);
    }
  }

  async function ownTasks(): Promise<Task[]> {
    try {
      const running = await storage.tasks.running();
      const own = running.filter(({ endpointId }) => storage.fleet.owns(endpointId));
      others = own.length < running.length;
      return own;
    } catch (error) {
      await failed(error);
      return [];
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
      await failed(error);
      return 'waits';
    }
  }

  async function failed(error: unknown): Promise<void> {
    if (error instanceof PosthasteError && error.code === 'stopping') return;
    again = true;
    onError(error);
    await rest(limits.afterErrorMs);
  }

  async function rest(ms: number): Promise<void> {
    if (!isRunning) return;
    await new Promise<void>((resolve) => {
      const cancel = clock.after(ms, resolve);
      endRest = () => {
        cancel();
        resolve();
      };
    });
  }

  storage.changes.subscribe(({ kind }) => {
    if (kind !== 'due' && kind !== 'cancelled') look();
  });

  return {
    start() {
      if (isRunning) return;
      isRunning = true;
      look();
    },
    async stop() {
      isRunning = false;
      cancelLook();
      endRest();
      await working;
    },
    wake: look,
  };
}
