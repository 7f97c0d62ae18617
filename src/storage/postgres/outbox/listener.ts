import type { Client } from 'pg';
import type { Clock } from '../../../domain/clock.ts';
import { within } from '../within.ts';
import { driverUrl } from '../driver-url.ts';

export interface ListenerOptions {
  readonly url: string;
  readonly channel: string;
  readonly clock: Pick<Clock, 'after'>;
  /** Called for each notice, and whenever listening begins again after an interruption. */
  readonly onNotice: () => void;
}

/** Listens on a connection of its own, which is opened again whenever it breaks. */
export class Listener {
  readonly #options: ListenerOptions;
  #client: Client | null = null;
  #cancelRetry = () => {};
  #closed = false;

  constructor(options: ListenerOptions) {
    this.#options = options;
  }

  start(): void {
    void this.#connect().catch(() => this.#again());
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelRetry();
    await this.#drop();
  }

  async #connect(): Promise<void> {
    const { url, channel, onNotice } = this.#options;
    // Loaded on first use, as in the pool.
    const { default: pg } = await import('pg');
    if (this.#closed) return;
    const client = new pg.Client({
      connectionString: driverUrl(url),
      connectionTimeoutMillis: CONNECT_WITHIN_MS,
      query_timeout: CONNECT_WITHIN_MS,
      keepAlive: true,
      application_name: 'posthaste outbox',
    });
    this.#client = client;
    client.on('notification', onNotice);
    client.on('error', () => {
      if (this.#client === client) this.#again();
    });
    await client.connect();
    await client.query(`listen ${channel}`);
    onNotice();
  }

  #again(): void {
    void this.#drop();
    if (this.#closed) return;
    this.#cancelRetry = this.#options.clock.after(RETRY_MS, () => this.start());
  }

  async #drop(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    if (client === null) return;
    // A hanging server would never end the connection, so wait for a bounded time.
    await within(this.#options.clock, GOODBYE_MS, client.end());
  }
}

const CONNECT_WITHIN_MS = 5_000;
const RETRY_MS = 1_000;
const GOODBYE_MS = 500;
