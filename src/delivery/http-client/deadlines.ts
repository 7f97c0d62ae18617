import type { Clock } from '../../domain/clock.ts';
import { type Linked, LinkedList } from '../linked-list.ts';

interface Expiring {
  /** By the monotonic clock. */
  readonly deadlineAtMs: number;
  expire(): void;
}

/**
 * Expires items in flight, with one timer for all of them. The timer is set to the earliest
 * deadline known at that moment, so with deadlines of one length it fires about once per deadline,
 * not once per item.
 */
export class Deadlines<T extends Expiring & Linked<T>> {
  readonly #items = new LinkedList<T>();
  readonly #clock: Clock;
  #firesAtMs = Infinity;
  #cancel: (() => void) | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get items(): readonly T[] {
    return this.#items.toArray();
  }

  add(item: T): void {
    this.#items.add(item);
    if (item.deadlineAtMs < this.#firesAtMs) this.#arm(item.deadlineAtMs);
  }

  delete(item: T): void {
    this.#items.delete(item);
  }

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
    for (const item of this.items) {
      if (item.deadlineAtMs <= nowMs) item.expire();
      else nextAtMs = Math.min(nextAtMs, item.deadlineAtMs);
    }
    // Expiring an item may have started another one, which has set the timer to an earlier deadline.
    if (nextAtMs < this.#firesAtMs) this.#arm(Math.max(nextAtMs, nowMs + 1));
  }
}
