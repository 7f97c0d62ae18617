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
 * What an installation of a test's own stands on, always the same for a path: a SQLite file there, or
 * with TEST_SETUP=postgres a database of the server that the run shares, or with
 * TEST_SETUP=postgres-rabbitmq a virtual host of such a broker, too.
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

/** The same as variables of a server's environment. */
export async function testBackendsEnv(folder: string): Promise<Record<string, string>> {
  const { databaseUrl, queueUrl } = await testBackends(folder);
  return {
    POSTHASTE_DATABASE_URL: databaseUrl,
    ...(queueUrl !== undefined && { POSTHASTE_QUEUE_URL: queueUrl }),
  };
}

/** A storage on such a database. */
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
  // Installations that share a broker need a virtual host each: all call their queue the same.
  const { url, managementUrl } = await shared('rabbitmq');
  const queueUrl = await createVirtualHost(url, managementUrl);
  return { databaseUrl, queueUrl };
}

/** A copy costs a tenth of what the migrations cost. */
let emptyDatabase: string | undefined;

function createEmptyDatabase(): string {
  const folder = mkdtempSync(join(tmpdir(), 'posthaste-empty-'));
  const path = join(folder, 'posthaste.db');
  migrateSqlite(path);
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return path;
}

/** Whose copies are the databases of this process: a copy costs a third of what the migrations cost. */
let migrated: Promise<string> | undefined;

async function createMigrated(serverUrl: string): Promise<string> {
  const url = await createDatabase(serverUrl);
  await migratePostgres(url);
  return url;
}
