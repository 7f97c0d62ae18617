import { readFile, readdir } from 'node:fs/promises';
import { Client } from 'pg';
import { systemClock } from '../src/domain/clock.ts';
import { createPostgresStorage } from '../src/storage/postgres/postgres-storage.ts';
import { createSqliteStorage } from '../src/storage/sqlite/sqlite-storage.ts';
import type { Storage } from '../src/storage/storage.ts';
import { type PostgresServer, startPostgres } from '../test/support/postgres-server.ts';
import { type Figure, figure } from './figure.ts';

/** The database of the measured server. */
export interface BenchDatabase {
  readonly url: string;
  /** The work of the database server since its start; null: there is no server to count. */
  work(): Promise<DatabaseWork | null>;
  /** Opens the storage in this process, while no server runs. */
  storage(): Storage;
  stop(): Promise<void>;
}

export interface DatabaseWork {
  readonly transactions: number;
  readonly walBytes: number;
  /** The size of tables and indexes, dead rows included. */
  readonly sizeBytes: number;
  readonly cpuMicros: number;
}

export function sqliteDatabase(directory: string): BenchDatabase {
  return {
    url: `sqlite:${directory}/posthaste.db`,
    work: async () => null,
    storage: () => createSqliteStorage({ path: `${directory}/posthaste.db`, clock: systemClock }),
    stop: async () => {},
  };
}

/** Starts a private PostgreSQL with the default settings of the package, fsync included. */
export async function postgresDatabase(): Promise<BenchDatabase> {
  const server = await startPostgres({
    settings: { shared_buffers: '256MB', max_wal_size: '4GB' },
  });
  const url = await server.createDatabase();
  return {
    url,
    work: () => workOf(server, url),
    storage: () => createPostgresStorage({ url, clock: systemClock }),
    stop: () => server.stop(),
  };
}

/** The work of the database between two moments, for each event. */
export function databaseFigures(
  before: DatabaseWork | null,
  after: DatabaseWork | null,
  events: number,
  seconds: number,
): Figure[] {
  if (before === null || after === null) return [];
  const transactions = after.transactions - before.transactions;
  return [
    figure('database transactions per event', transactions / events, ''),
    figure('database transactions', transactions / seconds, '/s'),
    figure('WAL per event', (after.walBytes - before.walBytes) / events, 'bytes'),
    figure('database size per event', (after.sizeBytes - before.sizeBytes) / events, 'bytes'),
    figure('database CPU per event', (after.cpuMicros - before.cpuMicros) / events, 'µs'),
  ];
}

async function workOf(server: PostgresServer, url: string): Promise<DatabaseWork> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ transactions: string; wal: string; size: string }>(
      `select pg_current_wal_lsn() - '0/0' as wal,
         pg_database_size(current_database()) as size, xact_commit + xact_rollback as transactions
       from pg_stat_database where datname = current_database()`,
    );
    return {
      transactions: Number(rows[0]?.transactions),
      walBytes: Number(rows[0]?.wal),
      sizeBytes: Number(rows[0]?.size),
      cpuMicros: await cpuMicrosOf(server.pid ?? 0),
    };
  } finally {
    await client.end();
  }
}

/** The CPU time of the process and its children, ended ones included. */
export async function cpuMicrosOf(pid: number): Promise<number> {
  let ticks = 0;
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'latin1').catch(() => null);
    if (stat === null) continue;
    // The second field is a name, which may have spaces.
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [parent, user = 0, system = 0, endedUser = 0, endedSystem = 0] = [
      fields[1],
      ...fields.slice(11, 15),
    ];
    if (Number(name) === pid) ticks += user + system + endedUser + endedSystem;
    else if (parent === pid) ticks += user + system;
  }
  return ticks * MICROS_PER_TICK;
}

/** /proc counts in hundredths of a second (USER_HZ). */
const MICROS_PER_TICK = 10_000;
