import type { Logger } from 'pino';
import type { AsyncMessage, Channel } from 'rabbitmq-client';
import type { Clock, Random } from '../../domain/clock.ts';
import type { Handoff } from '../../domain/delivery.ts';
import { readHandoff } from './handoff-message.ts';
import { openLink } from './link.ts';
import { CONFIRM_DEADLINE_MS } from './publisher.ts';
import type { Topology } from './topology.ts';

export interface SubscriptionOptions {
  readonly url: string;
  readonly topology: Topology;
  readonly prefetch: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly received: (handoff: Handoff, redelivered: boolean) => void;
  /** The hand-offs of which it says yes are about to be redelivered, to somebody. */
  readonly losing: (isLost: (handoff: Handoff) => boolean) => void;
}

export interface Subscription {
  /** Does nothing for what it does not hold. */
  ack(handoff: Handoff): void;
  /** No hand-off is received any more; those received can still be acknowledged. */
  cancel(): Promise<void>;
  stop(): Promise<void>;
}

/** Receives hand-offs from the broker and keeps what it takes to acknowledge them. */
export function createSubscription(options: SubscriptionOptions): Subscription {
  const { url, topology, prefetch, clock, random, log, received, losing } = options;
  const deliveryTags = new Map<Handoff, number>();
  let channel: Channel | undefined;
  let consumerTag: string | undefined;
  let cancelled = false;
  let openedAt = 0;

  const link = openLink({
    url,
    name: `${topology.queue} consumer`,
    log,
    random,
    async open(opened) {
      await topology.declare(opened);
      await opened.basicQos({ prefetchCount: prefetch });
      // The queue was deleted: a new channel declares it again.
      opened.once('basic.cancel', () => void opened.close());
      channel = opened;
      openedAt = clock.now();
      if (cancelled) return;
      const consuming = await opened.basicConsume({ queue: topology.queue }, (message) => {
        if (opened.active) take(message, opened);
      });
      consumerTag = consuming.consumerTag;
    },
    closed() {
      losing((handoff) => deliveryTags.has(handoff));
      deliveryTags.clear();
      channel = undefined;
      consumerTag = undefined;
    },
  });

  return {
    ack(handoff) {
      const deliveryTag = deliveryTags.get(handoff);
      if (deliveryTag === undefined) return;
      deliveryTags.delete(handoff);
      if (channel?.active) channel.basicAck({ deliveryTag });
    },

    async cancel() {
      cancelled = true;
      if (!channel?.active || consumerTag === undefined) return;
      // Fails when the connection breaks just then, which ends the consumer as well.
      await channel.basicCancel(consumerTag).catch(() => {});
    },

    stop: () => link.stop(),
  };

  function take(message: AsyncMessage, from: Channel): void {
    const { body, deliveryTag, redelivered, headers } = message;
    const handoff = readHandoff(body);
    // Its publisher may have lost the broker, or given up on it, and handed it over elsewhere.
    const old =
      Number(headers?.['sentAt'] ?? 0) < Math.max(openedAt, clock.now() - CONFIRM_DEADLINE_MS);
    if (handoff && !cancelled) {
      deliveryTags.set(handoff, deliveryTag);
      received(handoff, redelivered || old);
    } else {
      if (!handoff) log.warn({ queue: topology.queue, deliveryTag }, 'dropped what is no hand-off');
      from.basicNack({ deliveryTag, requeue: handoff !== undefined });
    }
  }
}
