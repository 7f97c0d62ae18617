/** One immutable published event. */
export interface Message {
  /** `msg_…`; id order is the order of publication. Sent as `webhook-id`. */
  readonly id: string;
  readonly organizationId: string;
  readonly applicationId: string;
  readonly eventType: string;
  /** The caller's own id of the event (`eventId` on the wire), unique within the application. */
  readonly uid: string | null;
  readonly channels: readonly string[] | null;
  /** What the message is found by; deliveries do not depend on them. Null: none. */
  readonly tags: readonly string[] | null;
  /**
   * The JSON text, or the raw text, exactly as it was given: never parsed and printed again. Empty
   * when it was deleted (`isExpunged`).
   */
  readonly payload: string;
  /** The media type of a raw text; null when the payload is JSON. */
  readonly contentType: string | null;
  /** JSON text of the headers that each request with the message has, in ASCII; null: none. */
  readonly headers: string | null;
  readonly createdAt: number;
  /** Nothing is sent before this instant; null: it was due at once. */
  readonly deliverAt: number | null;
  /** When the payload expires; null: after the time that the settings say. */
  readonly expiresAt: number | null;
}

/** What `Message.headers` says. */
export function headersOf(text: string | null): Readonly<Record<string, string>> {
  return text === null ? {} : (JSON.parse(text) as Record<string, string>);
}

/** What a message or a hand-off of it counts for wherever capacity is measured. */
export function contentChars({ payload, headers }: Pick<Message, 'payload' | 'headers'>): number {
  return payload.length + (headers === null ? 0 : headers.length);
}

/** The payload was deleted or has expired. No JSON text is empty, and a deleted raw text loses its media type. */
export function isExpunged({
  payload,
  contentType,
}: Pick<Message, 'payload' | 'contentType'>): boolean {
  return payload === '' && contentType === null;
}
