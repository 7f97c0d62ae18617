import type { Logger } from 'pino';
import type { Channel } from 'rabbitmq-client';
import type { Clock, Random } from '../../domain/clock.ts';
import type { Handoff } from '../../domain/delivery.ts';
import { openLink } from './link.ts';
import type { Topology } from './topology.ts';

export interface PublisherOptions {
  readonly url: string;
  readonly topology: Topology;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  /** The broker has it on disk. */
  readonly confirmed: (handoff: Handoff) => void;
  /** The broker is full. */
  readonly refused: (handoff: Handoff) => void;
  /** Whether the broker has them is unknown and stays so. In the order of `publish`. */
  readonly uncertain: (handoffs: Handoff[]) => void;
  /** How many hand-offs wait in the broker: at each connection, then about once a second. */
  readonly counted: (waitingCount: number) => void;
  /** The connection is lost, or could not be made. */
  readonly away: () => void;
}

export interface Publisher {
  /** Whether the broker takes hand-offs now. */
  readonly ready: boolean;
  /** Each gets one of `confirmed`, `refused` and `uncertain`, but none after `stop`. */
  publish(handoffs: readonly Handoff[]): void;
  stop(): Promise<void>;
}

/** How long the broker may take to confirm before its hand-offs are given up as `uncertain`. */
export const CONFIRM_DEADLINE_MS = 10_000;

const TICK_MS = 1_000;

/** Publishes hand-offs and follows each until its outcome is known. */
export function createPublisher(options: PublisherOptions): Publisher {
  const { url, topology, clock, random, log, confirmed, refused, uncertain, counted, away } =
    options;
  const unconfirmed = new Map<Handoff, number>();
  let channel: Channel | undefined;
  let silent = false;
  let stopped = false;
  let counting = false;
  let cancelTick = (): void => {};

  const link = openLink({
    url,
    name: `${topology.queue} publisher`,
    log,
    random,
    async open(opened) {
      await opened.confirmSelect();
      counted(await topology.declare(opened));
      channel = opened;
      silent = false;
      tick();
    },
    closed() {
      channel = undefined;
      cancelTick();
      away();
      giveUp();
    },
  });

  return {
    get ready() {
      return link.ready && !silent;
    },

    publish(handoffs) {
      const now = clock.now();
      for (const handoff of handoffs) {
        unconfirmed.set(handoff, now);
        void follow(handoff, now);
      }
    },

    async stop() {
      stopped = true;
      unconfirmed.clear();
      cancelTick();
      await link.stop();
    },
  };

  async function follow(handoff: Handoff, now: number): Promise<void> {
    if (!channel) return;
    const envelope = { routingKey: topology.queue, durable: true, headers: { sentAt: now } };
    try {
      await channel.basicPublish(envelope, handoff);
      silent = false;
      if (unconfirmed.delete(handoff)) confirmed(handoff);
    } catch (error) {
      // Other errors are of the channel, which closes: that ends all that were underway, in order.
      if ((error as { code?: unknown }).code !== 'NACK') return;
      if (unconfirmed.delete(handoff)) refused(handoff);
    }
  }

  function tick(): void {
    cancelTick = clock.after(TICK_MS, () => {
      tick();
      const [oldestAt] = unconfirmed.values();
      if (oldestAt !== undefined && clock.now() - oldestAt > CONFIRM_DEADLINE_MS) {
        // Connected, but without a quorum or out of memory: until it confirms, count it as away.
        silent = true;
        log.warn({ count: unconfirmed.size }, 'broker does not confirm');
        giveUp();
      }
      void count();
    });
  }

  async function count(): Promise<void> {
    if (counting || !channel) return;
    counting = true;
    try {
      const { messageCount } = await channel.queueDeclare({ queue: topology.queue, passive: true });
      if (channel) counted(messageCount);
    } catch {
      // The channel closes then, and the next one declares the queue again.
    } finally {
      counting = false;
    }
  }

  function giveUp(): void {
    if (unconfirmed.size === 0 || stopped) return;
    const handoffs = [...unconfirmed.keys()];
    unconfirmed.clear();
    uncertain(handoffs);
  }
}
