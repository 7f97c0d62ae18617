import type { Config } from '../config/config.ts';
import { PosthasteError } from '../domain/errors.ts';
import type { Metrics } from '../metrics/metrics.ts';
import {
  type CopyOptions,
  type CopyResult,
  copyDatabase as copySqliteToPostgres,
} from '../storage/copy/copy-database.ts';
import {
  migratePostgres,
  pendingMigrations as pendingOfPostgres,
} from '../storage/postgres/migrations/migrate.ts';
import {
  createPostgresStorage,
  type PostgresStorageOptions,
} from '../storage/postgres/postgres-storage.ts';
import {
  type Migrated,
  migrateSqlite,
  pendingMigrations as pendingOfSqlite,
} from '../storage/sqlite/migrations/migrate.ts';
import { createSqliteStorage } from '../storage/sqlite/sqlite-storage.ts';
import type { Outbox, Storage } from '../storage/storage.ts';

export type { CopyProgress, CopyResult } from '../storage/copy/copy-database.ts';

export interface Database {
  readonly storage: Storage;
  /** Null: the database has no outbox, because only this process writes to it. */
  readonly outbox: Outbox | null;
}

/** The storage that the configuration selects; wrapped only when metrics are on. */
export function createDatabase(
  database: Config['database'],
  parts: Pick<PostgresStorageOptions, 'clock' | 'secretBox' | 'process'>,
  metrics: Metrics | null,
): Database {
  const { storage, outbox } = unobserved(database, parts);
  if (metrics === null) return { storage, outbox };
  return {
    storage: metrics.observeStorage(storage),
    outbox: outbox && metrics.observeOutbox(outbox),
  };
}

function unobserved(
  database: Config['database'],
  parts: Pick<PostgresStorageOptions, 'clock' | 'secretBox' | 'process'>,
): Database {
  if (database.kind === 'sqlite') {
    return { storage: createSqliteStorage({ path: database.path, ...parts }), outbox: null };
  }
  const storage = createPostgresStorage({ url: database.url, ...parts });
  return { storage, outbox: storage.outbox };
}

/** Migrates the database to the schema of this version, without starting anything. */
export async function migrateDatabase({ database }: Pick<Config, 'database'>): Promise<Migrated> {
  return database.kind === 'sqlite' ? migrateSqlite(database.path) : migratePostgres(database.url);
}

/** The SQL that `migrateDatabase` would run; empty when there is nothing to do. */
export async function pendingMigrations({ database }: Pick<Config, 'database'>): Promise<string> {
  return database.kind === 'sqlite'
    ? pendingOfSqlite(database.path)
    : pendingOfPostgres(database.url);
}

/** Copies an installation from SQLite to an empty PostgreSQL database. */
export async function copyDatabase(
  from: Config['database'],
  to: Config['database'],
  options: Pick<CopyOptions, 'dryRun' | 'onProgress'>,
): Promise<CopyResult> {
  if (from.kind !== 'sqlite' || to.kind !== 'postgres') {
    throw new PosthasteError('configuration', 'copy works only from SQLite to PostgreSQL');
  }
  return copySqliteToPostgres({ from: from.path, to: to.url, ...options });
}
