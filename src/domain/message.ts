/** One immutable published event. */
export interface Message {
  /** `msg_…`; id order is the order of publication. Sent as `webhook-id`. */
  readonly id: string;
  readonly organizationId: string;
  readonly applicationId: string;
  readonly eventType: string;
  /** An id of the caller's choice (`eventId` in the API), unique within the application. */
  readonly uid: string | null;
  readonly channels: readonly string[] | null;
  /** Tags by which lists find the message; they don't affect deliveries. Null: none. */
  readonly tags: readonly string[] | null;
  /**
   * The JSON text, or the raw text, exactly as it was given. Empty when it was deleted (`isExpunged`).
   */
  readonly payload: string;
  /** The media type of a raw text; null when the payload is JSON. */
  readonly contentType: string | null;
  /** JSON text of the headers that each request with the message has, in ASCII; null: none. */
  readonly headers: string | null;
  readonly createdAt: number;
  /** The message is not sent before this instant; null: it was due at once. */
  readonly deliverAt: number | null;
  /** When the payload expires; null: by the retention settings. */
  readonly expiresAt: number | null;
}

/** The tag of test messages, which are for one endpoint only. */
export const TEST_TAG = 'posthaste/test';

export function isTest({ tags }: Pick<Message, 'tags'>): boolean {
  return tags?.includes(TEST_TAG) === true;
}

/** The parsed `Message.headers`. */
export function headersOf(text: string | null): Readonly<Record<string, string>> {
  return text === null ? {} : (JSON.parse(text) as Record<string, string>);
}

/** The size of a message, or of a hand-off of it, wherever capacity is measured. */
export function contentChars({ payload, headers }: Pick<Message, 'payload' | 'headers'>): number {
  return payload.length + (headers === null ? 0 : headers.length);
}

/** Whether the payload was deleted or has expired. JSON text is never empty, and a deleted raw text loses its media type. */
export function isExpunged({
  payload,
  contentType,
}: Pick<Message, 'payload' | 'contentType'>): boolean {
  return payload === '' && contentType === null;
}
