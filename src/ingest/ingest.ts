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
 * Accepts the messages of a queue of RabbitMQ, for producers that speak no HTTP. `docs/rabbitmq.md`
 * has the form of a message.
 *
 * A message is acknowledged after its commit, or after the broker has confirmed it in the dead-letter
 * queue `<queue>.dead`, and in no other case. So nothing is lost, and a message may come twice: the
 * second time its id, which is its idempotency key, answers the message that was accepted first. What
 * cannot be accepted now (storage unavailable, rate of the application) is kept unacknowledged and
 * tried again here. It is never given back, because a quorum queue counts how often a message was
 * delivered, and drops it in the end.
 *
 * At most `prefetch` messages are here at a time. Each application has a line of its own, in the
 * order of the queue.
 */
export interface Ingest {
  /** Never waits for the broker, and never fails: it connects when the broker is there. */
  start(): void;
  /**
   * Takes no more messages, finishes those that are on their way to the storage within three
   * seconds, acknowledges them and closes. The rest stays in the queue. Safe to call twice.
   */
  stop(): Promise<void>;
}

export interface IngestOptions {
  readonly messages: Pick<MessageOperations, 'create'>;
  /** Whoever may write to the queue publishes for this organization. */
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
      // The broker delivers all of them again.
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
