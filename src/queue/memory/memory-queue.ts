import type { Handoff } from '../../domain/delivery.ts';
import { Outlet } from '../outlet.ts';
import type { Queue } from '../queue.ts';

export interface MemoryQueueOptions {
  /** Hand-offs held at most, from `reserve` until `ack`. */
  readonly maxCount?: number;
  /** Their payloads at most: the sum of the strings' lengths. */
  readonly maxBytes?: number;
}

/** The queue of an installation with one process. Hands over within the call that pushes. */
export function createMemoryQueue({
  maxCount = 16_384,
  maxBytes = 32 * 1024 * 1024,
}: MemoryQueueOptions = {}): Queue {
  const outlet = new Outlet();
  let heldCount = 0;
  let heldBytes = 0;
  let stopped = false;

  function release(count: number, bytes: number): void {
    heldCount -= count;
    heldBytes -= bytes;
  }

  return {
    async start() {},

    async stop() {
      stopped = true;
      outlet.remove(() => true);
    },

    reserve(count, bytes) {
      if (stopped || heldCount + count > maxCount || heldBytes + bytes > maxBytes) return false;
      heldCount += count;
      heldBytes += bytes;
      return true;
    },

    unreserve: release,

    room() {
      return stopped || heldBytes >= maxBytes ? 0 : maxCount - heldCount;
    },

    push(handoffs) {
      if (!stopped) outlet.push(handoffs, false);
    },

    consume(prefetch, receive) {
      return outlet.consume(prefetch, receive);
    },

    ack(handoffs) {
      release(handoffs.length, payloadBytes(handoffs));
      outlet.ack(handoffs.length);
    },
  };
}

function payloadBytes(handoffs: readonly Handoff[]): number {
  let bytes = 0;
  for (const handoff of handoffs) bytes += handoff.payload.length;
  return bytes;
}
