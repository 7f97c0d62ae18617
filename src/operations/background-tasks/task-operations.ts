import type { Keep } from '../idempotency.ts';
import type { ListOut } from '../paging.ts';
import type { Principal } from '../principal.ts';
import type { ApplicationUsageOut, TaskCountOut, TaskOut, TaskStartedOut } from './task-schemas.ts';

/** A task that goes on by itself; the answer of a dry run is a count instead. */
export type StartTask = (
  principal: Principal,
  app: string,
  endpoint: string,
  input: unknown,
  keep?: Keep<TaskStartedOut>,
) => Promise<TaskStartedOut | TaskCountOut>;

/**
 * Repair of many deliveries of an endpoint at once. Each operation starts a task, which survives a
 * restart. Deliveries that are made due stay at their place in the schedule, and wait as all others of the
 * endpoint do; those that are due already are left alone.
 */
export interface TaskOperations {
  /**
   * RecoverIn, of the last 14 days. Everything of which an attempt failed in that time and that is not delivered:
   * it has no attempts left, or is to be retried later. What was cancelled stays so.
   */
  readonly recover: StartTask;
  /**
   * ReplayIn. What the endpoint was never owed but wants by the filters that it has now, because it was
   * disabled, or did not exist, when the messages were published.
   */
  readonly replayMissing: StartTask;
  /** BulkReplayIn. What the endpoint was owed, delivered or not, within the filters. */
  readonly bulkReplay: StartTask;
  /** CancelMessagesIn. Cancels what waits, for its first attempt or for another. */
  readonly cancelMessages: StartTask;

  /** Deletes the payloads of all messages that the application has now, and cancels what is owed of them. */
  purgeContent(
    principal: Principal,
    app: string,
    keep?: Keep<TaskStartedOut>,
  ): Promise<TaskStartedOut>;

  /**
   * ApplicationUsageIn. Counts the attempts of each application, by the sums that are kept of whole hours,
   * so for 90 days.
   */
  aggregateUsage(
    principal: Principal,
    input: unknown,
    keep?: Keep<ApplicationUsageOut>,
  ): Promise<ApplicationUsageOut>;
  /** Collects which event types the endpoints of each application want. */
  aggregateEventTypes(principal: Principal): Promise<TaskStartedOut>;

  /** TaskListOptions; newest first, without results. A portal sees those of its application. */
  list(principal: Principal, options?: unknown): Promise<ListOut<TaskOut>>;
  get(principal: Principal, task: string): Promise<TaskOut>;
  /** Ends a running task where it is: it fails with the reason `cancelled`. `task_ended` otherwise. */
  cancel(principal: Principal, task: string, keep?: Keep<TaskOut>): Promise<TaskOut>;
}
