/**
 * For so long after a `relay` that took rows, subscribers are not told of new ones: the caller looks by
 * itself, for twice as long because a commit takes its time.
 */
export const OUTBOX_QUIET_MS = 200;

export interface OutboxBatch {
  /** At most this many rows. */
  readonly limit: number;
  /** A longer payload is not read (`OutboxRow.payload`). */
  readonly maxPayloadChars: number;
}

/** A message that was sent inside a transaction, which has committed. */
export interface OutboxRow {
  /** The id that the message gets. */
  readonly messageId: string;
  readonly organizationId: string;
  /** Id or uid. */
  readonly application: string;
  readonly eventType: string;
  /** Null: it is certainly longer than `maxPayloadChars`. */
  readonly payload: string | null;
  readonly payloadBytes: number;
  /** The payload is this kind of text; null: it is JSON. */
  readonly contentType: string | null;
  /** JSON text, unchecked; null: none. */
  readonly headers: string | null;
  /** Of the trace of its sender, unchecked; null: none. */
  readonly traceparent: string | null;
  readonly eventId: string | null;
  readonly channels: readonly string[] | null;
  readonly sentAt: number;
}

export interface OutboxRefusal {
  /** Of the registry in `domain/errors.ts`. */
  readonly code: string;
  readonly reason: string;
}

/** What became of each row. */
export type OutboxOutcome =
  | { readonly kind: 'accepted' }
  /** The application has the same message already, under the same uid: nothing was stored. */
  | { readonly kind: 'repeated' }
  /** Kept aside with the reason. */
  | { readonly kind: 'refused'; readonly refusal: OutboxRefusal };
