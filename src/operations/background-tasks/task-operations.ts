import type { Keep } from '../idempotency.ts';
import type { ListOut } from '../paging.ts';
import type { Principal } from '../principal.ts';
import type { ApplicationUsageOut, TaskCountOut, TaskOut, TaskStartedOut } from './task-schemas.ts';

/** Starts a background task; a dry run only returns a count. */
export type StartTask = (
  principal: Principal,
  app: string,
  endpoint: string,
  input: unknown,
  keep?: Keep<TaskStartedOut>,
) => Promise<TaskStartedOut | TaskCountOut>;

/**
 * Repair of many deliveries of an endpoint at once. Each operation starts a task, which survives a
 * restart. Deliveries that are made due keep their step of the schedule and wait like all others of the
 * endpoint; deliveries that are due already are left alone.
 */
export interface TaskOperations {
  /**
   * RecoverIn, within the last 14 days. Retries undelivered messages that had a failed attempt in that time: their
   * retries are exhausted, or due later. Cancelled deliveries stay cancelled.
   */
  readonly recover: StartTask;
  /**
   * ReplayIn. Sends messages that match the endpoint's present filters but have no delivery to it, because the
   * endpoint was disabled, or did not exist, when they were published.
   */
  readonly replayMissing: StartTask;
  /** BulkReplayIn. Sends the endpoint's messages again, delivered or not, within the given filters. */
  readonly bulkReplay: StartTask;
  /** CancelMessagesIn. Cancels the pending deliveries, attempted before or not. */
  readonly cancelMessages: StartTask;

  /** Deletes the payloads of all present messages of the application, and cancels their pending deliveries. */
  purgeContent(
    principal: Principal,
    app: string,
    keep?: Keep<TaskStartedOut>,
  ): Promise<TaskStartedOut>;

  /**
   * ApplicationUsageIn. Counts the attempts of each application, from hourly sums, which are kept for 90 days.
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
  /** Stops a running task; its status is `failed` with the reason `cancelled`. Rejects with `task_ended` otherwise. */
  cancel(principal: Principal, task: string, keep?: Keep<TaskOut>): Promise<TaskOut>;
}
