import { Client } from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../../test/support/postgres.ts';
import { NOW, StorageWorld } from '../../../../test/support/storage-world.ts';
import { systemClock } from '../../../domain/clock.ts';
import { firstId } from '../../../domain/ids.ts';
import { createPostgresStorage } from '../postgres-storage.ts';

const DAY_MS = 86_400_000;
const OLD = NOW - 99.5 * DAY_MS;
const RETENTION_LOCK = 0x72657461696e;
const REQUEST = {
  now: NOW,
  payloadsBefore: null,
  attemptsBefore: null,
  messagesBefore: NOW - 90 * DAY_MS,
  limit: 100,
};

describeWithPostgres('retention in PostgreSQL', (createDatabase) => {
  let world: StorageWorld;
  let client: Client;
  beforeEach(async () => {
    const url = await createDatabase();
    const open = (now: number) =>
      createPostgresStorage({
        url,
        clock: { ...systemClock, now: () => now, scheduleNow: () => now, monotonicMs: () => 0 },
        databaseNow: async () => now,
      });
    world = new StorageWorld(open(OLD));
    await world.begin();
    await world.accept([], { id: `${firstId('msg', OLD).slice(0, -3)}001`, createdAt: OLD });
    await world.storage.stop();
    world.storage = open(NOW);
    await world.storage.start();
    client = new Client({ connectionString: url });
    await client.connect();
  });
  afterEach(async () => {
    await client.end();
    await world.storage.stop();
  });

  async function oldPartitions(): Promise<number> {
    const day = new Date(OLD).toISOString().slice(0, 10).replaceAll('-', '');
    const { rowCount } = await client.query(
      `select from pg_class where relname like '%\\_${day}' and relkind = 'r'`,
    );
    return rowCount ?? 0;
  }

  it('drops the partitions of a day that is over', async () => {
    expect(await oldPartitions()).toBe(3);
    expect(await world.storage.removeExpired(REQUEST)).toEqual({ count: 3, done: false });
    expect(await oldPartitions()).toBe(0);
  });

  it('leaves the work to the process that does it', async () => {
    await client.query(`begin; select pg_advisory_xact_lock(${RETENTION_LOCK})`);
    expect(await world.storage.removeExpired(REQUEST)).toBeNull();
    await client.query('rollback');
    expect(await world.storage.removeExpired(REQUEST)).toMatchObject({ count: 3 });
  });

  it('gives up soon while somebody reads the table, and works then', async () => {
    await client.query('begin; select count(*) from posthaste.message');
    const beganAt = performance.now();
    expect(await world.storage.removeExpired(REQUEST)).toEqual({ count: 0, done: true });
    expect(performance.now() - beganAt).toBeLessThan(2_000);
    await client.query('rollback');
    expect(await world.storage.removeExpired(REQUEST)).toMatchObject({ count: 3 });
  });
});
