import type { AsyncMessage, Channel } from 'rabbitmq-client';
import { Acknowledgements } from './acknowledgements.ts';
import { keepBytes } from './keep-bytes.ts';
import type { OpenLink } from './open-link.ts';

/** A message, and how to acknowledge it. */
export interface Delivery {
  readonly message: AsyncMessage & { readonly body: Buffer };
  /** False: its channel is gone, and the broker delivers the message again. */
  readonly held: boolean;
  /** Does nothing unless it is held. */
  ack(): void;
}

export interface Consumer {
  /** Receives no more; what was received can still be acknowledged. */
  cancel(): Promise<void>;
  /** Closes; what was not acknowledged goes back into the queue. */
  stop(): Promise<void>;
}

export interface ConsumerOptions {
  readonly queue: string;
  readonly prefetch: number;
  readonly openLink: OpenLink;
  readonly received: (delivery: Delivery) => void;
  /** What was received and not acknowledged is held no more. */
  readonly closed: () => void;
}

/** Receives the messages of the queue, with manual acknowledgement. */
export function createConsumer(options: ConsumerOptions): Consumer {
  const { queue, prefetch, openLink, received, closed } = options;
  let channel: Channel | undefined;
  let acknowledgements: Acknowledgements | undefined;
  let consumerTag: string | undefined;
  let cancelled = false;

  const link = openLink({
    name: `${queue} consumer`,
    queue: { name: queue },
    async open(opened, renew) {
      keepBytes(opened);
      await opened.basicQos({ prefetchCount: prefetch });
      // The queue was deleted: a new channel declares it again.
      opened.once('basic.cancel', renew);
      channel = opened;
      if (cancelled) return;
      const own = new Acknowledgements(opened);
      acknowledgements = own;
      const consuming = await opened.basicConsume({ queue }, (message) =>
        take(message, opened, own, renew),
      );
      consumerTag = consuming.consumerTag;
    },
    closed() {
      channel = undefined;
      consumerTag = undefined;
      closed();
    },
  });

  function take(
    message: AsyncMessage,
    from: Channel,
    own: Acknowledgements,
    renew: () => void,
  ): void {
    if (cancelled || !from.active) return;
    const body: unknown = message.body;
    // Both would be faults of the client. To go on would change a payload, or lose a message; on a
    // new channel the broker delivers all messages that are not acknowledged again.
    const giveUp = (reason: string): void => {
      from.emit('error', new Error(reason));
      renew();
    };
    if (!Buffer.isBuffer(body)) return giveUp('the client gave a parsed body, not bytes');
    if (!own.delivered(message.deliveryTag)) return giveUp('the client left out a message');
    received({
      message: { ...message, body },
      get held() {
        return from.active;
      },
      ack() {
        own.add(message.deliveryTag);
      },
    });
  }

  return {
    async cancel() {
      cancelled = true;
      if (!channel?.active || consumerTag === undefined) return;
      // Fails when the connection breaks at this moment, which ends the consumer as well.
      await channel.basicCancel(consumerTag).catch(() => {});
    },
    async stop() {
      acknowledgements?.flush();
      await link.stop();
    },
  };
}
