import type { Clock } from '../domain/clock.ts';
import { LinkedList } from './linked-list.ts';
import type { Attempt } from './attempt.ts';

/**
 * Lists the attempts in flight, and calls `onSlow` with each that has been in flight for `slowMs`. The list
 * is in the order in which the attempts began, so that one timer is enough for all.
 */
export class SlowWatch {
  readonly #clock: Clock;
  readonly #slowMs: number;
  readonly #onSlow: (attempt: Attempt) => void;
  readonly #watched = new LinkedList<Attempt>();
  readonly #slow = new LinkedList<Attempt>();
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

  delete(attempt: Attempt): void {
    (attempt.isSlow ? this.#slow : this.#watched).delete(attempt);
  }

  /** The attempts in flight for which `is` returns true. */
  filter(is: (attempt: Attempt) => boolean): Attempt[] {
    const found: Attempt[] = [];
    for (const { first } of [this.#slow, this.#watched]) {
      for (let attempt = first; attempt !== null; attempt = attempt.next) {
        if (is(attempt)) found.push(attempt);
      }
    }
    return found;
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
      first.isSlow = true;
      this.#slow.add(first);
      this.#onSlow(first);
    }
  }
}
