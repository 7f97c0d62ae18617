/** A webhook for the inbox; check its signature before. */
export interface IncomingWebhook {
  /** The `webhook-id`: the same for every repeat of one message. */
  readonly id: string;
  readonly type?: string;
  /** Kept exactly as given, and deleted when the entry is done. */
  readonly payload: string;
  /** The media type of the payload (`VerifiedWebhook.contentType`). */
  readonly contentType?: string | null;
  /** The payload as it arrived. Not stored; when it is not UTF-8, the payload cannot be the same, and is refused. */
  readonly body?: Uint8Array;
  /** Default: now. */
  readonly receivedAt?: number;
}

/** An accepted webhook, the argument of the inbox's handler. */
export interface InboxEntry {
  readonly id: string;
  readonly type: string | null;
  readonly payload: string;
  /** Null when the webhook was accepted without a media type. */
  readonly contentType: string | null;
  readonly receivedAt: number;
  /**
   * 1 for the first run of the handler, plus one for each earlier run that failed or was cut off by the end of the
   * process.
   */
  readonly runNumber: number;
}

/** An entry that the inbox gave up on after `maxRuns` runs that failed or ended the process. */
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
