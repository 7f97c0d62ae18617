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
  /** A hand-off that this process does not hold yet. The source is undefined when it is not given. */
  readonly received: (handoff: Handoff, source: Source | undefined, redelivered: boolean) => void;
}

/** The process that published a hand-off, and the hand-off's number among those of that process. */
export interface Source {
  readonly sender: string;
  readonly sequence: number;
}

export interface Subscription {
  /** Does nothing for hand-offs that are not held. */
  ack(handoff: Handoff): void;
  /** Receives no more hand-offs; those received can still be acknowledged. */
  cancel(): Promise<void>;
  stop(): Promise<void>;
}

/** The data needed to acknowledge a hand-off. */
interface Held {
  /** Undefined: the publisher did not give it. */
  readonly key: string | undefined;
  /** Undefined: the channel that delivered it is gone. */
  deliveryTag: number | undefined;
}

/** Receives hand-offs from the broker and keeps the data needed to acknowledge them. */
export function createSubscription(options: SubscriptionOptions): Subscription {
  const { url, topology, prefetch, random, log, received } = options;
  const held = new Map<Handoff, Held>();
  const heldByKey = new Map<string, Held>();
  let channel: Channel | undefined;
  let consumerTag: string | undefined;
  let cancelled = false;

  const link = openLink({
    url,
    name: `${topology.queue} consumer`,
    log,
    random,
    async open(opened, renew) {
      await topology.declare(opened);
      await opened.basicQos({ prefetchCount: prefetch });
      // The queue was deleted: a new channel declares it again.
      opened.once('basic.cancel', renew);
      channel = opened;
      if (cancelled) return;
      const consuming = await opened.basicConsume({ queue: topology.queue }, (message) => {
        if (opened.active) take(message, opened);
      });
      consumerTag = consuming.consumerTag;
    },
    closed() {
      for (const one of held.values()) one.deliveryTag = undefined;
      channel = undefined;
      consumerTag = undefined;
    },
  });

  return {
    ack(handoff) {
      const one = held.get(handoff);
      if (!one) return;
      held.delete(handoff);
      if (one.key !== undefined) heldByKey.delete(one.key);
      if (one.deliveryTag !== undefined && channel?.active)
        channel.basicAck({ deliveryTag: one.deliveryTag });
    },

    async cancel() {
      cancelled = true;
      if (!channel?.active || consumerTag === undefined) return;
      // Fails when the connection breaks at this moment, which ends the consumer as well.
      await channel.basicCancel(consumerTag).catch(() => {});
    },

    stop: () => link.stop(),
  };

  function take(message: AsyncMessage, from: Channel): void {
    const { body, deliveryTag, redelivered, headers } = message;
    const handoff = readHandoff(body);
    if (!handoff || cancelled) {
      if (!handoff)
        log.warn({ queue: topology.queue, deliveryTag }, 'dropped a malformed hand-off');
      from.basicNack({ deliveryTag, requeue: handoff !== undefined });
      return;
    }
    const source = readSource(headers);
    const key = source && `${source.sender} ${source.sequence}`;
    const known = key === undefined ? undefined : heldByKey.get(key);
    if (known) {
      // The connection was lost while the hand-off was held: acknowledge its new delivery instead.
      known.deliveryTag = deliveryTag;
      return;
    }
    const one = { key, deliveryTag };
    held.set(handoff, one);
    if (key !== undefined) heldByKey.set(key, one);
    received(handoff, source, redelivered);
  }
}

function readSource(headers: AsyncMessage['headers']): Source | undefined {
  const sender: unknown = headers?.['sender'];
  const sequence: unknown = headers?.['sequence'];
  if (typeof sender !== 'string' || typeof sequence !== 'number') return undefined;
  return { sender, sequence };
}
