import type { Standing } from '../domain/standing.ts';
import type { Selection, TaskKind, TaskStatus } from '../domain/task.ts';

export interface Head {
  readonly messageId: string;
  readonly attemptCount: number;
  /** While it is claimed, when that claim ends. */
  readonly dueAt: number;
  readonly claimed: boolean;
}

export interface TaskFilter {
  readonly applicationId?: string;
  readonly status?: TaskStatus;
  readonly kind?: TaskKind;
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
   * `failure`: only messages with failed attempts in that time, each at the last of these attempts, in their
   * order. One whose last attempt is not before `before` is not found at an earlier one, so that a walk whose
   * `before` moves on meets it once. Else all messages, whenever they were published.
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

/** What is done to deliveries of one endpoint. */
export interface DeliveryChange {
  readonly applicationId: string;
  readonly endpointId: string;
  readonly messageIds: readonly string[];
  /**
   * `schedule`: due at `now`, as `scheduleDelivery` does; the delivery is created when it is missing.
   * What is due already stays as it is. `cancel`: no further attempt is made. Both end a claim.
   */
  readonly effect: 'schedule' | 'cancel';
  /** Only deliveries that stand so at that moment are changed. */
  readonly standings: readonly Standing[];
  readonly now: number;
  /** Moves the cursor of a task in the same transaction. */
  readonly move: TaskMove | null;
}

export interface TaskMove {
  readonly taskId: string;
  /** Where the cursor must be. */
  readonly from: string | null;
  readonly to: string;
  /** Added to its progress. */
  readonly scannedCount: number;
  readonly at: number;
}
