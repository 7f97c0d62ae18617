import { setTimeout as pause } from 'node:timers/promises';
import type { QueuedEvent } from './call-event.ts';
import { type CallsQueue, RETRY_MS } from './calls-queue.ts';

/** The queue without a broker: an event goes straight to the notifier, which makes it durable. */
export function createLocalQueue(onError: (message: string, error: unknown) => void): CallsQueue {
  const stopped = new AbortController();
  const underway = new Set<Promise<void>>();
  let take: ((event: QueuedEvent) => Promise<void>) | undefined;

  async function handOver(event: QueuedEvent): Promise<void> {
    for (;;) {
      stopped.signal.throwIfAborted();
      if (take === undefined) throw new Error('the calls queue has not been started');
      try {
        return await take(event);
      } catch (error) {
        onError('an event could not be accepted, trying again', error);
        await pause(RETRY_MS, undefined, { signal: stopped.signal });
      }
    }
  }

  return {
    put(event) {
      const result = handOver(event);
      const settled = result.catch(() => undefined).finally(() => underway.delete(settled));
      underway.add(settled);
      return result;
    },
    start(handler) {
      take ??= handler;
    },
    async stop() {
      stopped.abort();
      await Promise.all(underway);
    },
  };
}
