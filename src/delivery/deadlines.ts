import type { Clock } from '../domain/clock.ts';
import { type Linked, LinkedList } from './linked-list.ts';

interface WithDeadline {
  /** By the monotonic clock. */
  readonly deadlineAtMs: number;
}

/**
 * A list of items in flight, with one timer for the deadlines of all. The timer is set to the earliest
 * deadline known at that moment, so with deadlines of one length it fires about once per deadline, not
 * once per item.
 */
export class Deadlines<T extends WithDeadline & Linked<T>> extends LinkedList<T> {
  readonly #clock: Clock;
  readonly #onPassed: (item: T) => void;
  #firesAtMs = Infinity;
  #cancel: (() => void) | null = null;

  /** `onPassed` is called with each item whose deadline has passed, and must delete it. */
  constructor(clock: Clock, onPassed: (item: T) => void) {
    super();
    this.#clock = clock;
    this.#onPassed = onPassed;
  }

  override add(item: T): void {
    super.add(item);
    if (item.deadlineAtMs < this.#firesAtMs) this.#arm(item.deadlineAtMs);
  }

  /** Cancels the timer. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#firesAtMs = Infinity;
  }

  #arm(atMs: number): void {
    this.#cancel?.();
    this.#firesAtMs = atMs;
    this.#cancel = this.#clock.after(atMs - this.#clock.monotonicMs(), () => this.#fire());
  }

  #fire(): void {
    this.stop();
    const nowMs = this.#clock.monotonicMs();
    let nextAtMs = Infinity;
    for (const item of this.toArray()) {
      if (item.deadlineAtMs <= nowMs) this.#onPassed(item);
      else nextAtMs = Math.min(nextAtMs, item.deadlineAtMs);
    }
    // `onPassed` may have added an item, which has set the timer to an earlier deadline.
    if (nextAtMs < this.#firesAtMs) this.#arm(Math.max(nextAtMs, nowMs + 1));
  }
}
