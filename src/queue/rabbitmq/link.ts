import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type Channel, Connection } from 'rabbitmq-client';
import type { Random } from '../../domain/clock.ts';
import { reasonOf } from '../../domain/reason-of.ts';
import { type QuorumQueue, createDeclaration } from './quorum-queue.ts';

export interface LinkOptions {
  readonly url: string;
  /** The name of the connection in the broker's lists and in this process's log. */
  readonly name: string;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly random: Random;
  /** A queue that is declared on each new channel before `open`, unless it exists. */
  readonly queue?: QuorumQueue;
  /**
   * Prepares a new channel. If this fails, or the broker does not answer for ten seconds, another channel is opened.
   * Call `renew` at any later time to replace the channel.
   */
  readonly open: (channel: Channel, renew: () => void) => Promise<void>;
  /** Called when a channel is prepared and `ready` is true. */
  readonly opened?: () => void;
  /** Called when the channel has closed; unfinished work on it is lost. */
  readonly closed: () => void;
}

export interface Link {
  /** False while the broker is unavailable, or blocks publishers because it is low on memory or disk. */
  readonly ready: boolean;
  stop(): Promise<void>;
}

const BACKOFF_MS = 200;
const LONGEST_BACKOFF_MS = 5_000;
const OPEN_DEADLINE_MS = 10_000;
const CLOSE_DEADLINE_MS = 2_000;
const MOST_REASONS = 5;

/**
 * A connection with one channel. A lost connection or channel is opened again, with back-off and jitter, however
 * long the broker is unavailable, until the link is stopped.
 *
 * A broker whose quorum queue has no leader answers heartbeats, but not the declaration of a queue or the close of a
 * channel. Such a connection is replaced by a new one.
 */
export function openLink(options: LinkOptions): Link {
  const { url, name, log, random, queue, open, opened, closed } = options;
  const declaration = queue && createDeclaration(queue);
  const stopping = new AbortController();
  /** Reasons of the present outage that were logged already. */
  const told = new Set<string>();
  let connection = connect();
  let channel: Channel | undefined;
  const running = keepOpen();

  return {
    get ready() {
      return channel !== undefined && channel.active && connection.ready;
    },

    async stop() {
      if (stopping.signal.aborted) return;
      stopping.abort();
      await inTime(CLOSE_DEADLINE_MS, close()).catch(() => {});
      connection.unsafeDestroy();
      await running;
    },
  };

  function connect(): Connection {
    const connecting = new Connection({
      url,
      connectionName: name,
      connectionTimeout: 5_000,
      // No limit: a channel waits for as long as the broker is unavailable.
      acquireTimeout: 2 ** 31 - 1,
      retryLow: BACKOFF_MS,
      retryHigh: LONGEST_BACKOFF_MS,
      heartbeat: 10,
      frameMax: 131_072,
    });
    connecting.on('error', (error: unknown) => away(error, 'broker connection lost, trying again'));
    connecting.on('connection.blocked', (reason) =>
      log.warn({ reason, link: name }, 'broker blocked'),
    );
    return connecting;
  }

  /** Logs each reason once: a broker that is unavailable for a day is tried some twenty thousand times. */
  function away(error: unknown, message: string): void {
    const reason = reasonOf(error);
    if (told.has(reason) || told.size === MOST_REASONS) return;
    told.add(reason);
    log.warn({ reason, link: name }, message);
  }

  async function close(): Promise<void> {
    await channel?.close();
    await connection.close();
  }

  async function keepOpen(): Promise<void> {
    for (let failureCount = 0; !stopping.signal.aborted; failureCount++) {
      try {
        const opening = await connection.acquire({ emitErrorsFromChannel: true });
        const lost = new Promise((resolve) => opening.once('close', resolve));
        opening.once('close', closed);
        opening.on('error', (error: unknown) => away(error, 'broker channel failed, trying again'));
        await prepare(opening);
        channel = opening;
        failureCount = 0;
        told.clear();
        log.info({ link: name }, 'broker connected');
        opened?.();
        await lost;
      } catch (error) {
        if (!stopping.signal.aborted) away(error, 'could not open a broker channel, trying again');
      } finally {
        channel = undefined;
      }
      await pause(failureCount);
    }
  }

  async function prepare(opening: Channel): Promise<void> {
    try {
      await inTime(OPEN_DEADLINE_MS, declareAndOpen(opening));
    } catch (error) {
      await end(opening);
      throw error;
    }
  }

  async function declareAndOpen(opening: Channel): Promise<void> {
    await declaration?.declare(opening);
    await open(opening, () => void end(opening));
  }

  /** Closes the channel, or the whole connection when the broker does not answer. */
  async function end(ending: Channel): Promise<void> {
    const its = connection;
    try {
      await inTime(CLOSE_DEADLINE_MS, ending.close());
    } catch {
      // Also ends the channel, and rejects calls that wait for an answer on it.
      its.unsafeDestroy();
      if (its === connection && !stopping.signal.aborted) connection = connect();
    }
  }

  async function pause(failureCount: number): Promise<void> {
    const longest = Math.min(BACKOFF_MS * 2 ** failureCount, LONGEST_BACKOFF_MS);
    // A rejection means that the link stops, which the loop checks itself.
    await delay(random() * longest, undefined, { signal: stopping.signal }).catch(() => {});
  }
}

/** Rejects when `work` has not ended after `ms`. */
async function inTime<T>(ms: number, work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`the broker has not answered for ${ms / 1_000} s`)),
    ms,
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
