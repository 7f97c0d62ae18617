import type { Channel } from 'rabbitmq-client';

/**
 * Acknowledges the messages of a channel. One commit accepts many messages. Consecutive messages are acknowledged
 * with one frame; after a message that is not done yet, each is acknowledged separately.
 */
export class Acknowledgements {
  readonly #channel: Pick<Channel, 'active' | 'basicAck'>;
  /** In the order of delivery. */
  readonly #outstanding = new Set<number>();
  readonly #done = new Set<number>();
  /** The broker counts the messages of a channel from 1. */
  #lastDelivered = 0;

  constructor(channel: Pick<Channel, 'active' | 'basicAck'>) {
    this.#channel = channel;
  }

  /**
   * False: an earlier message that the broker has delivered did not arrive here. Then stop, because a later
   * acknowledgement would include that message.
   */
  delivered(deliveryTag: number): boolean {
    if (deliveryTag !== this.#lastDelivered + 1) return false;
    this.#lastDelivered = deliveryTag;
    this.#outstanding.add(deliveryTag);
    return true;
  }

  /** Adds the message to the next `flush`, which follows when all messages of the same commit are done. */
  add(deliveryTag: number): void {
    if (this.#done.size === 0) process.nextTick(() => this.flush());
    this.#done.add(deliveryTag);
  }

  flush(): void {
    if (this.#channel.active) this.#acknowledge();
    this.#done.clear();
  }

  #acknowledge(): void {
    let last: number | undefined;
    for (const tag of this.#outstanding) {
      if (!this.#done.delete(tag)) break;
      this.#outstanding.delete(tag);
      last = tag;
    }
    if (last !== undefined) this.#channel.basicAck({ deliveryTag: last, multiple: true });
    for (const tag of this.#done) {
      this.#outstanding.delete(tag);
      this.#channel.basicAck({ deliveryTag: tag });
    }
  }
}
