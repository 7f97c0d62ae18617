import type { Logger } from 'pino';
import type { Channel } from 'rabbitmq-client';
import type { Clock, Random } from '../../domain/clock.ts';
import type { Handoff } from '../../domain/delivery.ts';
import { openLink } from './link.ts';
import type { Topology } from './topology.ts';

export interface PublisherOptions {
  readonly url: string;
  readonly topology: Topology;
  /** Names this process in the messages. */
  readonly sender: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  /** Hand-offs can be published. Called at each connection. */
  readonly connected: () => void;
  /**
   * The broker refused the hand-offs, or will never say whether it has them. In the order of
   * `publish`; never after `stop`.
   */
  readonly givenUp: (handoffs: Handoff[]) => void;
}

export interface Publisher {
  /** Whether the broker takes hand-offs now. */
  readonly ready: boolean;
  publish(handoffs: readonly Handoff[]): void;
  /**
   * The broker delivered the hand-off with this number to this process, so it has the hand-off, and
   * the publisher will not give it up. False: the publisher may have given it up before.
   */
  delivered(sequence: number): boolean;
  stop(): Promise<void>;
}

interface Published {
  readonly handoff: Handoff;
  readonly atMs: number;
}

/** How long the broker may take to confirm before its hand-offs are given up. */
const CONFIRM_DEADLINE_MS = 10_000;
const TICK_MS = 1_000;

/** Publishes hand-offs and follows each until the broker has it or it is given up. */
export function createPublisher(options: PublisherOptions): Publisher {
  const { url, topology, sender, clock, random, log, connected, givenUp } = options;
  const unconfirmed = new Map<number, Published>();
  let sequence = 0;
  let givenUpTo = 0;
  let channel: Channel | undefined;
  let silent = false;
  let cancelTick = (): void => {};

  const link = openLink({
    url,
    name: `${topology.queue} publisher`,
    log,
    random,
    async open(opened) {
      await opened.confirmSelect();
      await topology.declare(opened);
      channel = opened;
      silent = false;
      tick();
    },
    opened: connected,
    closed() {
      channel = undefined;
      cancelTick();
      giveUp([...unconfirmed.keys()]);
    },
  });

  return {
    get ready() {
      return link.ready && !silent;
    },

    publish(handoffs) {
      const atMs = clock.monotonicMs();
      for (const handoff of handoffs) {
        unconfirmed.set(++sequence, { handoff, atMs });
        void follow(handoff, sequence);
      }
    },

    delivered(number) {
      unconfirmed.delete(number);
      return number > givenUpTo;
    },

    async stop() {
      unconfirmed.clear();
      cancelTick();
      await link.stop();
    },
  };

  async function follow(handoff: Handoff, number: number): Promise<void> {
    if (!channel) return;
    const headers = { sender, sequence: number };
    try {
      await channel.basicPublish({ routingKey: topology.queue, durable: true, headers }, handoff);
      silent = false;
      unconfirmed.delete(number);
    } catch (error) {
      // Other errors are the channel's, which closes and gives up all unconfirmed hand-offs in order.
      if ((error as { code?: unknown }).code === 'NACK') giveUp([number]);
    }
  }

  function tick(): void {
    cancelTick = clock.after(TICK_MS, () => {
      tick();
      const [oldest] = unconfirmed.values();
      if (oldest && clock.monotonicMs() - oldest.atMs > CONFIRM_DEADLINE_MS) {
        // Connected, but without a quorum or out of memory: the broker counts as away until it confirms.
        silent = true;
        log.warn({ count: unconfirmed.size }, 'broker does not confirm');
        giveUp([...unconfirmed.keys()]);
      }
    });
  }

  function giveUp(numbers: readonly number[]): void {
    const handoffs: Handoff[] = [];
    for (const number of numbers) {
      const published = unconfirmed.get(number);
      if (!published) continue;
      handoffs.push(published.handoff);
      unconfirmed.delete(number);
      givenUpTo = Math.max(givenUpTo, number);
    }
    if (handoffs.length > 0) givenUp(handoffs);
  }
}
