import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { systemClock } from '../../src/domain/clock.ts';
import { migrateSqlite } from '../../src/storage/sqlite/migrations/migrate.ts';
import { createSqliteStorage } from '../../src/storage/sqlite/sqlite-storage.ts';
import { NOW } from '../support/storage-world.ts';
import { describeStorage } from './storage.ts';

// Copying an empty database is faster than creating one for each test.
const root = mkdtempSync(join(tmpdir(), 'posthaste-storage-'));
const template = join(root, 'template.db');
migrateSqlite(template);
afterAll(() => rmSync(root, { recursive: true }));

describeStorage('the SQLite storage', () => {
  const folder = mkdtempSync(join(root, 'test-'));
  const path = join(folder, 'posthaste.db');
  copyFileSync(template, path);
  return {
    open: ({ now = () => NOW, ...options } = {}) =>
      createSqliteStorage({
        path,
        clock: { ...systemClock, now, scheduleNow: now },
        ...options,
      }),
    remove: async () => rmSync(folder, { recursive: true }),
    // SHORTEST_TAIL in attempts-by-endpoint.ts.
    attemptsBesideIndex: 8_192,
  };
});
