import type { Channel } from 'rabbitmq-client';

/** A durable quorum queue behind the default exchange. */
export interface QuorumQueue {
  readonly name: string;
  /** What the broker is told of this queue besides its kind: bounds, and when it goes. */
  readonly arguments?: Readonly<Record<string, string | number>>;
}

export interface Declaration {
  /** Declares the queue unless it exists. Rejects, and the channel is closed, when that is not possible. */
  declare(channel: Channel): Promise<void>;
}

/** A queue that exists is used as it is, whatever its arguments. */
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
                  // RabbitMQ 4 drops a message after 20 deliveries unless told otherwise, and each
                  // connection that is lost is one. -1, its word for never, is refused by RabbitMQ 3.
                  'x-delivery-limit': 1_000_000,
                  ...own,
                },
              },
        );
      } catch (error) {
        // It exists with other arguments, of an older version or of an operator, or this user may not
        // declare: the next channel takes it as it is. If there is none, the one after tries again.
        asItIs = AS_IT_IS.has((error as { code?: unknown }).code);
        throw error;
      }
    },
  };
}

const AS_IT_IS: ReadonlySet<unknown> = new Set(['PRECONDITION_FAILED', 'ACCESS_REFUSED']);
