import type { Handoff } from '../../src/domain/delivery.ts';
import type { Queue, Receive } from '../../src/queue/queue.ts';

export interface QueueTurn {
  readonly fate: 'carried' | 'lost' | 'repeated';
  readonly takesMs: number;
  /** The time until a repeated hand-off arrives again. */
  readonly againMs: number;
}

export interface SimQueue extends Queue {
  /** Receives a hand-off that another process sent. */
  arrive(handoff: Handoff): void;
}

export interface SimQueueOptions {
  /** The real queue of the process. */
  readonly queue: Queue;
  readonly nextPush: () => QueueTurn;
  /** Carries a hand-off to the process with this number, if it is running on arrival; null: there is no broker. */
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
