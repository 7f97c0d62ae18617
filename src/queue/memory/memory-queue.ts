import { Load, payloadBytes } from '../load.ts';
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
  const held = new Load();
  let stopped = false;

  return {
    async start() {},

    async stop() {
      stopped = true;
      outlet.remove(() => true);
    },

    reserve(count, bytes) {
      if (stopped || held.count + count > maxCount || held.bytes + bytes > maxBytes) return false;
      held.add(count, bytes);
      return true;
    },

    unreserve(count, bytes) {
      held.remove(count, bytes);
    },

    room() {
      return stopped || held.bytes >= maxBytes ? 0 : maxCount - held.count;
    },

    push(handoffs) {
      if (!stopped) outlet.push(handoffs, false);
    },

    consume(prefetch, receive) {
      return outlet.consume(prefetch, receive);
    },

    ack(handoffs) {
      held.remove(handoffs.length, payloadBytes(handoffs));
      outlet.ack(handoffs.length);
    },
  };
}
