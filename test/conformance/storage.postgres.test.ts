import { afterAll, beforeAll } from 'vitest';
import { systemClock } from '../../src/domain/clock.ts';
import { ConnectionPool } from '../../src/storage/postgres/connection-pool.ts';
import { migratePostgres } from '../../src/storage/postgres/migrations/migrate.ts';
import { createPostgresStorage } from '../../src/storage/postgres/postgres-storage.ts';
import { describeWithPostgres } from '../support/postgres.ts';
import { NOW } from '../support/storage-world.ts';
import { describeStorage } from './storage.ts';

describeWithPostgres('a PostgreSQL server', (createDatabase) => {
  let url: string;
  let pool: ConnectionPool;
  beforeAll(async () => {
    url = await createDatabase();
    await migratePostgres(url);
    pool = new ConnectionPool({
      url,
      size: 1,
      settings: {},
      deadlineMs: 10_000,
      connectWithinMs: 5_000,
      onStatement: () => {},
    });
  });
  afterAll(() => pool.close());

  // Deleting the few rows of a test is faster than a database for each.
  const tables = [
    'application',
    'endpoint',
    'event_type',
    'message',
    'message_key',
    'delivery',
    'settled_delivery',
    'attempt',
    'endpoint_sequence',
    'kept_answer',
    'attempt_rollup',
    'operational_event',
  ];
  describeStorage('the PostgreSQL storage', () => ({
    open: ({ now = () => NOW, ...options } = {}) =>
      createPostgresStorage({
        url,
        clock: { ...systemClock, now, scheduleNow: now, monotonicMs: () => 0 },
        // As if the database had the clock of the test.
        databaseNow: async () => now(),
        migrate: false,
        ...options,
      }),
    remove: async () => {
      await pool.runAll(tables.map((table) => ({ text: `delete from posthaste.${table}` })));
    },
  }));
});
