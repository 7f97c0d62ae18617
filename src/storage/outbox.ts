/**
 * For this long after a `relay` that took rows, subscribers are not called for new rows. The caller must poll
 * meanwhile, for twice as long, because a commit takes some time to become visible.
 */
export const OUTBOX_QUIET_MS = 200;

export interface OutboxBatch {
  /** At most this many rows. */
  readonly limit: number;
  /** Longer payloads are not read (`OutboxRow.payload` is null). */
  readonly maxPayloadChars: number;
}

/** A message that a caller sent inside its own transaction, which has committed. */
export interface OutboxRow {
  /** The id that the message will have. */
  readonly messageId: string;
  readonly organizationId: string;
  /** Id or uid. */
  readonly application: string;
  readonly eventType: string;
  /** Null: the payload is longer than `maxPayloadChars`. */
  readonly payload: string | null;
  readonly payloadBytes: number;
  /** Media type of the payload; null: JSON. */
  readonly contentType: string | null;
  /** JSON text, unchecked; null: none. */
  readonly headers: string | null;
  /** `traceparent` of the sender, unchecked; null: none. */
  readonly traceparent: string | null;
  readonly eventId: string | null;
  readonly channels: readonly string[] | null;
  readonly sentAt: number;
}

export interface OutboxRefusal {
  /** A code of the registry in `domain/errors.ts`. */
  readonly code: string;
  readonly reason: string;
}

/** The outcome of a row. */
export type OutboxOutcome =
  | { readonly kind: 'accepted' }
  /** The application has the same message already, under the same uid: nothing was stored. */
  | { readonly kind: 'repeated' }
  /** The row was moved to the refused rows, with the reason. */
  | { readonly kind: 'refused'; readonly refusal: OutboxRefusal };
