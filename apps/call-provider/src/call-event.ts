/** The body of a webhook to a customer. */
export interface CallEvent {
  readonly type: string;
  readonly [member: string]: unknown;
}

/** A message on the queue `calls`, as JSON. */
export interface QueuedEvent {
  /** Letters, digits, `-`, `_`, `.`. Two messages with the same id carry the same event. */
  readonly eventId: string;
  /** The name of the account whose call it is. */
  readonly account: string;
  readonly event: CallEvent;
}
