import type { Handoff } from '../../domain/delivery.ts';

/**
 * Hands committed deliveries over after all publishers of the same commit have their answers. A commit
 * resolves many publishes at once, and starting attempts is the expensive part: each request is signed and
 * written to its connection. If each publisher handed over its own deliveries, a publish to 50 endpoints
 * would start 50 requests before its 202 is written.
 *
 * The promises of publishers resolve in microtasks; `nextTick` runs after all of these, and before any I/O.
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
