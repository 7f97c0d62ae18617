import type { Handoff } from '../../domain/delivery.ts';

/**
 * Hands committed deliveries over once every publisher that the same commit resolved has had its
 * answer. A commit resolves many publishes at once, and starting attempts is the expensive part:
 * each one is signed and written to its connection. Done in the publisher's own continuation, a
 * publish to 50 endpoints would wait for 50 requests before its 202 is written.
 *
 * Publishers continue in microtasks; `nextTick` runs after all of these, and before any I/O.
 */
export function createDeferredHandOver(
  handOver: (handoffs: readonly Handoff[]) => void,
): (handoffs: readonly Handoff[]) => void {
  let waiting: Handoff[] = [];

  function flush(): void {
    const handoffs = waiting;
    waiting = [];
    handOver(handoffs);
  }

  return (handoffs) => {
    if (waiting.length === 0) process.nextTick(flush);
    for (const handoff of handoffs) waiting.push(handoff);
  };
}
