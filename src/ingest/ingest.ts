import type { Logger } from 'pino';
import type { Clock, Random } from '../domain/clock.ts';
import type { MessageOperations } from '../operations/operations.ts';
import { type Accepting, createAcceptance } from './acceptance.ts';
import { createConsumer } from './consumer.ts';
import { createDeadLetters } from './dead-letters.ts';
import { Lines } from './lines.ts';
import type { OpenLink } from './open-link.ts';
import { createRareLog } from './rare-log.ts';

/**
 * Publishes messages from a RabbitMQ queue, for producers without HTTP. `docs/rabbitmq.md` describes the form of a
 * message.
 *
 * A message is acknowledged only after its commit, or after the broker has confirmed it in the dead-letter queue
 * `<queue>.dead`. So no message is lost. A message may be delivered twice: its id is its idempotency key, so the
 * second time it is accepted as a repetition. Messages that cannot be accepted now (storage unavailable, rate of the
 * application) stay unacknowledged and are tried again here. They are never returned to the queue, because a quorum
 * queue counts deliveries of a message and drops it in the end.
 *
 * At most `prefetch` messages are here at a time. Each application has its own line, in the order of the queue.
 */
export interface Ingest {
  /** Does not wait for the broker and never fails: it connects when the broker is available. */
  start(): void;
  /**
   * Takes no more messages, waits up to three seconds for those under way to the storage, acknowledges them and
   * closes. All others stay in the queue. Safe to call twice.
   */
  stop(): Promise<void>;
}

export interface IngestOptions {
  readonly messages: Pick<MessageOperations, 'create'>;
  /** The organization of all messages in the queue. */
  readonly organizationId: string;
  readonly queue: string;
  /** Messages that this process holds unacknowledged, at most. */
  readonly prefetch: number;
  /** The largest body of a message. */
  readonly bodyLimitBytes: number;
  readonly openLink: OpenLink;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
}

export function createIngest(options: IngestOptions): Ingest {
  const { queue, prefetch, openLink, clock, random, log } = options;
  const rareLog = createRareLog(log, clock);
  let parts: ReturnType<typeof connect> | undefined;
  let stopping: Promise<void> | undefined;

  function connect() {
    const deadLetters = createDeadLetters({ queue, openLink, clock });
    const acceptance = createAcceptance({ ...options, deadLetters, rareLog });
    const lines = new Lines<Accepting>({
      limit: prefetch,
      run: (accepting) => acceptance.settle(accepting),
      clock,
      random,
    });
    const consumer = createConsumer({
      queue,
      prefetch,
      openLink,
      received(delivery) {
        const accepting = acceptance.read(delivery);
        lines.add(accepting.line, accepting);
      },
      // Drop waiting messages: the broker delivers them again.
      closed: () => lines.clear(),
    });
    return { deadLetters, lines, consumer };
  }

  async function stop(): Promise<void> {
    if (parts === undefined) return;
    const { consumer, lines, deadLetters } = parts;
    lines.stop();
    await inTime(Promise.all([consumer.cancel(), lines.idle()]));
    await Promise.all([consumer.stop(), deadLetters.stop()]);
  }

  async function inTime(work: Promise<unknown>): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const cancel = clock.after(STOP_GRACE_MS, resolve);
    await Promise.race([work, late]);
    cancel();
  }

  return {
    start() {
      if (stopping === undefined) parts ??= connect();
    },
    stop: () => (stopping ??= stop()),
  };
}

const STOP_GRACE_MS = 3_000;
