import type { DeliveryState } from './delivery.ts';

/**
 * How a message stands with an endpoint, in more detail than the state of a delivery:
 *
 * - `missing`: it was never owed to the endpoint, because the endpoint was disabled, did not exist yet, or
 *   did not want it
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

/** What is known of a message and one endpoint. */
export interface FoundDelivery {
  readonly messageId: string;
  readonly eventType: string;
  readonly channels: readonly string[] | null;
  readonly tags: readonly string[] | null;
  /** Where it was found: the id of the message, or of its last failed attempt. */
  readonly at: string;
  /** When the message was published, or that attempt was made. */
  readonly happenedAt: number;
  readonly standing: Standing;
  /** Of a delivery that waits or fails. */
  readonly dueAt: number | null;
  /** Of its last attempt; 0: no response arrived; null: there was none, or nobody asked. */
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
