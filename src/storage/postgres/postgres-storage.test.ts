import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../test/support/postgres.ts';
import { recordBatch } from '../../../test/support/record-batch.ts';
import { NOW, StorageWorld } from '../../../test/support/storage-world.ts';
import { systemClock } from '../../domain/clock.ts';
import { ConnectionPool } from './connection-pool.ts';
import { int2Array, int4Array, int8Array, textArray } from './binary-array.ts';
import { dayOf, makePartitions } from './partitions.ts';
import { createPostgresStorage, type PostgresStorage, SESSION } from './postgres-storage.ts';
import { SHARDS, shardOf } from '../fleet.ts';
import { ACCEPT, ACCEPT_KEYED } from './verbs/accept.ts';
import { CLAIM } from './verbs/claim.ts';
import { RECORD_ALL } from './verbs/record-statement.ts';
import { SCAN } from './verbs/scan.ts';

const HOUR_MS = 3_600_000;

describeWithPostgres('the PostgreSQL storage', (createDatabase) => {
  let url: string;
  let pool: ConnectionPool;
  let opened: PostgresStorage[];

  beforeAll(async () => {
    url = await createDatabase();
  });
  beforeEach(() => {
    opened = [];
    pool = new ConnectionPool({
      url,
      size: 1,
      settings: {},
      deadlineMs: 10_000,
      connectWithinMs: 5_000,
      onStatement: () => {},
    });
  });
  afterEach(async () => {
    for (const storage of opened) await storage.stop();
    await pool.close();
  });

  function open(clock = systemClock): PostgresStorage {
    const storage = createPostgresStorage({ url, clock });
    opened.push(storage);
    return storage;
  }

  async function newWorld(storage = open()): Promise<StorageWorld> {
    const world = new StorageWorld(storage);
    await storage.start();
    // One database for all tests: each has an application of its own.
    world.application = await world.createApplication({ id: `app_${Math.random()}` });
    return world;
  }

  const endpointOf = (world: StorageWorld) => world.createEndpoint({ id: `ep_${Math.random()}` });

  it('sends arrays that PostgreSQL reads as they were', async () => {
    const texts = ['', 'a', null, 'ő😀', '"\\{},', 'x'.repeat(70_000)];
    const integers = [0, -1, null, 2 ** 31 - 1, -(2 ** 31)];
    const large = [NOW, -NOW, 0, -1, null, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
    const small = [0, 255, null, -1];
    const { rows } = await pool.run({
      text: `select $1::text[] as texts, $2::int4[] as integers, to_json($3::int8[]) as large,
        $4::int2[] as small, $5::text[] as empty`,
      values: [
        textArray(texts),
        int4Array(integers),
        int8Array(large),
        int2Array(small),
        textArray([]),
      ],
    });
    expect(rows).toEqual([{ texts, integers, large, small, empty: [] }]);
  });

  it('knows the shard of an endpoint as the database does', async () => {
    await newWorld();
    const ids = Array.from({ length: 50 }, (_, index) => `ep_${index}`);
    const { rows } = await pool.run<{ shards: number[] }>({
      text: 'select array_agg(posthaste.shard_of(id) order by place) as shards from unnest($1::text[]) with ordinality as e (id, place)',
      values: [ids],
    });
    expect(rows[0]?.shards).toEqual(ids.map(shardOf));
    expect(Math.max(...ids.map(shardOf))).toBeLessThan(SHARDS);
  });

  it('sends one statement for all that overlaps', async () => {
    const storage = open();
    const world = await newWorld(storage);
    const endpoint = await endpointOf(world);
    const until = systemClock.scheduleNow() + 60_000;
    const before = storage.statementCount;
    const ids = Array.from({ length: 500 }, (_, index) => `msg_${world.application.id}_${index}`);
    await Promise.all(ids.map((id) => world.accept([endpoint.id], { id, claimedUntil: until })));
    await Promise.all(
      ids.map((messageId) =>
        storage.record(() =>
          recordBatch({
            records: [
              world.outcome(
                {
                  messageId,
                  endpointId: endpoint.id,
                  applicationId: world.application.id,
                  payload: '',
                  contentType: null,
                  attemptCount: 0,
                  scheduleStep: 0,
                  trigger: 'scheduled',
                  claim: { owner: storage.owner, until },
                },
                { state: 'delivered' },
                { id: `atmpt_${messageId}` },
              ),
            ],
          }),
        ),
      ),
    );
    expect(storage.statementCount - before).toBeLessThanOrEqual(6);
    const { rows } = await pool.run({ text: 'select from posthaste.delivery' });
    expect(rows).toEqual([]);
  });

  it('agrees with a process whose clock is an hour ahead when a delivery is due', async () => {
    const world = await newWorld();
    const endpoint = await endpointOf(world);
    const now = systemClock.scheduleNow();
    const messageId = await world.accept([endpoint.id], {
      id: `msg_${Math.random()}`,
      dueAt: now + 60_000,
    });
    await world.storage.stop();

    const ahead = () => systemClock.scheduleNow() + HOUR_MS;
    world.storage = open({ ...systemClock, now: ahead, scheduleNow: ahead });
    await world.storage.start();
    const { handoffs, nextDueAt } = await world.claim({ now: ahead() });
    expect(handoffs).toEqual([]);
    expect(Math.abs((nextDueAt ?? 0) - (now + HOUR_MS + 60_000))).toBeLessThan(2_000);
    const delivery = await world.delivery(messageId, endpoint.id);
    expect(delivery?.dueAt).toBe(nextDueAt);
  });

  it('puts messages into the partition of their day', async () => {
    await newWorld();
    const day = new Date().toISOString().slice(0, 10).replaceAll('-', '');
    await makePartitions(pool, dayOf(Date.now()));
    const { rows } = await pool.run<{ name: string }>({
      text: `select inhrelid::regclass::text as name from pg_inherits
        where inhparent = 'posthaste.message'::regclass order by name`,
    });
    expect(rows.map(({ name }) => name)).toContain(`posthaste.message_${day}`);
    expect(rows).toHaveLength(5);
  });

  // A plan is kept for as long as the connection: it must not depend on what the tables hold today.
  it('reads the tables of the hot path by their indexes only', async () => {
    await newWorld();
    for (const text of [ACCEPT, ACCEPT_KEYED, CLAIM, RECORD_ALL, SCAN]) {
      const plan = await planOf(text);
      expect(plan).not.toMatch(/Seq Scan on (message|delivery|attempt|settled)/);
      expect(plan).not.toMatch(/Hash Join|Merge Join/);
    }
  });

  async function planOf(text: string): Promise<string> {
    const count = Math.max(...[...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)));
    const settings = Object.entries(SESSION).map(([name, value]) => `set local ${name} = ${value}`);
    return pool.transaction(async (send) => {
      await send({ text: settings.join('; ') });
      await send({ text: `prepare shown as ${text}` });
      const nulls = Array.from({ length: count }, () => 'null').join();
      const { rows } = await send<{ 'QUERY PLAN': string }>({
        text: `explain (costs off) execute shown (${nulls})`,
      });
      await send({ text: 'deallocate shown' });
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    });
  }
});
