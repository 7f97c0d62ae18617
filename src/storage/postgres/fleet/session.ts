import type { Client, QueryConfig } from 'pg';
import type { Clock } from '../../../domain/clock.ts';
import type { Statement } from '../connection-pool.ts';
import { failureOf, isConnectionFault } from '../postgres-errors.ts';
import { within } from '../within.ts';
import { driverUrl } from '../driver-url.ts';
import { setUpSession } from '../set-up-session.ts';

export const FLEET_CHANNEL = 'posthaste_fleet';
export const DUE_CHANNEL = 'posthaste_due';
export const NOTES_CHANNEL = 'posthaste_notes';
export const SLOWED_CHANNEL = 'posthaste_slowed';

const CHANNELS = [FLEET_CHANNEL, DUE_CHANNEL, NOTES_CHANNEL, SLOWED_CHANNEL];

export interface SessionOptions {
  readonly url: string;
  readonly clock: Pick<Clock, 'after'>;
  /** How long connecting or a statement may take. */
  readonly deadlineMs: number;
  readonly onNotice: (channel: string, payload: string) => void;
  /** Called when a new connection listens: earlier notices may be lost. */
  readonly onListening: () => void;
  /** Called when the connection broke while no statement was under way. */
  readonly onBroken: () => void;
}

/**
 * A connection for heartbeats and notices alone, so that neither waits behind other work. It is opened when
 * a statement needs it, and again after it broke.
 */
export class Session {
  readonly #options: SessionOptions;
  #client: Client | null = null;
  #closed = false;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Rejects with a `PosthasteError`. One call at a time. */
  async run<Row>(statement: Statement): Promise<(Row & object)[]> {
    try {
      const client = (this.#client ??= await this.#connect());
      const { rows } = await client.query<Row & object>(statement as QueryConfig);
      return rows;
    } catch (error) {
      if (isConnectionFault(error)) this.#drop();
      throw failureOf(error);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const client = this.#client;
    this.#client = null;
    // A hanging server would never end the connection, so wait for a bounded time.
    await within(this.#options.clock, GOODBYE_MS, client?.end());
  }

  async #connect(): Promise<Client> {
    const { url, deadlineMs, onNotice, onListening, onBroken } = this.#options;
    // Loaded on first use, as in the pool.
    const { default: pg } = await import('pg');
    const client = new pg.Client({
      connectionString: driverUrl(url),
      connectionTimeoutMillis: deadlineMs,
      query_timeout: deadlineMs,
      keepAlive: true,
      application_name: 'posthaste fleet',
    });
    client.on('notification', ({ channel, payload }) => onNotice(channel, payload ?? ''));
    client.on('error', () => {
      if (this.#client !== client) return;
      this.#drop();
      if (!this.#closed) onBroken();
    });
    try {
      await client.connect();
      await setUpSession(client, [
        `set statement_timeout = ${deadlineMs}`,
        'set jit = off',
        `set default_transaction_isolation = 'read committed'`,
        ...CHANNELS.map((channel) => `listen ${channel}`),
      ]);
    } catch (error) {
      void client.end().catch(() => {});
      throw error;
    }
    onListening();
    return client;
  }

  /** Drops the connection, whose state is unknown: the next statement opens another. */
  #drop(): void {
    const client = this.#client;
    this.#client = null;
    void client?.end().catch(() => {});
  }
}

const GOODBYE_MS = 500;
