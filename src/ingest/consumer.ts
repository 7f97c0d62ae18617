import type { AsyncMessage, Channel } from 'rabbitmq-client';
import { Acknowledgements } from './acknowledgements.ts';
import { keepBytes } from './keep-bytes.ts';
import type { OpenLink } from './open-link.ts';

/** A message, and how to acknowledge it. */
export interface Delivery {
  readonly message: AsyncMessage & { readonly body: Buffer };
  /** False: the channel is closed, and the broker delivers the message again. */
  readonly held: boolean;
  /** Acknowledges the message; does nothing unless `held`. */
  ack(): void;
}

export interface Consumer {
  /** Stops receiving; received messages can still be acknowledged. */
  cancel(): Promise<void>;
  /** Closes the channel; unacknowledged messages go back into the queue. */
  stop(): Promise<void>;
}

export interface ConsumerOptions {
  readonly queue: string;
  readonly prefetch: number;
  readonly openLink: OpenLink;
  readonly received: (delivery: Delivery) => void;
  /** Called when the channel closed: unacknowledged messages are no longer held. */
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
    // Both cases are faults of the client library. Continuing would change a payload or lose a message, so open a
    // new channel, on which the broker delivers all unacknowledged messages again.
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
      // An error means that the connection broke, which ends the consumer, too.
      await channel.basicCancel(consumerTag).catch(() => {});
    },
    async stop() {
      acknowledgements?.flush();
      await link.stop();
    },
  };
}
