export interface IncomingWebhook {
  /** The `webhook-id`: the same for every repeat of one message. */
  readonly id: string;
  readonly type?: string;
  /** Kept exactly as given, and forgotten when the work is done. */
  readonly payload: string;
  /** Now by default. */
  readonly receivedAt?: number;
}

export interface InboxEntry {
  readonly id: string;
  readonly type: string | null;
  readonly payload: string;
  readonly receivedAt: number;
  /** 1 for the first run of the handler, one more after each failed one. To give up, return. */
  readonly runNumber: number;
}
