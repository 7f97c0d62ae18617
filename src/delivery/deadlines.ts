import type { Clock } from '../domain/clock.ts';
import { type Linked, LinkedList } from '../domain/linked-list.ts';

interface Expiring {
  readonly deadlineAt: number;
  expire(): void;
}

/**
 * Expires what is in flight, with one timer for all: it is set to the earliest deadline known when
 * it was set, so that with deadlines of one length it fires about once per deadline, not per item.
 */
export class Deadlines<T extends Expiring & Linked<T>> {
  readonly #items = new LinkedList<T>();
  readonly #clock: Clock;
  #firesAt = Infinity;
  #cancel: (() => void) | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get items(): readonly T[] {
    return this.#items.toArray();
  }

  add(item: T): void {
    this.#items.add(item);
    if (item.deadlineAt < this.#firesAt) this.#arm(item.deadlineAt);
  }

  delete(item: T): void {
    this.#items.delete(item);
  }

  #arm(at: number): void {
    this.#cancel?.();
    this.#firesAt = at;
    this.#cancel = this.#clock.after(at - this.#clock.now(), () => this.#fire());
  }

  #disarm(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#firesAt = Infinity;
  }

  stop(): void {
    this.#disarm();
  }

  #fire(): void {
    this.#disarm();
    const now = this.#clock.now();
    let next = Infinity;
    for (const item of this.items) {
      if (item.deadlineAt <= now) item.expire();
      else next = Math.min(next, item.deadlineAt);
    }
    // What expired may have made room for others, whose deadlines may be earlier.
    if (next < this.#firesAt) this.#arm(Math.max(next, now + 1));
  }
}
