import type { Channel } from 'rabbitmq-client';

export interface Declaration {
  /** Declares the queue unless it exists. Rejects, and the channel is closed, when that is not possible. */
  declare(channel: Channel): Promise<void>;
}

/** A durable quorum queue. One that exists is used as it is, whatever its arguments. */
export function createDeclaration(queue: string): Declaration {
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
                },
              },
        );
      } catch (error) {
        // It exists with other arguments, or this user may not declare: the next channel takes it as
        // it is. If there is none, the one after tries to declare it again.
        asItIs = AS_IT_IS.has((error as { code?: unknown }).code);
        throw error;
      }
    },
  };
}

const AS_IT_IS: ReadonlySet<unknown> = new Set(['PRECONDITION_FAILED', 'ACCESS_REFUSED']);
