import type { Channel } from 'rabbitmq-client';

export interface Topology {
  readonly queue: string;
  /** Declares the queue unless it exists. */
  declare(channel: Channel): Promise<void>;
}

/**
 * The durable quorum queue of one process, behind the default exchange. It refuses what is above its
 * bound, and goes when nobody has consumed from it for a minute: its process is gone, or has another
 * number by now, and whoever owns the lanes has found the deliveries in the storage.
 */
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
                  'x-expires': 60_000,
                  'x-max-length-bytes': maxBytes,
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
