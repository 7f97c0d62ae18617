import type { Logger } from 'pino';
import type { AsyncMessage, Channel } from 'rabbitmq-client';
import type { Random } from '../../domain/clock.ts';
import type { Handoff } from '../../domain/delivery.ts';
import { readHandoffs } from './handoff-message.ts';
import { openLink } from './link.ts';
import type { QuorumQueue } from './quorum-queue.ts';

export interface SubscriptionOptions {
  readonly url: string;
  readonly queue: QuorumQueue;
  /** How many messages may be unacknowledged. */
  readonly prefetch: number;
  readonly random: Random;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly received: (handoffs: readonly Handoff[]) => void;
}

export interface Subscription {
  /** Does nothing for hand-offs that are not held. */
  ack(handoff: Handoff): void;
  /** Stops receiving and removes the queue, so that senders learn of it. */
  stop(): Promise<void>;
}

/** One message of the broker, acknowledged when all of its hand-offs are. */
interface Held {
  readonly channel: Channel;
  readonly deliveryTag: number;
  count: number;
}

/** Receives hand-offs from the queue of this process. */
export function createSubscription(options: SubscriptionOptions): Subscription {
  const { url, queue, prefetch, random, log, received } = options;
  const held = new Map<Handoff, Held>();
  let channel: Channel | undefined;
  let stopped: Promise<void> | undefined;

  const link = openLink({
    url,
    name: queue.name,
    log,
    random,
    queue,
    async open(opened, renew) {
      await opened.basicQos({ prefetchCount: prefetch });
      // The queue was deleted: a new channel declares it again.
      opened.once('basic.cancel', renew);
      channel = opened;
      await opened.basicConsume({ queue: queue.name }, (message) => {
        if (opened.active && stopped === undefined) take(message, opened);
      });
    },
    closed() {
      // The broker delivers them again, and the storage then shows that they are claimed.
      held.clear();
      channel = undefined;
    },
  });

  return {
    ack(handoff) {
      const message = held.get(handoff);
      if (message === undefined) return;
      held.delete(handoff);
      if (--message.count > 0 || !message.channel.active) return;
      message.channel.basicAck({ deliveryTag: message.deliveryTag });
    },

    stop: () => (stopped ??= stop()),
  };

  async function stop(): Promise<void> {
    held.clear();
    // If the connection breaks at this moment, the queue expires by itself after a minute.
    if (channel?.active) await channel.queueDelete({ queue: queue.name }).catch(() => {});
    await link.stop();
  }

  function take({ body, deliveryTag }: AsyncMessage, from: Channel): void {
    const handoffs = readHandoffs(body);
    if (handoffs === undefined) {
      log.warn({ queue: queue.name, deliveryTag }, 'dropped a malformed hand-off');
      from.basicNack({ deliveryTag, requeue: false });
      return;
    }
    const message = { channel: from, deliveryTag, count: handoffs.length };
    for (const handoff of handoffs) held.set(handoff, message);
    received(handoffs);
  }
}
