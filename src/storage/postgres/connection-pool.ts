import type { ClientBase, Pool, PoolClient, PoolConfig, QueryConfig, QueryResult } from 'pg';
import { PosthasteError } from '../../domain/errors.ts';
import { driverUrl } from './driver-url.ts';
import {
  failureOf,
  isConnectionFault,
  isOutdatedPlan,
  isTransient,
  isUnanswered,
} from './postgres-errors.ts';
import { setUpSession } from './set-up-session.ts';

/** A statement with the values of its parameters. A named statement is parsed once per connection. */
export interface Statement {
  readonly text: string;
  readonly values?: readonly unknown[];
  readonly name?: string;
}

export type Send = <Row>(statement: Statement) => Promise<QueryResult<Row & object>>;

export interface PoolOptions {
  readonly url: string;
  readonly size: number;
  /** Settings of each session, as in `set NAME = VALUE`. */
  readonly settings: Readonly<Record<string, string>>;
  /** How long a statement may take before the connection is given up. */
  readonly deadlineMs: number;
  /** How long a statement waits for a free connection, or for a new one to be made. */
  readonly connectWithinMs: number;
  /** Called for each statement that is sent. */
  readonly onStatement: () => void;
}

/** Runs statements on a bounded number of connections, which are made when they are needed. */
export class ConnectionPool {
  readonly #options: PoolOptions;
  #pool: Promise<Pool> | null = null;
  /** The connections that were made since a statement was last not answered. */
  #trusted = new WeakSet<ClientBase>();

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** Rejects with a `PosthasteError`. */
  async run<Row>(statement: Statement): Promise<QueryResult<Row & object>> {
    for (let left = this.#options.size; ; left--) {
      try {
        return await this.#withClient((client) => this.#send<Row>(client, statement));
      } catch (error) {
        // Each connection that has prepared the statement fails once. What the server ended for the sake
        // of another, such as a migration, has had no effect.
        if (left === 0 || !(isOutdatedPlan(error) || isTransient(error))) throw error;
      }
    }
  }

  /**
   * Runs all statements in one transaction. When one of the first `required` statements affects no row,
   * nothing is written, and the results end with that statement's.
   */
  async runAll(statements: readonly Statement[], required = 0): Promise<QueryResult<object>[]> {
    const [first] = statements;
    if (first !== undefined && statements.length === 1) return [await this.run(first)];
    let isShort = false;
    return this.transaction(
      async (send) => {
        const results: QueryResult<object>[] = [];
        for (const statement of statements) {
          const result = await send(statement);
          results.push(result);
          isShort = result.rowCount === 0 && results.length <= required;
          if (isShort) break;
        }
        return results;
      },
      () => !isShort,
    );
  }

  async transaction<T>(
    work: (send: Send) => Promise<T>,
    isComplete: () => boolean = () => true,
  ): Promise<T> {
    return this.onOneConnection(async (send) => {
      // Whatever the role or the database has as its default.
      await send({ text: 'begin isolation level read committed' });
      try {
        const result = await work(send);
        await send({ text: isComplete() ? 'commit' : 'rollback' });
        return result;
      } catch (error) {
        if (!isConnectionFault(error)) await send({ text: 'rollback' });
        throw error;
      }
    });
  }

  /** Each statement is a transaction by itself, and all go through the same connection. */
  onOneConnection<T>(work: (send: Send) => Promise<T>): Promise<T> {
    return this.#withClient((client) => work((statement) => this.#send(client, statement)));
  }

  /** Waits for the statements under way. */
  async close(): Promise<void> {
    await (await this.#pool)?.end();
  }

  async #withClient<T>(use: (client: PoolClient) => Promise<T>): Promise<T> {
    let client: PoolClient | null = null;
    let broken = false;
    try {
      this.#pool ??= createPool(this.#options, (made) => void this.#trusted.add(made));
      const pool = await this.#pool;
      client = await pool.connect();
      while (!this.#trusted.has(client)) {
        client.release(true);
        client = null;
        client = await pool.connect();
      }
      return await use(client);
    } catch (error) {
      // A network that has dropped one connection without a word has probably dropped the others, too, and each
      // would keep a statement waiting until its deadline.
      if (client !== null && isUnanswered(error)) this.#trusted = new WeakSet();
      broken = isConnectionFault(error) || isOutdatedPlan(error);
      throw error instanceof PosthasteError ? error : failureOf(error);
    } finally {
      // After a connection fault the state of the connection is unknown: close it.
      client?.release(broken);
    }
  }

  #send<Row>(client: PoolClient, statement: Statement): Promise<QueryResult<Row & object>> {
    this.#options.onStatement();
    // The types of pg ask for a mutable array, but pg does not change it.
    return client.query<Row & object>(statement as QueryConfig);
  }
}

async function createPool(
  options: PoolOptions,
  onMade: (client: ClientBase) => void,
): Promise<Pool> {
  // Loaded on first use: it would make a start with SQLite a tenth slower.
  const { default: pg } = await import('pg');
  // Settings are sent in one statement after connecting, because poolers refuse start-up parameters.
  const settings = Object.entries(options.settings).map(
    ([name, value]) => `set ${name} = ${pg.escapeLiteral(value)}`,
  );
  const config: PoolConfig = {
    connectionString: driverUrl(options.url),
    max: options.size,
    connectionTimeoutMillis: options.connectWithinMs,
    query_timeout: options.deadlineMs,
    idleTimeoutMillis: IDLE_MS,
    keepAlive: true,
    application_name: 'posthaste',
    types: {
      // 64-bit integers as numbers: instants and counters stay below 2⁵³.
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        oid === INT8 ? Number : (pg.types.getTypeParser(oid, format ?? 'text') as unknown),
    },
    // oxlint-disable-next-line typescript/no-misused-promises -- the pool waits for it
    async onConnect(client) {
      // pg reports a broken connection twice; the first report rejects the statement.
      client.on('error', () => {});
      if (settings.length > 0) await setUpSession(client, settings);
      onMade(client);
    },
  };
  const pool = new pg.Pool(config);
  // An idle connection that breaks needs no handling: the next statement opens another.
  pool.on('error', () => {});
  return pool;
}

const INT8 = 20;
const IDLE_MS = 60_000;
