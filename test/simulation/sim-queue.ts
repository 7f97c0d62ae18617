import type { Handoff } from '../../src/domain/delivery.ts';
import type { Queue, Receive } from '../../src/queue/queue.ts';

export interface QueueTurn {
  readonly fate: 'carried' | 'lost' | 'repeated';
  readonly takesMs: number;
  /** How long until a repeated one comes again. */
  readonly againMs: number;
}

export interface SimQueue extends Queue {
  /** Another process sent this. */
  arrive(handoff: Handoff): void;
}

export interface SimQueueOptions {
  /** That of the process itself. */
  readonly queue: Queue;
  readonly nextPush: () => QueueTurn;
  /** Brings a hand-off to the process of this number, if it runs then; null: there is no broker. */
  readonly carry: ((owner: number, handoff: Handoff, afterMs: number) => void) | null;
}

/** A queue whose broker is slow, loses hand-offs and repeats others. */
export function createSimQueue({ queue, nextPush, carry }: SimQueueOptions): SimQueue {
  let receive: Receive | null = null;

  return {
    ...queue,
    arrive: (handoff) => receive?.([handoff], 'elsewhere'),
    reaches: () => carry !== null,

    send(owner, handoffs) {
      for (const handoff of handoffs) {
        const { fate, takesMs, againMs } = nextPush();
        if (fate !== 'lost') carry?.(owner, handoff, takesMs);
        if (fate === 'repeated') carry?.(owner, handoff, takesMs + againMs);
      }
    },

    consume(capacity, given) {
      receive = given;
      const consumer = queue.consume(capacity, given);
      return {
        async stop() {
          receive = null;
          await consumer.stop();
        },
      };
    },
  };
}
