import type { AttemptTrigger } from './attempt.ts';

/**
 * One message owed to one endpoint: the only thing that has a state machine.
 *
 * ```
 *              retry, resend
 *              ┌─────────┐
 *              ▼         │
 *  accepted ► pending ───┴──► delivered | exhausted | cancelled
 *              ▲                              │
 *              └────────── resend ────────────┘
 * ```
 *
 * - `pending`: an attempt is due at `dueAt`; the engine makes it. A pending delivery may be claimed: then `dueAt`
 *   is the end of the claim, and no other process attempts the delivery before.
 * - `delivered`: the endpoint answered with success.
 * - `exhausted`: the last attempt of the schedule failed, or the endpoint said 410.
 * - `cancelled`: the endpoint, the application or the payload of the message was deleted, or a person cancelled
 *   the delivery.
 */
export interface Delivery {
  readonly messageId: string;
  readonly endpointId: string;
  readonly applicationId: string;
  readonly state: DeliveryState;
  /** Attempts made so far. */
  readonly attemptCount: number;
  /** Automatic attempts made since the schedule began. A resend keeps the number, but the resend of a delivered delivery begins at 0. */
  readonly scheduleStep: number;
  /** When the next attempt is due, or, while claimed, when the claim ends. Null unless pending. */
  readonly dueAt: number | null;
  readonly claimed: boolean;
}

export type DeliveryState = 'pending' | 'delivered' | 'exhausted' | 'cancelled';

/**
 * A process's right to attempt a delivery. A claim ends at `until`; the storage also ends the claims of a
 * process that is gone, so that deliveries are not delayed by a crash.
 */
export interface Claim {
  /** The number that the storage gave the claiming process at its start. */
  readonly owner: number;
  readonly until: number;
}

/** The claim of a hand-off to another process: the delivery is unclaimed until that process takes it over. */
export const UNCLAIMED: Claim = { owner: 0, until: 0 };

/** A delivery on its way to an attempt: everything that the attempt needs. */
export interface Handoff {
  readonly messageId: string;
  readonly endpointId: string;
  readonly applicationId: string;
  readonly payload: string;
  /** The media type of a raw text; null when the payload is JSON. */
  readonly contentType: string | null;
  /** `Message.headers`. */
  readonly headers: string | null;
  /** The trace in which the message was accepted, for `tracing/`; undefined: none. */
  readonly trace?: string | undefined;
  /** Undefined (like `owedSince`) when the hand-off comes from a process of an earlier version. */
  readonly eventType?: string | undefined;
  /** When the first attempt was due, by the wall clock: the acceptance of the message, or its `deliverAt`. */
  readonly owedSince?: number | undefined;
  readonly attemptCount: number;
  readonly scheduleStep: number;
  readonly trigger: AttemptTrigger;
  readonly claim: Claim;
}

/** The state of a delivery after an attempt. */
export type DeliveryNext =
  | { readonly state: 'delivered' }
  | { readonly state: 'exhausted' }
  | { readonly state: 'cancelled' }
  | { readonly state: 'pending'; readonly dueAt: number; readonly scheduleStep: number };
