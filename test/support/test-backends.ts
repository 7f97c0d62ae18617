import { join } from 'node:path';
import type { Clock } from '../../src/domain/clock.ts';
import { createPostgresStorage } from '../../src/storage/postgres/postgres-storage.ts';
import { createSqliteStorage } from '../../src/storage/sqlite/sqlite-storage.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { createDatabase } from './postgres-server.ts';

const byPath = new Map<string, Promise<string>>();

/**
 * The URL of a database of a test's own, always the same for a path: a file there, or with
 * TEST_SETUP=postgres a database of the server that vitest.config.ts starts for the run.
 */
export function testDatabase(folder: string, file = 'posthaste.db'): Promise<string> {
  if (!usesPostgres()) return Promise.resolve(`sqlite:${join(folder, file)}`);
  const path = join(folder, file);
  let url = byPath.get(path);
  if (url === undefined) {
    url = createDatabase(process.env['TEST_POSTGRES_URL'] ?? '');
    byPath.set(path, url);
  }
  return url;
}

/** A storage on such a database. */
export async function openTestStorage(folder: string, clock: Clock): Promise<Storage> {
  const url = await testDatabase(folder);
  return usesPostgres()
    ? createPostgresStorage({ url, clock })
    : createSqliteStorage({ path: url.replace('sqlite:', ''), clock });
}

export function usesPostgres(): boolean {
  return process.env['TEST_SETUP'] === 'postgres';
}
