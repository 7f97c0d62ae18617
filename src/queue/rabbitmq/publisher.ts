import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Channel } from 'rabbitmq-client';
import type { Clock, Random } from '../../domain/clock.ts';
import type { Handoff } from '../../domain/delivery.ts';
import { batchesOf } from './handoff-message.ts';
import { openLink } from './link.ts';

export interface PublisherOptions {
  readonly url: string;
  /** The name of the connection. */
  readonly name: string;
  readonly queueOf: (owner: number) => string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  /** Called at each connection, when hand-offs can be published. */
  readonly connected: () => void;
  /** Called with hand-offs that the broker refused, or that it will never confirm. */
  readonly givenUp: (handoffs: readonly Handoff[]) => void;
}

export interface Publisher {
  /** Whether the broker accepts hand-offs to the process `owner` now. */
  reaches(owner: number): boolean;
  publish(owner: number, handoffs: readonly Handoff[]): void;
  /** Gives up unconfirmed hand-offs. */
  stop(): Promise<void>;
}

interface Published {
  readonly owner: number;
  readonly handoffs: readonly Handoff[];
  readonly atMs: number;
}

/** How long the broker may take to confirm before its hand-offs are given up. */
const CONFIRM_DEADLINE_MS = 10_000;
/** How long no hand-offs are sent to a process whose queue is full or missing. */
const AVOIDED_MS = 1_000;
const TICK_MS = 1_000;
/** Most unconfirmed hand-offs: a slow broker must not fill the memory. */
const MOST_UNCONFIRMED = 16_384;

/** Publishes hand-offs and follows each until the broker has it or it is given up. */
export function createPublisher(options: PublisherOptions): Publisher {
  const { url, name, queueOf, clock, random, log, connected, givenUp } = options;
  const unconfirmed = new Map<number, Published>();
  const avoidedUntilMs = new Map<number, number>();
  let unconfirmedCount = 0;
  let sequence = 0;
  let channel: Channel | undefined;
  let silent = false;
  let cancelTick = (): void => {};

  const link = openLink({
    url,
    name,
    log,
    random,
    async open(opened) {
      await opened.confirmSelect();
      // The queue is missing: the process has left, or is just starting. The broker confirms such a message afterwards.
      opened.on('basic.return', ({ headers }) => refused(Number(headers?.['sequence'])));
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
    reaches(owner) {
      if (!link.ready || silent || unconfirmedCount >= MOST_UNCONFIRMED) return false;
      return avoidedUntilMs.size === 0 || !((avoidedUntilMs.get(owner) ?? 0) > clock.monotonicMs());
    },

    publish(owner, handoffs) {
      if (!link.ready || silent) return givenUp(handoffs);
      const atMs = clock.monotonicMs();
      for (const batch of batchesOf(handoffs)) {
        unconfirmed.set(++sequence, { owner, handoffs: batch, atMs });
        unconfirmedCount += batch.length;
        void follow(queueOf(owner), batch, sequence);
      }
    },

    async stop() {
      giveUp([...unconfirmed.keys()]);
      cancelTick();
      await link.stop();
    },
  };

  async function follow(queue: string, batch: readonly Handoff[], number: number): Promise<void> {
    if (!channel) return;
    const envelope = { routingKey: queue, durable: true, mandatory: true };
    try {
      await channel.basicPublish({ ...envelope, headers: { sequence: number } }, batch);
      silent = false;
      // The broker returns a message before it confirms it, but the client emits the return a turn later.
      await nextTurn();
      forget(number);
    } catch (error) {
      // Other errors are the channel's, which closes and gives up all unconfirmed hand-offs.
      if ((error as { code?: unknown }).code === 'NACK') refused(number);
    }
  }

  function tick(): void {
    cancelTick = clock.after(TICK_MS, () => {
      tick();
      const nowMs = clock.monotonicMs();
      for (const [owner, untilMs] of avoidedUntilMs) {
        if (untilMs <= nowMs) avoidedUntilMs.delete(owner);
      }
      const [oldest] = unconfirmed.values();
      if (oldest && nowMs - oldest.atMs > CONFIRM_DEADLINE_MS) {
        // Connected, but without a quorum or out of memory: the broker counts as unavailable until it confirms.
        silent = true;
        log.warn({ count: unconfirmedCount }, 'broker does not confirm');
        giveUp([...unconfirmed.keys()]);
      }
    });
  }

  function refused(number: number): void {
    const published = unconfirmed.get(number);
    if (published) avoidedUntilMs.set(published.owner, clock.monotonicMs() + AVOIDED_MS);
    giveUp([number]);
  }

  function giveUp(numbers: readonly number[]): void {
    const handoffs = numbers.flatMap((number) => forget(number));
    if (handoffs.length > 0) givenUp(handoffs);
  }

  function forget(number: number): readonly Handoff[] {
    const handoffs = unconfirmed.get(number)?.handoffs ?? [];
    unconfirmed.delete(number);
    unconfirmedCount -= handoffs.length;
    return handoffs;
  }
}
