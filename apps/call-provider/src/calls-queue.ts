import type { QueuedEvent } from './call-event.ts';

/** Carries each event from the simulator to the notifier at least once. */
export interface CallsQueue {
  /** Resolves when the event can't be lost any more. Goes on trying until the queue is stopped, then rejects. */
  put(event: QueuedEvent): Promise<void>;
  /** `take` resolves when the event is in other hands; when it rejects, the event comes again. */
  start(take: (event: QueuedEvent) => Promise<void>): void;
  /** Safe to call twice. */
  stop(): Promise<void>;
}

export const RETRY_MS = 1_000;
