import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type Clock, type Random, systemClock } from '../../domain/clock.ts';
import type { Handoff } from '../../domain/delivery.ts';
import { createMemoryQueue } from '../memory/memory-queue.ts';
import type { Queue, Receive } from '../queue.ts';
import { BATCH_COUNT } from './handoff-message.ts';
import { createPublisher, type Publisher } from './publisher.ts';
import type { QuorumQueue } from './quorum-queue.ts';
import { createSubscription, type Subscription } from './subscription.ts';

export interface RabbitmqQueueOptions {
  /** `amqp://user:password@host:port/vhost`, or `amqps:`. */
  readonly url: string;
  /** Different for each installation that shares a broker. */
  readonly prefix?: string;
  /** The number of this process, to which other processes send. It may change. */
  readonly owner: () => number;
  /** Called with hand-offs that certainly or possibly don't arrive. */
  readonly undelivered: (handoffs: readonly Handoff[]) => void;
  /** Most messages that the broker holds for a process. */
  readonly maxCount?: number;
  readonly maxBytes?: number;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly clock?: Clock;
  readonly random?: Random;
}

/**
 * The queue of a fleet. Hand-offs that a process pushes for itself stay in its memory; hand-offs that it sends go
 * through a durable quorum queue of the process that owns the lanes, `<prefix>.handoffs.<number>`, with publisher
 * confirms and manual acknowledgement.
 *
 * **A queue for each process**, not for each shard, because shards move. Nothing in a queue must survive its process:
 * the next owner of the shards finds the deliveries in the storage. Queues survive a restart of the broker and a lost
 * connection. A process that stops removes its queue; the queue of a dead process expires.
 *
 * **Sending and consuming have a connection each**, because a broker that is low on memory stops
 * reading from connections that publish, and acknowledgements must still get through then. Both
 * come back by themselves, with back-off and jitter. `start` waits for the broker at most a second.
 *
 * **While the broker is unavailable** (or blocks publishers, or has not confirmed for ten seconds) `reaches` is
 * false, and unconfirmed hand-offs are undelivered. So are hand-offs that the broker refuses because the queue is
 * full, or returns because the queue is missing.
 *
 * **Bounds.** The prefetch is the consumer's capacity. The broker refuses messages above the queue's limits of count
 * and bytes, and `reaches` is false above 16,384 unconfirmed hand-offs.
 *
 * A message is the JSON text of a list of at most 64 `Handoff`s. Anything else that arrives is dropped and
 * logged.
 */
export function createRabbitmqQueue(options: RabbitmqQueueOptions): Queue {
  const { url, prefix = 'posthaste', owner, undelivered, log } = options;
  const { maxCount = 1_024, maxBytes = 64 * 1024 * 1024 } = options;
  const { clock = systemClock, random = Math.random } = options;
  const queueOf = (number: number) => `${prefix}.handoffs.${number}`;
  const here = createMemoryQueue();
  let publisher: Publisher | undefined;
  let stopping: Promise<void> | undefined;
  let consumer: ReturnType<typeof consumeAs> | undefined;

  return {
    async start() {
      if (publisher || stopping) return;
      const { promise: connected, resolve } = Promise.withResolvers<void>();
      publisher = createPublisher({
        url,
        name: `${prefix} sends hand-offs`,
        queueOf,
        clock,
        random,
        log,
        connected: resolve,
        givenUp: undelivered,
      });
      const waiting = new AbortController();
      const { signal } = waiting;
      await Promise.race([connected, delay(START_MS, undefined, { signal }).catch(() => {})]);
      waiting.abort();
    },

    stop: () =>
      (stopping ??= (async () => {
        await Promise.all([here.stop(), consumer?.stop(), publisher?.stop()]);
      })()),

    push: (handoffs) => here.push(handoffs),
    reaches: (number) => stopping === undefined && publisher?.reaches(number) === true,

    send(number, handoffs) {
      if (stopping || !publisher) undelivered(handoffs);
      else publisher.publish(number, handoffs);
    },

    consume(capacity, receive) {
      const local = here.consume(capacity, receive);
      if (stopping) return local;
      const receiving = consumeAs(capacity, receive);
      consumer = receiving;
      return {
        async stop() {
          await Promise.all([local.stop(), receiving.stop()]);
        },
      };
    },

    ack: (handoffs) => consumer?.ack(handoffs),
  };

  /** Consumes the queue of this process's number, and another queue when the number changes. */
  function consumeAs(capacity: number, receive: Receive) {
    const prefetch = Math.max(1, Math.min(Math.floor(capacity / BATCH_COUNT), MOST_PREFETCH));
    let number = owner();
    let subscription = subscribe();
    let cancelLook = look();

    return {
      ack(handoffs: readonly Handoff[]) {
        for (const handoff of handoffs) subscription.ack(handoff);
      },
      stop() {
        cancelLook();
        return subscription.stop();
      },
    };

    function look(): () => void {
      return clock.after(LOOK_MS, () => {
        cancelLook = look();
        if (owner() === number) return;
        void subscription.stop();
        number = owner();
        subscription = subscribe();
      });
    }

    function subscribe(): Subscription {
      return createSubscription({
        url,
        queue: queueOfProcess(queueOf(number), maxCount, maxBytes),
        prefetch,
        random,
        log,
        received: (handoffs) => receive(handoffs, 'elsewhere'),
      });
    }
  }
}

/**
 * The queue refuses messages above its bounds, and expires when it had no consumer for a minute: its process is gone
 * or has another number, and the owner of the lanes has found the deliveries in the storage.
 */
function queueOfProcess(name: string, maxCount: number, maxBytes: number): QuorumQueue {
  return {
    name,
    arguments: {
      'x-overflow': 'reject-publish',
      'x-max-length': maxCount,
      'x-max-length-bytes': maxBytes,
      'x-expires': 60_000,
    },
  };
}

const START_MS = 1_000;
const LOOK_MS = 1_000;
/** The largest prefetch that AMQP can express. */
const MOST_PREFETCH = 65_535;
