import type { Handoff } from '../domain/delivery.ts';
import type { Consumer } from './queue.ts';

type Receive = (handoffs: readonly Handoff[], redelivered: boolean) => void;

interface Batch {
  handoffs: readonly Handoff[];
  offset: number;
  readonly redelivered: boolean;
  next: Batch | undefined;
}

/**
 * The end of a queue inside this process: keeps hand-offs in order until its one consumer takes
 * them, at most `prefetch` unacknowledged at a time. Bounded by whoever pushes.
 */
export class Outlet {
  #first: Batch | undefined;
  #last: Batch | undefined;
  #receive: Receive | undefined;
  #prefetch = 0;
  #unacknowledged = 0;
  #handing = false;

  get consuming(): boolean {
    return this.#receive !== undefined;
  }

  /** Hands over before it returns as far as the prefetch allows; copies only what has to wait. */
  push(handoffs: readonly Handoff[], redelivered: boolean): void {
    if (handoffs.length === 0) return;
    const batch: Batch = { handoffs, offset: 0, redelivered, next: undefined };
    if (this.#last) this.#last.next = batch;
    else this.#first = batch;
    this.#last = batch;
    this.#handOver();
    if (batch.offset < handoffs.length) {
      batch.handoffs = handoffs.slice(batch.offset);
      batch.offset = 0;
    }
  }

  consume(prefetch: number, receive: Receive): Consumer {
    if (this.#receive) throw new Error('The queue has a consumer in this process already.');
    this.#prefetch = prefetch;
    this.#receive = receive;
    this.#handOver();
    return {
      stop: async () => {
        if (this.#receive === receive) this.#receive = undefined;
      },
    };
  }

  ack(count: number): void {
    this.#unacknowledged -= count;
    this.#handOver();
  }

  /** Takes out the waiting hand-offs that match. */
  remove(matches: (handoff: Handoff) => boolean): Handoff[] {
    const removed: Handoff[] = [];
    const kept: Batch[] = [];
    for (let batch = this.#first; batch; batch = batch.next) {
      const waiting = batch.handoffs.slice(batch.offset);
      const staying = waiting.filter((handoff) => !matches(handoff));
      removed.push(...waiting.filter(matches));
      if (staying.length > 0) kept.push({ ...batch, handoffs: staying, offset: 0 });
    }
    kept.forEach((batch, index) => (batch.next = kept[index + 1]));
    this.#first = kept[0];
    this.#last = kept.at(-1);
    return removed;
  }

  #handOver(): void {
    // A receiver may push and acknowledge while it receives: the outer loop goes on with that.
    if (this.#handing) return;
    this.#handing = true;
    try {
      while (this.#receive && this.#first && this.#unacknowledged < this.#prefetch) {
        const { handoffs, offset, redelivered } = this.#first;
        const end = Math.min(handoffs.length, offset + this.#prefetch - this.#unacknowledged);
        this.#first.offset = end;
        this.#unacknowledged += end - offset;
        if (end === handoffs.length) {
          this.#first = this.#first.next;
          if (!this.#first) this.#last = undefined;
        }
        this.#receive(
          end - offset === handoffs.length ? handoffs : handoffs.slice(offset, end),
          redelivered,
        );
      }
    } finally {
      this.#handing = false;
    }
  }
}
