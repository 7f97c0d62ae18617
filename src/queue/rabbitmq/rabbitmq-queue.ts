import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type Clock, type Random, systemClock } from '../../domain/clock.ts';
import type { Handoff } from '../../domain/delivery.ts';
import { Load, payloadBytes } from '../load.ts';
import { Outlet } from '../outlet.ts';
import type { Queue } from '../queue.ts';
import { createPublisher, type Publisher } from './publisher.ts';
import { createSubscription, type Subscription } from './subscription.ts';
import { createTopology } from './topology.ts';

export interface RabbitmqQueueOptions {
  /** `amqp://user:password@host:port/vhost`, or `amqps:`. */
  readonly url: string;
  /** Installations that share a broker differ in it: the queue is called `<prefix>.handoffs`. */
  readonly prefix?: string;
  /** Hand-offs held at most, by this process and the broker together. */
  readonly maxCount?: number;
  /** Their payloads at most: the sum of the strings' lengths. */
  readonly maxBytes?: number;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly clock?: Clock;
  readonly random?: Random;
}

/**
 * The queue of a fleet: every process pushes into one durable quorum queue, with publisher
 * confirms, and every process that delivers consumes from it, with manual acknowledgement, so that
 * the hand-offs of a consumer that dies are redelivered at once.
 *
 * **Publishing and consuming have a connection each**, because a broker that is low on memory stops
 * reading from connections that publish, and acknowledgements must still get through then. Both
 * come back by themselves, with back-off and jitter. `start` waits for the broker at most a second.
 *
 * **While the broker is away** (or takes nothing, or has not confirmed for ten seconds) hand-offs
 * stay within this process if it consumes, as in the memory queue; if it does not, `reserve` says
 * no. What was published and not confirmed by then is handed over here as redelivered, because the
 * broker may have it, too. For the same reason what was published before this process connected, or
 * more than ten seconds ago, arrives as redelivered. What the broker had delivered and nobody here
 * has taken yet is dropped: it will be redelivered.
 *
 * **The bound.** Room is taken by what this process holds (reserved, on the way to the broker, or
 * received and not acknowledged) and by what waits in the broker. The first is known exactly; the
 * second is followed by counting confirms and receipts, which is exact while one process pushes and
 * consumes, and set right about once a second by asking the broker, because others push and consume
 * as well. The broker itself refuses what is above the bound; then there is no room until it was
 * asked again, and the refused hand-off is handed over here, or forgotten if this process does not
 * consume. The sizes of what others pushed are unknown here: the broker's own limit bounds them.
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
  const outlet = new Outlet();
  const here = new Load();
  const broker = new Load();
  let publisher: Publisher | undefined;
  let subscription: Subscription | undefined;
  let stopping: Promise<void> | undefined;

  return {
    async start() {
      if (publisher || stopping) return;
      const { promise: connected, resolve } = Promise.withResolvers<void>();
      publisher = createPublisher({
        url,
        topology: createTopology(queue, maxCount, maxBytes),
        clock,
        random,
        log,
        confirmed(handoff) {
          here.remove(1, handoff.payload.length);
          broker.add(1, handoff.payload.length);
        },
        refused(handoff) {
          broker.count = Math.max(broker.count, maxCount);
          handOverHere([handoff], true);
        },
        uncertain(handoffs) {
          handOverHere(handoffs, true);
        },
        counted(waitingCount) {
          broker.bytes = broker.count > 0 ? (broker.bytes * waitingCount) / broker.count : 0;
          broker.count = waitingCount;
          resolve();
        },
        away() {
          broker.remove(broker.count, broker.bytes);
        },
      });
      const waiting = new AbortController();
      const { signal } = waiting;
      await Promise.race([connected, delay(START_MS, undefined, { signal }).catch(() => {})]);
      waiting.abort();
    },

    async stop() {
      stopping ??= (async () => {
        outlet.remove(() => true);
        await Promise.all([subscription?.stop(), publisher?.stop()]);
      })();
      await stopping;
    },

    reserve(count, bytes) {
      if (count > roomCount() || here.bytes + Math.max(0, broker.bytes) + bytes > maxBytes) {
        return false;
      }
      here.add(count, bytes);
      return true;
    },

    unreserve(count, bytes) {
      here.remove(count, bytes);
    },

    room() {
      return here.bytes + Math.max(0, broker.bytes) >= maxBytes ? 0 : roomCount();
    },

    push(handoffs) {
      if (stopping) return;
      if (publisher?.ready) publisher.publish(handoffs);
      else handOverHere(handoffs, false);
    },

    consume(prefetch, receive) {
      const consumer = outlet.consume(prefetch, receive);
      if (stopping) return consumer;
      void subscription?.stop();
      const receiving = createSubscription({
        url,
        topology: createTopology(queue, maxCount, maxBytes),
        prefetch: Math.min(prefetch, maxCount, MOST_PREFETCH),
        clock,
        random,
        log,
        received(handoff, redelivered) {
          if (stopping) return;
          broker.remove(1, handoff.payload.length);
          here.add(1, handoff.payload.length);
          outlet.push([handoff], redelivered);
        },
        losing(isLost) {
          forget(outlet.remove(isLost));
        },
      });
      subscription = receiving;
      return {
        async stop() {
          await Promise.all([consumer.stop(), receiving.cancel()]);
        },
      };
    },

    ack(handoffs) {
      here.remove(handoffs.length, payloadBytes(handoffs));
      for (const handoff of handoffs) subscription?.ack(handoff);
      outlet.ack(handoffs.length);
    },
  };

  function roomCount(): number {
    if (stopping || !(outlet.consuming || publisher?.ready)) return 0;
    return Math.max(0, maxCount - here.count - Math.max(0, broker.count));
  }

  function handOverHere(handoffs: readonly Handoff[], redelivered: boolean): void {
    if (outlet.consuming) outlet.push(handoffs, redelivered);
    else forget(handoffs);
  }

  function forget(handoffs: readonly Handoff[]): void {
    here.remove(handoffs.length, payloadBytes(handoffs));
  }
}

const START_MS = 1_000;
/** The largest that AMQP can say. */
const MOST_PREFETCH = 65_535;
