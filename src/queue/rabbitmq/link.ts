import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type Channel, Connection } from 'rabbitmq-client';
import type { Random } from '../../domain/clock.ts';

export interface LinkOptions {
  readonly url: string;
  /** The name of the connection in the broker's lists and in this process's log. */
  readonly name: string;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly random: Random;
  /** Prepares a new channel. If it fails, the channel is closed and another one is tried. */
  readonly open: (channel: Channel) => Promise<void>;
  /** The channel is closed; everything unfinished on it is lost. */
  readonly closed: () => void;
}

export interface Link {
  /** False while the broker is away, or blocks publishers because it is low on memory or disk. */
  readonly ready: boolean;
  stop(): Promise<void>;
}

const BACKOFF_MS = 200;
const LONGEST_BACKOFF_MS = 5_000;
const CLOSE_DEADLINE_MS = 2_000;

/**
 * A connection with one channel. A lost connection or channel is opened again, with back-off and
 * jitter, however long the broker is away, until the link is stopped.
 */
export function openLink({ url, name, log, random, open, closed }: LinkOptions): Link {
  const connection = new Connection({
    url,
    connectionName: name,
    connectionTimeout: 5_000,
    // A channel waits for the broker for as long as the broker is away.
    acquireTimeout: 2 ** 31 - 1,
    retryLow: BACKOFF_MS,
    retryHigh: LONGEST_BACKOFF_MS,
    heartbeat: 10,
    frameMax: 131_072,
  });
  connection.on('error', (err: unknown) => log.warn({ err, link: name }, 'broker connection lost'));
  connection.on('connection.blocked', (reason) =>
    log.warn({ reason, link: name }, 'broker blocked'),
  );
  const stopping = new AbortController();
  let channel: Channel | undefined;
  const running = keepOpen();

  return {
    get ready() {
      return channel !== undefined && channel.active && connection.ready;
    },

    async stop() {
      if (stopping.signal.aborted) return;
      stopping.abort();
      const deadline = new AbortController();
      await Promise.race([
        close(),
        delay(CLOSE_DEADLINE_MS, undefined, { signal: deadline.signal }).catch(() => {}),
      ]);
      deadline.abort();
      connection.unsafeDestroy();
      await running;
    },
  };

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
        opening.on('error', (err: unknown) =>
          log.warn({ err, link: name }, 'broker channel failed'),
        );
        await open(opening).catch(async (error: unknown) => {
          await opening.close();
          throw error;
        });
        channel = opening;
        failureCount = 0;
        log.info({ link: name }, 'broker connected');
        await lost;
      } catch (err) {
        if (!stopping.signal.aborted)
          log.warn({ err, link: name }, 'could not open a broker channel');
      } finally {
        channel = undefined;
      }
      await pause(failureCount);
    }
  }

  async function pause(failureCount: number): Promise<void> {
    const longest = Math.min(BACKOFF_MS * 2 ** failureCount, LONGEST_BACKOFF_MS);
    // Rejects when the link stops; the loop sees that by itself.
    await delay(random() * longest, undefined, { signal: stopping.signal }).catch(() => {});
  }
}
