import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../src/domain/clock.ts';
import { migratePostgres } from '../../src/storage/postgres/migrations/migrate.ts';
import { createPostgresStorage } from '../../src/storage/postgres/postgres-storage.ts';
import { migrateSqlite } from '../../src/storage/sqlite/migrations/migrate.ts';
import { createSqliteStorage } from '../../src/storage/sqlite/sqlite-storage.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { createDatabase } from './postgres-server.ts';
import { createVirtualHost } from './rabbitmq.ts';
import { shared } from './shared.ts';

export interface TestBackends {
  readonly databaseUrl: string;
  readonly queueUrl?: string;
}

const byPath = new Map<string, Promise<TestBackends>>();

/**
 * The database of a test's installation, and its broker, if any; calls with the same path get the same. It is a SQLite
 * file in the folder. With TEST_SETUP=postgres it is a database of the run's shared server, and with
 * TEST_SETUP=postgres-rabbitmq there is also a virtual host of the shared broker.
 */
export function testBackends(folder: string, file = 'posthaste.db'): Promise<TestBackends> {
  const path = join(folder, file);
  let backends = byPath.get(path);
  if (backends === undefined) {
    backends = createBackends(path);
    byPath.set(path, backends);
  }
  return backends;
}

/** The same, as environment variables of a server. */
export async function testBackendsEnv(folder: string): Promise<Record<string, string>> {
  const { databaseUrl, queueUrl } = await testBackends(folder);
  return {
    POSTHASTE_DATABASE_URL: databaseUrl,
    ...(queueUrl !== undefined && { POSTHASTE_QUEUE_URL: queueUrl }),
  };
}

/** Opens a storage on the database of `testBackends`. */
export async function openTestStorage(folder: string, clock: Clock): Promise<Storage> {
  const { databaseUrl: url } = await testBackends(folder);
  return usesPostgres()
    ? createPostgresStorage({ url, clock })
    : createSqliteStorage({ path: url.replace('sqlite:', ''), clock });
}

export function usesPostgres(): boolean {
  return process.env['TEST_SETUP'] === 'postgres' || usesRabbitmq();
}

export function usesRabbitmq(): boolean {
  return process.env['TEST_SETUP'] === 'postgres-rabbitmq';
}

async function createBackends(path: string): Promise<TestBackends> {
  if (!usesPostgres()) {
    if (!existsSync(path)) copyFileSync((emptyDatabase ??= createEmptyDatabase()), path);
    return { databaseUrl: `sqlite:${path}` };
  }
  const { url: serverUrl } = await shared('postgres');
  const databaseUrl = await createDatabase(
    serverUrl,
    await (migrated ??= createMigrated(serverUrl)),
  );
  if (!usesRabbitmq()) return { databaseUrl };
  // Each installation has a virtual host, because all give their queue the same name.
  const { url, managementUrl } = await shared('rabbitmq');
  const queueUrl = await createVirtualHost(url, managementUrl);
  return { databaseUrl, queueUrl };
}

/** A migrated file to copy: a copy costs a tenth of the migrations. */
let emptyDatabase: string | undefined;

function createEmptyDatabase(): string {
  const folder = mkdtempSync(join(tmpdir(), 'posthaste-empty-'));
  const path = join(folder, 'posthaste.db');
  migrateSqlite(path);
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return path;
}

/** A migrated database, the template of this process's databases: a copy costs a third of the migrations. */
let migrated: Promise<string> | undefined;

async function createMigrated(serverUrl: string): Promise<string> {
  const url = await createDatabase(serverUrl);
  await migratePostgres(url);
  return url;
}
