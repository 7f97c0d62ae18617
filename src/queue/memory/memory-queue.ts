import type { Handoff } from '../../domain/delivery.ts';
import type { Queue, Receive } from '../queue.ts';

/**
 * The queue without a broker: `push` calls the consumer. Until there is a consumer, the queue keeps the
 * hand-offs. It reaches no other process.
 */
export function createMemoryQueue(): Queue {
  let kept: Handoff[] = [];
  let receive: Receive | undefined;
  let stopped = false;

  return {
    async start() {},

    async stop() {
      stopped = true;
      kept = [];
    },

    push(handoffs) {
      if (stopped || handoffs.length === 0) return;
      if (receive) receive(handoffs, 'here');
      else for (const handoff of handoffs) kept.push(handoff);
    },

    consume(_capacity, given) {
      if (receive) throw new Error('The queue has a consumer in this process already.');
      receive = given;
      if (kept.length > 0) {
        const waiting = kept;
        kept = [];
        given(waiting, 'here');
      }
      return {
        async stop() {
          if (receive === given) receive = undefined;
        },
      };
    },

    reaches: () => false,
    send() {},
    ack() {},
  };
}
