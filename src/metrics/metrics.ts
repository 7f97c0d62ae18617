import type { EngineStatus } from '../delivery/delivery.ts';
import type { Outbox, Storage } from '../storage/storage.ts';

/**
 * What one process counts of itself, for Prometheus. Everything is counted where it is committed: in
 * the calls of the storage, by `domain/attempt-outcome.ts`, as the statistics are. So a figure here is
 * one there, nothing is counted that was not stored, and publishing and delivering know nothing of it.
 *
 * The labels have a few values each: no application, endpoint, event type or URL is one.
 */
export interface Metrics {
  /** The same storage; what its calls store, and how long they take, is counted. */
  observeStorage(storage: Storage): Storage;
  /** The same outbox; the messages that it relays are counted. */
  observeOutbox(outbox: Outbox): Outbox;
  /** `action`: what became of a payload that is not as its event type says. */
  countPayloadMismatch(action: 'warn' | 'reject'): void;
  /** Asked for at each scrape. */
  watchEngine(status: () => EngineStatus): void;
  /**
   * All metrics in Prometheus' text format. Never rejects because of the storage: without it,
   * `posthaste_storage_up` is 0 and the backlog is not a number.
   */
  text(): Promise<string>;
}
