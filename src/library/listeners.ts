import { setTimeout } from 'node:timers/promises';
import type { DeliveryEvent } from '../domain/delivery-event.ts';
import { aFunction, checkMembers, oneOf } from '../domain/options.ts';

export type DeliveryListener = (event: DeliveryEvent) => void | Promise<void>;

/** An error thrown by a listener goes to `onError`; it can't affect the delivery. */
export function createListeners(onError: (error: unknown) => void) {
  const listeners = new Map<DeliveryEvent['kind'], Set<DeliveryListener>>();
  const running = new Set<Promise<void>>();

  async function call(listener: DeliveryListener, event: DeliveryEvent): Promise<void> {
    try {
      await listener(event);
    } catch (error) {
      onError(error);
    }
  }

  return {
    add(kind: DeliveryEvent['kind'], listener: DeliveryListener): () => void {
      checkMembers('listener', { kind, listener }, LISTENER);
      const ofKind = listeners.get(kind) ?? new Set();
      listeners.set(kind, ofKind.add(listener));
      return () => void ofKind.delete(listener);
    },
    tell(event: DeliveryEvent): void {
      for (const listener of listeners.get(event.kind) ?? []) {
        const run = call(listener, event);
        running.add(run);
        void run.finally(() => running.delete(run));
      }
    },
    /** Resolves when all calls of listeners have ended, or after `waitMs`. */
    async ended(waitMs: number): Promise<void> {
      const late = new AbortController();
      const waited = setTimeout(waitMs, undefined, { signal: late.signal }).catch(() => {});
      await Promise.race([Promise.all(running), waited]);
      late.abort();
    },
  };
}

const LISTENER = {
  // Refuse unknown kinds: their listeners would never be called.
  kind: oneOf('delivered', 'failed', 'exhausted', 'disabled'),
  listener: aFunction,
};
