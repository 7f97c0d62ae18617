import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type Clock, type Random, systemClock } from '../../domain/clock.ts';
import type { Queue, Receive } from '../queue.ts';
import { createPublisher, type Publisher } from './publisher.ts';
import { createSubscription, type Subscription } from './subscription.ts';
import { createTopology } from './topology.ts';

export interface RabbitmqQueueOptions {
  /** `amqp://user:password@host:port/vhost`, or `amqps:`. */
  readonly url: string;
  /** Different for each installation that shares a broker: the queue is called `<prefix>.handoffs`. */
  readonly prefix?: string;
  /** Hand-offs that the broker holds at most. */
  readonly maxCount?: number;
  /** Payloads that the broker holds at most: the sum of the strings' lengths. */
  readonly maxBytes?: number;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly clock?: Clock;
  readonly random?: Random;
}

/**
 * The queue of a fleet, an experiment until several processes can share a storage: every process
 * pushes into one durable quorum queue, with publisher confirms, and every process that delivers
 * consumes from it, with manual acknowledgement, so that the hand-offs of a consumer that dies are
 * redelivered at once.
 *
 * **Publishing and consuming have a connection each**, because a broker that is low on memory stops
 * reading from connections that publish, and acknowledgements must still get through then. Both
 * come back by themselves, with back-off and jitter. `start` waits for the broker at most a second.
 *
 * **While the broker is away** (or blocks publishers, or has not confirmed for ten seconds) hand-offs
 * stay within this process if it consumes; otherwise they are forgotten. The publisher gives up a
 * hand-off that was neither confirmed nor delivered here by then, or that a full broker refused: it
 * is received here as `elsewhere`, because the broker may have it, too.
 *
 * **Origin.** Each hand-off carries the process that published it and a sequence number. It is
 * `here` when this process published it, has not given it up, and the broker does not mark it as
 * redelivered. When the connection is lost while the consumer holds a hand-off, and the broker sends
 * that one again, it is not received twice.
 *
 * **Bounds.** The prefetch is the consumer's capacity. The broker refuses hand-offs above its
 * own limits of count and bytes.
 *
 * A hand-off is one persistent message, the JSON text of a `Handoff`. Anything else that arrives is
 * dropped and logged.
 */
export function createRabbitmqQueue({
  url,
  prefix = 'posthaste',
  maxCount = 16_384,
  maxBytes = 32 * 1024 * 1024,
  log,
  clock = systemClock,
  random = Math.random,
}: RabbitmqQueueOptions): Queue {
  const queue = `${prefix}.handoffs`;
  const sender = randomUUID();
  let receive: Receive | undefined;
  let publisher: Publisher | undefined;
  let subscription: Subscription | undefined;
  let stopping: Promise<void> | undefined;

  return {
    repeats: true,
    async start() {
      if (publisher || stopping) return;
      const { promise: connected, resolve } = Promise.withResolvers<void>();
      publisher = createPublisher({
        url,
        topology: createTopology(queue, maxCount, maxBytes),
        sender,
        clock,
        random,
        log,
        connected: resolve,
        givenUp: (handoffs) => receive?.(handoffs, 'elsewhere'),
      });
      const waiting = new AbortController();
      const { signal } = waiting;
      await Promise.race([connected, delay(START_MS, undefined, { signal }).catch(() => {})]);
      waiting.abort();
    },

    async stop() {
      stopping ??= (async () => {
        receive = undefined;
        await Promise.all([subscription?.stop(), publisher?.stop()]);
      })();
      await stopping;
    },

    push(handoffs) {
      if (stopping || handoffs.length === 0) return;
      if (publisher?.ready) publisher.publish(handoffs);
      else receive?.(handoffs, 'here');
    },

    consume(capacity, given) {
      if (receive) throw new Error('The queue has a consumer in this process already.');
      if (stopping) return { stop: async () => {} };
      receive = given;
      void subscription?.stop();
      const receiving = createSubscription({
        url,
        topology: createTopology(queue, maxCount, maxBytes),
        prefetch: Math.min(capacity, MOST_PREFETCH),
        random,
        log,
        received(handoff, source, redelivered) {
          const own = source?.sender === sender && publisher?.delivered(source.sequence) === true;
          receive?.([handoff], own && !redelivered ? 'here' : 'elsewhere');
        },
      });
      subscription = receiving;
      return {
        async stop() {
          if (receive === given) receive = undefined;
          await receiving.cancel();
        },
      };
    },

    ack(handoffs) {
      for (const handoff of handoffs) subscription?.ack(handoff);
    },
  };
}

const START_MS = 1_000;
/** The largest that AMQP can say. */
const MOST_PREFETCH = 65_535;
