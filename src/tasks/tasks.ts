import type { OperationalEvent } from '../domain/operational-event.ts';
import type { Task } from '../domain/task.ts';
import type { TaskEnd } from '../storage/storage.ts';

/**
 * Runs the tasks of the endpoints that this process owns: recover, replay and cancel are one task over
 * one query (`Selection` in domain/task.ts). What an organization asks of its applications is a task, too.
 *
 * A step reads some messages behind the task's cursor, changes the deliveries that are selected among
 * them, and moves the cursor in the same transaction. So a task goes on where it was after any crash, in
 * whichever process owns its endpoint then, and meets no message twice.
 */
export interface TaskRunner {
  start(): void;
  /** Ends after the step under way. */
  stop(): Promise<void>;
  /** A task was created. */
  wake(): void;
}

export interface TaskLimits {
  /** Messages that a step reads, about. */
  readonly scanned: number;
  /** Deliveries that a step changes: all commits of the process wait for it. */
  readonly changed: number;
  /** Rollups that a step reads, about. */
  readonly rollups: number;
  /** A task whose result is longer fails. */
  readonly resultChars: number;
  /** While so many deliveries of the endpoint are due and wait, a task makes no more due. */
  readonly due: number;
  /** For how many times as long as a step took, no other begins. */
  readonly restFactor: number;
  readonly shortestRestMs: number;
  readonly longestRestMs: number;
  /**
   * The rest when no task can go on: endpoints have enough to do, or messages are too young. It doubles, up
   * to the longest rest.
   */
  readonly waitMs: number;
  /**
   * Messages that are younger are left for later. One with a smaller id may still be committed, by a
   * process that learns of an edit within a second.
   */
  readonly settledMs: number;
  /** How often tasks are looked for that nobody told of. */
  readonly lookEveryMs: number;
  /** The same while another process runs one, whose endpoints may come to be this one's. */
  readonly lookAfterOthersMs: number;
  readonly afterErrorMs: number;
}

export const TASK_LIMITS: TaskLimits = {
  scanned: 1_000,
  changed: 100,
  rollups: 10_000,
  resultChars: 16 * 1_048_576,
  due: 500,
  restFactor: 4,
  shortestRestMs: 20,
  longestRestMs: 2_000,
  waitMs: 200,
  settledMs: 2_000,
  lookEveryMs: 10_000,
  lookAfterOthersMs: 1_000,
  afterErrorMs: 1_000,
};

/** What the end of a task is told as; undefined: it is not told. */
export type TaskEventOf = (task: Task, end: TaskEnd) => OperationalEvent | undefined;
