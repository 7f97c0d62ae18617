/** A webhook to accept, after its signature was checked. */
export interface IncomingWebhook {
  /** The `webhook-id`: the same for every repeat of one message. */
  readonly id: string;
  readonly type?: string;
  /** Kept exactly as given, and deleted when the entry is done. */
  readonly payload: string;
  /** The media type of the payload, as `createReceiver` tells it. */
  readonly contentType?: string | null;
  /** Default: now. */
  readonly receivedAt?: number;
}

/** An accepted webhook, as its handler gets it. */
export interface InboxEntry {
  readonly id: string;
  readonly type: string | null;
  readonly payload: string;
  /** Null when it was accepted without one. */
  readonly contentType: string | null;
  readonly receivedAt: number;
  /**
   * 1 for the first run of the handler, one more for each run after one that failed or that the end
   * of the process cut off.
   */
  readonly runNumber: number;
}

/** An entry that the inbox gave up on, because its handler failed `maxRuns` times, or ended the process. */
export interface FailedEntry {
  readonly id: string;
  readonly type: string | null;
  readonly payload: string;
  readonly contentType: string | null;
  readonly receivedAt: number;
  /** When the last run failed. */
  readonly failedAt: number;
  readonly runCount: number;
  /** The message of the last run's error, at most 1,000 characters. */
  readonly error: string;
}
