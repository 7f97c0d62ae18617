import type { QueuedEvent } from './call-event.ts';

/** Carries each event from the simulator to the notifier at least once. */
export interface CallsQueue {
  /** Resolves when the event can't be lost any more. Retries until the queue is stopped, then rejects. */
  put(event: QueuedEvent): Promise<void>;
  /** `take` resolves when it has stored the event; when it rejects, it is called with the event again. */
  start(take: (event: QueuedEvent) => Promise<void>): void;
  /** Safe to call twice. */
  stop(): Promise<void>;
}

export const RETRY_MS = 1_000;
