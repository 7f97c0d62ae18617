import type { EngineStatus } from '../delivery/delivery.ts';
import type { Outbox, Storage } from '../storage/storage.ts';

/**
 * Metrics of one process, for Prometheus. Events are counted when they are committed, in the calls of the storage, by
 * the same rules as the statistics (`domain/attempt-outcome.ts`). So metrics and statistics agree, only stored events
 * are counted, and the code for publishing and delivering is not involved.
 *
 * The labels have a few values each: no application, endpoint, event type or URL is one.
 */
export interface Metrics {
  /** Wraps a storage: counts what its calls store, and measures how long they take. */
  observeStorage(storage: Storage): Storage;
  /** Wraps an outbox: counts the messages that it relays. */
  observeOutbox(outbox: Outbox): Outbox;
  /** Counts a payload that does not match its event type's schema; `action`: whether it was accepted or rejected. */
  countPayloadMismatch(action: 'warn' | 'reject'): void;
  /** `status` is called at each scrape. */
  watchEngine(status: () => EngineStatus): void;
  /**
   * All metrics in Prometheus' text format. Never rejects because of the storage: without it,
   * `posthaste_storage_up` is 0 and the backlog is not a number.
   */
  text(): Promise<string>;
}
