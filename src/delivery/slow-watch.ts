import type { Clock } from '../domain/clock.ts';
import { LinkedList } from './linked-list.ts';
import type { Attempt } from './attempt.ts';

/**
 * Calls `onSlow` with each attempt that has been in flight for `slowMs`. Attempts are watched in the
 * order in which they began, so that one timer is enough for all.
 */
export class SlowWatch {
  readonly #clock: Clock;
  readonly #slowMs: number;
  readonly #onSlow: (attempt: Attempt) => void;
  readonly #watched = new LinkedList<Attempt>();
  #cancelTimer: (() => void) | null = null;

  constructor(clock: Clock, slowMs: number, onSlow: (attempt: Attempt) => void) {
    this.#clock = clock;
    this.#slowMs = slowMs;
    this.#onSlow = onSlow;
  }

  add(attempt: Attempt): void {
    this.#watched.add(attempt);
    if (this.#cancelTimer === null) this.#arm(this.#slowMs);
  }

  /** Does nothing for an attempt that was already reported. */
  delete(attempt: Attempt): void {
    this.#watched.delete(attempt);
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  #arm(delayMs: number): void {
    this.#cancelTimer = this.#clock.after(delayMs, () => this.#look());
  }

  #look(): void {
    this.#cancelTimer = null;
    const nowMs = this.#clock.monotonicMs();
    for (;;) {
      const { first } = this.#watched;
      if (first === null) return;
      const leftMs = first.startedMs + this.#slowMs - nowMs;
      if (leftMs > 0) return this.#arm(leftMs);
      this.#watched.delete(first);
      this.#onSlow(first);
    }
  }
}
