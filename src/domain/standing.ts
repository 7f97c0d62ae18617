import type { DeliveryState } from './delivery.ts';

/**
 * The state of a message at an endpoint, in more detail than the state of a delivery:
 *
 * - `missing`: there is no delivery, because the endpoint was disabled, did not exist yet, or its filters did not
 *   match
 * - `waiting`: pending, and not attempted yet
 * - `failing`: pending, and the attempts so far failed
 * - `sending`: pending, and claimed: an attempt is about to begin or under way
 */
export type Standing =
  | 'missing'
  | 'waiting'
  | 'failing'
  | 'sending'
  | Exclude<DeliveryState, 'pending'>;

/** A message and its state at one endpoint. */
export interface FoundDelivery {
  readonly messageId: string;
  readonly eventType: string;
  readonly channels: readonly string[] | null;
  readonly tags: readonly string[] | null;
  /** The message must not be sent before; null: it has no such instant. */
  readonly deliverAt: number | null;
  /** The position in the walk: the id of the message, or of its last failed attempt. */
  readonly at: string;
  /** When the message was published, or that attempt was made. */
  readonly happenedAt: number;
  readonly standing: Standing;
  /** The due time of a `waiting` or `failing` delivery. */
  readonly dueAt: number | null;
  /** The status code of the last attempt; 0: no response arrived; null: no attempt, or not requested. */
  readonly lastStatusCode: number | null;
}

export function standingOf(
  state: DeliveryState | null,
  { claimed, attempted }: { readonly claimed: boolean; readonly attempted: boolean },
): Standing {
  if (state === null) return 'missing';
  if (state !== 'pending') return state;
  if (claimed) return 'sending';
  return attempted ? 'failing' : 'waiting';
}
