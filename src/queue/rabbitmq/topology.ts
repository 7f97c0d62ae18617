import type { Channel } from 'rabbitmq-client';

export interface Topology {
  readonly queue: string;
  /** Declares the queue unless it exists. */
  declare(channel: Channel): Promise<void>;
}

/** One durable quorum queue that refuses what is above its bound, behind the default exchange. */
export function createTopology(queue: string, maxCount: number, maxBytes: number): Topology {
  let asItIs = false;
  return {
    queue,
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
                  'x-overflow': 'reject-publish',
                  'x-max-length': maxCount,
                  // The JSON text of a hand-off is longer than its payload: escapes, and other members.
                  'x-max-length-bytes': 2 * maxBytes + 1_024 * maxCount,
                  // RabbitMQ 4 drops a message after 20 deliveries unless told otherwise; -1, its
                  // word for never, is refused by RabbitMQ 3.
                  'x-delivery-limit': 1_000_000,
                },
              },
        );
      } catch (error) {
        // It exists with other settings, of an older version or of an operator: the next channel
        // takes it as it is. If it was deleted meanwhile, the one after declares it.
        asItIs = (error as { code?: unknown }).code === 'PRECONDITION_FAILED';
        throw error;
      }
    },
  };
}
