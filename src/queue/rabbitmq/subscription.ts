import type { Logger } from 'pino';
import type { AsyncMessage, Channel } from 'rabbitmq-client';
import type { Random } from '../../domain/clock.ts';
import type { Handoff } from '../../domain/delivery.ts';
import { readHandoff } from './handoff-message.ts';
import { openLink } from './link.ts';
import type { Topology } from './topology.ts';

export interface SubscriptionOptions {
  readonly url: string;
  readonly topology: Topology;
  readonly prefetch: number;
  readonly random: Random;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly received: (handoff: Handoff, redelivered: boolean) => void;
  /** What `holds` says yes to is about to be redelivered, to somebody. */
  readonly losing: (holds: (handoff: Handoff) => boolean) => void;
}

export interface Subscription {
  /** Whether it owes the broker an acknowledgement of the hand-off. */
  holds(handoff: Handoff): boolean;
  /** Does nothing for what it does not hold. */
  ack(handoff: Handoff): void;
  /** The broker delivers the hand-off again, here or elsewhere. */
  giveBack(handoff: Handoff): void;
  /** No hand-off is received any more; those received can still be acknowledged. */
  cancel(): Promise<void>;
  stop(): Promise<void>;
}

/** Receives hand-offs from the broker and keeps what it takes to acknowledge them. */
export function createSubscription(options: SubscriptionOptions): Subscription {
  const { url, topology, prefetch, random, log, received, losing } = options;
  const deliveryTags = new Map<Handoff, number>();
  let channel: Channel | undefined;
  let consumerTag: string | undefined;
  let cancelled = false;

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
      if (cancelled) return;
      const consuming = await opened.basicConsume({ queue: topology.queue }, (message) => {
        if (opened.active) take(message, opened);
      });
      consumerTag = consuming.consumerTag;
    },
    closed() {
      losing(holds);
      deliveryTags.clear();
      channel = undefined;
      consumerTag = undefined;
    },
  });

  return {
    holds,

    ack(handoff) {
      const deliveryTag = deliveryTags.get(handoff);
      if (deliveryTag === undefined) return;
      deliveryTags.delete(handoff);
      if (channel?.active) channel.basicAck({ deliveryTag });
    },

    giveBack(handoff) {
      const deliveryTag = deliveryTags.get(handoff);
      if (deliveryTag === undefined) return;
      deliveryTags.delete(handoff);
      if (channel?.active) channel.basicNack({ deliveryTag, requeue: true });
    },

    async cancel() {
      cancelled = true;
      if (!channel?.active || consumerTag === undefined) return;
      // Fails when the connection breaks just then, which ends the consumer as well.
      await channel.basicCancel(consumerTag).catch(() => {});
    },

    stop: () => link.stop(),
  };

  function holds(handoff: Handoff): boolean {
    return deliveryTags.has(handoff);
  }

  function take({ body, deliveryTag, redelivered }: AsyncMessage, from: Channel): void {
    const handoff = readHandoff(body);
    if (handoff && !cancelled) {
      deliveryTags.set(handoff, deliveryTag);
      received(handoff, redelivered);
    } else {
      if (!handoff) log.warn({ queue: topology.queue, deliveryTag }, 'dropped what is no hand-off');
      from.basicNack({ deliveryTag, requeue: handoff !== undefined });
    }
  }
}
