import type { Channel } from 'rabbitmq-client';

/**
 * Acknowledges the messages of a channel. One commit accepts many messages; they are acknowledged with
 * one frame where they follow each other, and each by itself where one before them is not done yet.
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
   * False: a message before it did not get here, although the broker has delivered it. To go on would
   * acknowledge that one, too.
   */
  delivered(deliveryTag: number): boolean {
    if (deliveryTag !== this.#lastDelivered + 1) return false;
    this.#lastDelivered = deliveryTag;
    this.#outstanding.add(deliveryTag);
    return true;
  }

  /** Takes part in the next `flush`, which comes once all that the same commit accepted are done. */
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
