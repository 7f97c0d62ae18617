import type { Pool, PoolClient, PoolConfig, QueryConfig, QueryResult } from 'pg';
import { PosthasteError } from '../../domain/errors.ts';
import { driverUrl } from './driver-url.ts';
import { failureOf, isConnectionFault, isOutdatedPlan, isTransient } from './postgres-errors.ts';

/** A statement with the values of its parameters. With a name it is parsed once per connection. */
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
   * Runs all in one transaction, or none of them; alone, a statement is one by itself. When one of the
   * first `required` affects no row, nothing is written, and the results end with its own.
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
      await send({ text: 'begin' });
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
      this.#pool ??= createPool(this.#options);
      client = await (await this.#pool).connect();
      return await use(client);
    } catch (error) {
      broken = isConnectionFault(error) || isOutdatedPlan(error);
      throw error instanceof PosthasteError ? error : failureOf(error);
    } finally {
      // The state of a connection after a fault is unknown.
      client?.release(broken);
    }
  }

  #send<Row>(client: PoolClient, statement: Statement): Promise<QueryResult<Row & object>> {
    this.#options.onStatement();
    // pg asks for an array that it may change, and changes none.
    return client.query<Row & object>(statement as QueryConfig);
  }
}

async function createPool(options: PoolOptions): Promise<Pool> {
  // Loaded by whoever uses it: it would cost a start with SQLite a tenth of its time.
  const { default: pg } = await import('pg');
  // One message after connecting, not parameters of the start: poolers refuse those.
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
      // pg tells of a broken connection twice; the first time is the answer of the statement.
      client.on('error', () => {});
      if (settings.length > 0) await client.query(settings.join('; '));
    },
  };
  const pool = new pg.Pool(config);
  // A connection that breaks while it is idle: the next statement makes another.
  pool.on('error', () => {});
  return pool;
}

const INT8 = 20;
const IDLE_MS = 60_000;
