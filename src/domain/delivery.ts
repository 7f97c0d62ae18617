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
 * - `pending`: an attempt is owed at `dueAt`. The engine moves it on. A pending delivery may be
 *   claimed: then `dueAt` is when the claim ends, and nobody else attempts it before.
 * - `delivered`: the endpoint answered with success.
 * - `exhausted`: the last attempt of the schedule failed, or the endpoint said 410.
 * - `cancelled`: the endpoint or the application was deleted, or the payload of the message, or somebody
 *   cancelled it.
 */
export interface Delivery {
  readonly messageId: string;
  readonly endpointId: string;
  readonly applicationId: string;
  readonly state: DeliveryState;
  /** Attempts made so far. */
  readonly attemptCount: number;
  /** Automatic attempts made since the schedule began; a resend begins it again. */
  readonly scheduleStep: number;
  /** When the next attempt is owed, or, while claimed, when the claim ends. Null unless pending. */
  readonly dueAt: number | null;
  readonly claimed: boolean;
}

export type DeliveryState = 'pending' | 'delivered' | 'exhausted' | 'cancelled';

/**
 * The right to attempt a delivery. It ends at `until`; the storage also ends the claims of an
 * owner that is gone, so that a crash delays nothing.
 */
export interface Claim {
  /** The number that the storage gave the claiming process at its start. */
  readonly owner: number;
  readonly until: number;
}

/** What stands in a hand-off to another process: the delivery is unclaimed until that one takes it over. */
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
  /** Of the trace in which the message was accepted, for `tracing/`; undefined: it is in none. */
  readonly trace?: string | undefined;
  /** Undefined: it came from a process of an earlier version. So is `owedSince`. */
  readonly eventType?: string | undefined;
  /** When the first attempt was owed, by the wall clock: the message was accepted, or its `deliverAt`. */
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
