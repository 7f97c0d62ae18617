import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/domain/clock.ts';
import { createSqliteStorage } from '../../src/storage/sqlite/sqlite-storage.ts';
import { NOW } from '../support/storage-world.ts';
import { describeStorage } from './storage.ts';

describeStorage('the SQLite storage', () => {
  const folder = mkdtempSync(join(tmpdir(), 'posthaste-storage-'));
  return {
    open: ({ now = () => NOW, ...options } = {}) =>
      createSqliteStorage({
        path: join(folder, 'posthaste.db'),
        clock: { ...systemClock, now, scheduleNow: now },
        ...options,
      }),
    remove: async () => rmSync(folder, { recursive: true }),
  };
});
