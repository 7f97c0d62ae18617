import type { Handoff } from '../../src/domain/delivery.ts';
import type { Queue, Receive } from '../../src/queue/queue.ts';

export interface QueueTurn {
  readonly fate: 'carried' | 'lost' | 'repeated';
  /** How long until a repeated one comes again. */
  readonly againMs: number;
}

export interface SimQueue extends Queue {
  /** What a broker would deliver again to the next process. */
  unacknowledged(): Handoff[];
}

export interface SimQueueOptions {
  readonly queue: Queue;
  readonly nextPush: () => QueueTurn;
  readonly after: (delayMs: number, run: () => void) => void;
  /** Unacknowledged hand-offs of the process before. */
  readonly leftOver: readonly Handoff[];
}

/** A queue that loses hand-offs and repeats others, as a broker does. */
export function createSimQueue(options: SimQueueOptions): SimQueue {
  const { queue, nextPush, after, leftOver } = options;
  const unacknowledged = new Set<Handoff>();
  let deliver: Receive | null = null;

  function deliverAgain(handoff: Handoff): void {
    deliver?.([handoff], 'elsewhere');
  }

  return {
    ...queue,
    repeats: true,
    unacknowledged: () => [...unacknowledged],

    push(handoffs) {
      const carried: Handoff[] = [];
      for (const handoff of handoffs) {
        const { fate, againMs } = nextPush();
        if (fate === 'lost') continue;
        carried.push(handoff);
        unacknowledged.add(handoff);
        if (fate !== 'repeated') continue;
        after(againMs, () => deliverAgain(handoff));
      }
      queue.push(carried);
    },

    consume(capacity, receive) {
      deliver = receive;
      const consumer = queue.consume(capacity, receive);
      for (const handoff of leftOver) after(0, () => deliverAgain(handoff));
      return {
        async stop() {
          deliver = null;
          await consumer.stop();
        },
      };
    },

    ack(handoffs) {
      for (const handoff of handoffs) unacknowledged.delete(handoff);
      queue.ack(handoffs);
    },
  };
}
