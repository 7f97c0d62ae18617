import type { Standing } from '../domain/standing.ts';
import type { Selection, TaskKind, TaskStatus } from '../domain/task.ts';

export interface Head {
  readonly messageId: string;
  readonly attemptCount: number;
  /** While the delivery is claimed, the end of the claim. */
  readonly dueAt: number;
  readonly claimed: boolean;
}

export interface TaskFilter {
  readonly applicationId?: string;
  readonly status?: TaskStatus;
  readonly kinds?: readonly TaskKind[];
}

export interface TaskEnd {
  readonly status: Exclude<TaskStatus, 'running'>;
  readonly reason: string | null;
  readonly at: number;
}

export interface TaskScan {
  readonly applicationId: string;
  readonly endpointId: string;
  /**
   * `failure`: only messages with failed attempts in that time, each once, at the last of these attempts, in
   * the order of those attempts. A message that also failed at `before` or later is not found at an earlier
   * attempt, so that a walk whose `before` advances finds it once. `publication`: all messages between `after`
   * and `before`.
   */
  readonly by: Selection['by'];
  readonly since: number | null;
  readonly until: number;
  /** Ids of messages, or of attempts, both exclusive; null: from the first. */
  readonly after: string | null;
  readonly before: string;
  readonly limit: number;
  /** Whether to read `lastStatusCode`. */
  readonly withStatus: boolean;
}

/** A change of deliveries of one endpoint. */
export interface DeliveryChange {
  readonly applicationId: string;
  readonly endpointId: string;
  readonly messageIds: readonly string[];
  /**
   * `schedule`: makes the delivery due at `now`, like `scheduleDelivery`, and creates a missing one; a delivery
   * that is due already is left alone. With `move`, no delivery is made due before the `deliverAt` of its message.
   * `cancel`: no further attempt is made. Both end a claim.
   */
  readonly effect: 'schedule' | 'cancel';
  /** Only deliveries in one of these states at that moment are changed. */
  readonly standings: readonly Standing[];
  readonly now: number;
  /** Moves the cursor of a task in the same transaction. */
  readonly move: TaskMove | null;
}

export interface TaskMove {
  readonly taskId: string;
  /** The present cursor; the change fails when the cursor has moved. */
  readonly from: string | null;
  readonly to: string;
  /** Messages to add to the task's progress. */
  readonly scannedCount: number;
  readonly at: number;
}
