import type { OperationalEvent } from '../domain/operational-event.ts';
import type { Task } from '../domain/task.ts';
import type { RepeatedWork } from '../repeated-work.ts';
import type { TaskEnd } from '../storage/storage.ts';

/**
 * Runs the tasks of the endpoints that this process owns. Recover, replay and cancel are one kind of task with
 * different selections (`Selection` in domain/task.ts). Reports about all applications of an organization are tasks,
 * too.
 *
 * A step reads some messages after the task's cursor, changes the selected deliveries, and moves the cursor in the
 * same transaction. So after any crash the task continues where it was, in the process that then owns its endpoint,
 * and processes no message twice. Wake it when a task was created.
 */
export interface TaskRunner extends RepeatedWork {}

export interface TaskLimits {
  /** About how many messages a step reads. */
  readonly scanned: number;
  /** Most deliveries that a step changes, because all commits of the process wait for it. */
  readonly changed: number;
  /** About how many rollups a step reads. */
  readonly rollups: number;
  /** A task whose result is longer fails. */
  readonly resultChars: number;
  /** A task makes no more deliveries due while this many of the endpoint are due. */
  readonly due: number;
  /** The rest after a step, as a multiple of the step's duration. */
  readonly restFactor: number;
  readonly shortestRestMs: number;
  readonly longestRestMs: number;
  /**
   * The first rest when no task can continue: endpoints have enough due deliveries, or messages are too young. The
   * rest doubles each time, up to the longest one.
   */
  readonly waitMs: number;
  /**
   * Younger messages are left for a later step: a message with a smaller id may still be committed, by a process that
   * has not yet learned of an edit (it does within a second).
   */
  readonly settledMs: number;
  /** How often the storage is searched for tasks of which no notice arrived. */
  readonly lookEveryMs: number;
  /** The same while another process runs a task whose endpoint may move to this process. */
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

/** Returns the operational event about the end of a task; undefined: no event. */
export type TaskEventOf = (task: Task, end: TaskEnd) => OperationalEvent | undefined;
