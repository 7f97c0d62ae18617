import type { Channel } from 'rabbitmq-client';

/** A durable quorum queue behind the default exchange. */
export interface QuorumQueue {
  readonly name: string;
  /** Arguments of the declaration besides the kind: bounds and expiry. */
  readonly arguments?: Readonly<Record<string, string | number>>;
}

export interface Declaration {
  /** Declares the queue unless it exists. If that fails, rejects, and the broker closes the channel. */
  declare(channel: Channel): Promise<void>;
}

/** An existing queue is used unchanged, whatever its arguments. */
export function createDeclaration({ name: queue, arguments: own }: QuorumQueue): Declaration {
  let asItIs = false;
  return {
    async declare(channel) {
      try {
        await channel.queueDeclare(
          asItIs
            ? { queue, passive: true }
            : {
                queue,
                durable: true,
                arguments: {
                  'x-queue-type': 'quorum',
                  // RabbitMQ 4 by default drops a message after 20 deliveries, and each lost connection counts
                  // as one. -1 for "never" is refused by RabbitMQ 3.
                  'x-delivery-limit': 1_000_000,
                  ...own,
                },
              },
        );
      } catch (error) {
        // The queue exists with other arguments (of an older version or an operator), or this user may not declare
        // queues: the next channel uses it unchanged. If there is none, the channel after that declares again.
        asItIs = AS_IT_IS.has((error as { code?: unknown }).code);
        throw error;
      }
    },
  };
}

const AS_IT_IS: ReadonlySet<unknown> = new Set(['PRECONDITION_FAILED', 'ACCESS_REFUSED']);
