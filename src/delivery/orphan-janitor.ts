import type { Clock } from '../domain/clock.ts';
import type { Storage } from '../storage/storage.ts';

/**
 * Cancels the pending deliveries of deleted endpoints, and orders those of endpoints that became ordered, in small
 * batches so that no other commit waits long: after each change of an endpoint, at the start, and every hour in case
 * a crash came in between.
 */
export class OrphanJanitor {
  readonly #storage: Storage;
  readonly #clock: Clock;
  readonly #onDone: () => void;
  readonly #onError: (error: unknown) => void;
  #cancelTimer: (() => void) | null = null;
  #running = false;
  #busy: Promise<void> | null = null;
  #again = false;

  /** `onDone` is called after the last batch of some: deliveries that were ordered may be due now. */
  constructor(
    storage: Storage,
    clock: Clock,
    onDone: () => void,
    onError: (error: unknown) => void,
  ) {
    this.#storage = storage;
    this.#clock = clock;
    this.#onDone = onDone;
    this.#onError = onError;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.cancelOrphans();
  }

  async stop(): Promise<void> {
    this.#running = false;
    this.#cancelTimer?.();
    await this.#busy;
  }

  cancelOrphans(): void {
    if (!this.#running) return;
    this.#again = true;
    this.#cancelTimer?.();
    this.#busy ??= this.#work().finally(() => {
      this.#busy = null;
      if (this.#running)
        this.#cancelTimer = this.#clock.after(EVERY_MS, () => this.cancelOrphans());
    });
  }

  async #work(): Promise<void> {
    try {
      let cancelled = BATCH;
      let didSome = false;
      while (this.#running && (this.#again || cancelled === BATCH)) {
        this.#again = false;
        cancelled = await this.#storage.cancelOrphans(BATCH);
        didSome ||= cancelled > 0;
      }
      if (didSome) this.#onDone();
    } catch (error) {
      this.#onError(error);
    }
  }
}

const BATCH = 500;
const EVERY_MS = 60 * 60 * 1000;
