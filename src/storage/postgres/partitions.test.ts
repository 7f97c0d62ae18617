import { afterEach, beforeEach, expect, it } from 'vitest';
import { ManualClock } from '../../../test/support/manual-clock.ts';
import { describeWithPostgres } from '../../../test/support/postgres.ts';
import { StorageWorld } from '../../../test/support/storage-world.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import { createIds, firstId } from '../../domain/ids.ts';
import { ConnectionPool } from './connection-pool.ts';
import { migratePostgres } from './migrations/migrate.ts';
import { PartitionsOfIds, listPartitions, makePartitions } from './partitions.ts';
import { createPostgresStorage } from './postgres-storage.ts';

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
const TABLES = ['attempt', 'message', 'message_tag', 'settled_delivery'];
/** A Wednesday. */
const NOW = Date.UTC(2026, 10, 25, 15);
const MONDAY = Date.UTC(2026, 10, 23);

describeWithPostgres('partitions', (createDatabase) => {
  let url = '';
  let pool: ConnectionPool;

  beforeEach(async () => {
    url = await createDatabase();
    pool = new ConnectionPool({
      url,
      size: 2,
      settings: {},
      deadlineMs: 10_000,
      connectWithinMs: 5_000,
      onStatement: () => {},
    });
  });
  afterEach(() => pool.close());

  async function ask<Row>(text: string): Promise<Row[]> {
    return (await pool.run<Row>({ text })).rows;
  }

  async function weeksOf(table: string): Promise<number[]> {
    const partitions = await listPartitions(pool);
    return partitions.filter((one) => one.table === table).map(({ from }) => from);
  }

  const partitionOf = async (id: string) =>
    (
      await ask<{ name: string }>(
        `select tableoid::regclass::text as name from posthaste.message where id = '${id}'`,
      )
    )[0]?.name;

  const insert = (id: string) =>
    pool.run({
      text: `insert into posthaste.message
        select 'app', $1, 'org', 'a.b', null, null, 0, '{}', null, 2`,
      values: [id],
    });

  it('exist for this week and the next, bounded by the ids of the weeks', async () => {
    await migratePostgres(url);
    await Promise.all([makePartitions(pool, NOW), makePartitions(pool, NOW)]);
    const partitions = await listPartitions(pool);
    expect(partitions.map(({ table }) => table).toSorted()).toEqual(
      [...TABLES, ...TABLES].toSorted(),
    );
    expect(partitions.filter(({ table }) => table === 'message')).toEqual([
      { table: 'message', name: 'message_20261123', from: MONDAY, until: MONDAY + WEEK_MS },
      {
        table: 'message',
        name: 'message_20261130',
        from: MONDAY + WEEK_MS,
        until: MONDAY + 2 * WEEK_MS,
      },
    ]);
    // The indexes of the parent consist of those of the partitions.
    const invalid = await ask(`select from pg_index where not indisvalid`);
    expect(invalid).toEqual([]);
  });

  it('are created ahead by a process that runs for months, and at a start weeks later', async () => {
    const clock = new ManualClock(NOW);
    const storage = createPostgresStorage({ url, clock });
    const world = new StorageWorld(storage);
    await storage.start();
    world.application = await world.createApplication();
    const ids = createIds(clock);
    const found: (string | undefined)[] = [];
    for (let day = 0; day < 60; day += 4) {
      const id = ids.next('msg');
      await world.accept([], { id });
      found.push(await partitionOf(id));
      clock.setBy(4 * DAY_MS);
      clock.advance(10_000);
      await waitFor(async () => {
        clock.advance(1_000);
        return (await weeksOf('attempt')).some((from) => from > clock.now());
      });
    }
    await storage.stop();
    expect(found).not.toContain('posthaste.message_default');
    expect(new Set(found).size).toBe(9);

    clock.setBy(5 * WEEK_MS);
    const later = createPostgresStorage({ url, clock });
    await later.start();
    const id = ids.next('msg');
    world.storage = later;
    await world.accept([], { id });
    expect(await partitionOf(id)).not.toBe('posthaste.message_default');
    await later.stop();
  });

  it('are created for messages that were sent in transactions while no process ran', async () => {
    await migratePostgres(url);
    await ask(`insert into posthaste.outbox
      select 1, 'msg', 'org', 'app', 'a.b', '{}', null, null, null, ${NOW - 3 * WEEK_MS}, 2`);
    await makePartitions(pool, NOW);
    expect(await weeksOf('message')).toEqual(
      [-3, -2, -1, 0, 1].map((weeks) => MONDAY + weeks * WEEK_MS),
    );
  });

  it('take over rows from the default partition', async () => {
    await migratePostgres(url);
    const strays = [MONDAY, NOW, MONDAY + WEEK_MS - 1_000].map((at) => firstId('msg', at));
    const before = firstId('msg', MONDAY - 1_000);
    for (const id of [...strays, before]) await insert(id);
    await makePartitions(pool, NOW);
    expect(await Promise.all(strays.map(partitionOf))).toEqual(
      strays.map(() => 'posthaste.message_20261123'),
    );
    expect(await partitionOf(before)).toBe('posthaste.message_default');
    await new PartitionsOfIds(pool).make([before, 'msg_odd']);
    expect(await partitionOf(before)).toBe('posthaste.message_20261116');
  });

  it('begin after the existing ones', async () => {
    await migratePostgres(url);
    const [first, end] = [firstId('msg', NOW - DAY_MS), firstId('msg', NOW)];
    await ask(`create table posthaste.message_day partition of posthaste.message
      for values from ('${first}') to ('${end}')`);
    await makePartitions(pool, NOW);
    expect(await weeksOf('message')).toEqual([NOW - DAY_MS, NOW, MONDAY + WEEK_MS]);
  });

  it('do not block inserts, and do not wait long for a reader', async () => {
    await migratePostgres(url);
    await pool.transaction(async (send) => {
      await send({ text: 'select from posthaste.message' });
      const beganMs = performance.now();
      await expect(makePartitions(pool, NOW)).rejects.toThrow(/lock timeout/);
      expect(performance.now() - beganMs).toBeLessThan(2_000);
    });
    await pool.transaction(async (send) => {
      await makePartitions(pool, NOW);
      await send({ text: 'select 1' });
    });
    // Another transaction has inserted a row and is open.
    await pool.transaction(async (send) => {
      await send({
        text: `insert into posthaste.message
          select 'app', '${firstId('msg', NOW)}', 'org', 'a.b', null, null, 0, '{}', null, 2`,
      });
      await makePartitions(pool, NOW + 2 * WEEK_MS);
    });
    expect(await weeksOf('message')).toHaveLength(4);
  });
});
