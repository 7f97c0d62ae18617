/** What a customer gets: the body of a webhook. */
export interface CallEvent {
  readonly type: string;
  readonly [member: string]: unknown;
}

/** What is on the queue `calls`, as JSON. */
export interface QueuedEvent {
  /** Of letters, digits, `-`, `_`, `.`; an event that comes again with the same is the same. */
  readonly eventId: string;
  /** The name of the account whose call it is. */
  readonly account: string;
  readonly event: CallEvent;
}
