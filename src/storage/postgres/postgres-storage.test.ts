import { afterEach, beforeEach, expect, it } from 'vitest';
import { joinFleet } from '../../../test/support/join-fleet.ts';
import { describeWithPostgres } from '../../../test/support/postgres.ts';
import { recordBatch } from '../../../test/support/record-batch.ts';
import { NOW, StorageWorld, makeTask } from '../../../test/support/storage-world.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import { systemClock } from '../../domain/clock.ts';
import { ConnectionPool } from './connection-pool.ts';
import { int2Array, int4Array, int8Array, textArray } from './binary-array.ts';
import { createPostgresStorage, type PostgresStorage, SESSION } from './postgres-storage.ts';
import { SHARDS } from '../fleet.ts';
import { shardOf } from '../fleet.ts';
import { ACCEPT, ACCEPT_KEYED } from './verbs/accept.ts';
import { CLAIM } from './verbs/claim.ts';
import { TAKE_OVER } from './verbs/take-over.ts';
import { DELIVERED_ALL_THE_SAME, RECORD_ALL } from './verbs/record-statement.ts';
import { NEXT_DUE } from './next-due.ts';
import { DUE_COUNT, SCAN_FAILURES, SCAN_MESSAGES } from './tasks-of.ts';
import { FIND, LOCK } from './verbs/change-deliveries.ts';
import { SCAN } from './verbs/scan.ts';

const HOUR_MS = 3_600_000;

describeWithPostgres('the PostgreSQL storage', (createDatabase) => {
  let url: string;
  let pool: ConnectionPool;
  let opened: PostgresStorage[];

  beforeEach(async () => {
    url = await createDatabase();
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
    await world.begin();
    return world;
  }

  it('sends arrays that PostgreSQL reads unchanged', async () => {
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

  it('tells the other processes of a new task', async () => {
    const world = await newWorld();
    const other = open();
    await other.start();
    const told: string[] = [];
    other.changes.subscribe((change) => {
      if (change.kind === 'application') told.push(change.applicationId);
    });
    await world.storage.tasks.create(makeTask({ applicationId: world.application.id }));
    await waitFor(() => told.includes(world.application.id), 'the other to be told');
  });

  it('computes the same shard of an endpoint as the database', async () => {
    await newWorld();
    const ids = Array.from({ length: 50 }, (_, index) => `ep_${index}`);
    const { rows } = await pool.run<{ shards: number[] }>({
      text: 'select array_agg(posthaste.shard_of(id) order by place) as shards from unnest($1::text[]) with ordinality as e (id, place)',
      values: [ids],
    });
    expect(rows[0]?.shards).toEqual(ids.map(shardOf));
    expect(Math.max(...ids.map(shardOf))).toBeLessThan(SHARDS);
  });

  it('sends one statement for overlapping calls', async () => {
    const storage = open();
    const world = await newWorld(storage);
    const endpoint = await world.createEndpoint();
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
                  headers: null,
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

  it('accepts one message for a key when two processes race for it', async () => {
    const [one, two] = [await newWorld(), new StorageWorld(open())];
    await two.storage.start();
    two.application = one.application;
    const race = (world: StorageWorld, name: string) =>
      Promise.all(
        Array.from({ length: 200 }, async (_, index) => {
          const id = `msg_${name}_${world.application.id}_${index}`;
          // For every second message, the other process also wants the uid.
          const uid = index % 2 === 0 ? `u${index}` : null;
          const message = world.newMessage([], { id, uid, key: `k${index}` });
          const [result] = await world.storage.acceptMessages([message]);
          return { id, result };
        }),
      );
    const [ofOne, ofTwo] = await Promise.all([race(one, 'a'), race(two, 'b')]);
    for (const [index, { id, result }] of ofOne.entries()) {
      const other = ofTwo[index];
      const refused = (existingId: string) => ({ accepted: false, existingId });
      if (result?.accepted === true) expect(other?.result).toMatchObject(refused(id));
      else
        expect([result, other?.result]).toMatchObject([
          refused(other?.id ?? ''),
          { accepted: true },
        ]);
    }
  });

  it('gives each number in the order of an endpoint once, in the order of commits', async () => {
    const [one, two] = [await newWorld(), new StorageWorld(open())];
    await two.storage.start();
    two.application = one.application;
    const endpoint = await one.createEndpoint({ ordered: true });
    await Promise.all(
      Array.from({ length: 300 }, (_, index) =>
        (index % 2 === 0 ? one : two).accept([endpoint.id], { id: `msg_${1_000 + index}` }),
      ),
    );
    const { rows } = await pool.run<{ places: number }>({
      text: 'select count(distinct sequence) as places from posthaste.delivery where endpoint_id = $1',
      values: [endpoint.id],
    });
    expect(rows).toEqual([{ places: 300 }]);
    const last = await two.accept([endpoint.id], { id: 'msg_0' });
    const { rows: after } = await pool.run({
      text: `select message_id from posthaste.delivery where endpoint_id = $1
        order by sequence desc limit 1`,
      values: [endpoint.id],
    });
    expect(after).toEqual([{ message_id: last }]);
  });

  it('claims each delivery once when two processes claim of one endpoint', async () => {
    const one = await newWorld();
    const endpoint = await one.createEndpoint();
    const now = systemClock.scheduleNow();
    for (let index = 0; index < 200; index++) {
      await one.accept([endpoint.id], { dueAt: now });
    }
    const two = new StorageWorld(open());
    await two.storage.start();
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? one : two).claim({ now: now + 1_000, limit: 15, defaultCapacity: 15 }),
      ),
    );
    const claimed = results.flatMap(({ handoffs }) => handoffs.map(({ messageId }) => messageId));
    expect(claimed.length).toBeGreaterThan(0);
    expect(new Set(claimed).size).toBe(claimed.length);
  });

  it('records attempts of other endpoints while the row of one is locked, and those of that one afterwards', async () => {
    const world = await newWorld();
    const { storage } = world;
    const held = await world.createEndpoint();
    const other = await world.createEndpoint();
    await world.acceptMany(2, [held.id, other.id]);
    const { handoffs } = await world.claim();
    const disabled = { at: NOW, reason: 'gone' as const };
    const of = ({ id, updatedAt }: typeof held) => ({
      endpointId: id,
      endpointUpdatedAt: updatedAt,
      addFailed: 1,
      disabled,
    });
    const event = (id: string, { id: endpointId }: typeof held) =>
      ({
        id,
        type: 'endpoint.disabled',
        organizationId: 'org_1',
        applicationId: world.application.id,
        endpointId,
        createdAt: NOW,
        data: {},
      }) as const;
    const records = handoffs.map((handoff) => world.outcome(handoff, { state: 'delivered' }));
    await pool.transaction(async (send) => {
      await send({
        text: 'select from posthaste.endpoint where id = $1 for update',
        values: [held.id],
      });
      const fromMs = performance.now();
      const health = [of(held), of(other)];
      const events = [event('a', held), event('b', other)];
      expect(await storage.record(() => recordBatch({ records, health, events }))).toEqual({
        disabled: [other.id],
      });
      await storage.record(() =>
        recordBatch({ health: [{ ...of(held), lastFailedAt: NOW, disabled }] }),
      );
      // A statement waits at most four seconds for a locked row.
      expect(performance.now() - fromMs).toBeLessThan(3_500);
    });
    const read = () => storage.endpoints.get(world.application.id, held.id);
    await waitFor(async () => (await read())?.disabled != null);
    expect(await read()).toMatchObject({ disabled, health: { failedCount: 2, lastFailedAt: NOW } });
    const kept = await storage.operationalEvents.first(10);
    expect(kept.map(({ id }) => id).toSorted()).toEqual(['a', 'b']);
  });

  it('goes on when a newer version adds a column', async () => {
    const world = await newWorld();
    const read = () => world.storage.applications.get('org_1', world.application.id);
    await Promise.all(Array.from({ length: 20 }, read));
    await pool.run({ text: 'alter table posthaste.application add column later text' });
    for (const found of await Promise.all(Array.from({ length: 20 }, read))) {
      expect(found).toEqual(world.application);
    }
  });

  it('repeats a statement that the server ended because of a deadlock', async () => {
    await pool.run({ text: 'create sequence tries' });
    await pool.run({
      text: `create function deadlock_once() returns bigint language plpgsql as $$
        declare
          try constant bigint := nextval('tries');
        begin
          if try = 1 then
            raise exception 'deadlock detected' using errcode = 'deadlock_detected';
          end if;
          return try;
        end $$`,
    });
    const { rows } = await pool.run({ text: 'select deadlock_once() as try' });
    expect(rows).toEqual([{ try: 2 }]);
  });

  it('agrees on due times with a process whose clock is an hour ahead', async () => {
    const world = await newWorld();
    const endpoint = await world.createEndpoint();
    const now = systemClock.scheduleNow();
    const messageId = await world.accept([endpoint.id], {
      dueAt: now + 60_000,
    });
    await world.storage.stop();

    const ahead = () => systemClock.scheduleNow() + HOUR_MS;
    world.storage = open({ ...systemClock, now: ahead, scheduleNow: ahead });
    await world.storage.start();
    await joinFleet(world.storage);
    const { handoffs, nextDueAt } = await world.claim({ now: ahead() });
    expect(handoffs).toEqual([]);
    expect(Math.abs((nextDueAt ?? 0) - (now + HOUR_MS + 60_000))).toBeLessThan(2_000);
    const delivery = await world.delivery(messageId, endpoint.id);
    expect(delivery?.dueAt).toBe(nextDueAt);
  });

  it('is read committed in all of its sessions, whatever the default of the database is', async () => {
    const world = await newWorld();
    await pool.run({
      text: `create table public.seen (what text, isolation text);
        create function public.see() returns trigger language plpgsql as $$
          begin
            insert into public.seen values (tg_table_name, current_setting('transaction_isolation'));
            return null;
          end $$;
        create trigger see after insert on posthaste.message
          for each statement execute function public.see();
        create trigger see after update on posthaste.process
          for each statement execute function public.see();
        create trigger see after insert on posthaste.endpoint
          for each statement execute function public.see();`,
    });
    const { id } = await world.createEndpoint();
    await world.accept([id]);
    const seen = await waitFor(async () => {
      const text = 'select distinct what, isolation from public.seen order by what';
      const { rows } = await pool.run<{ what: string; isolation: string }>({ text });
      return rows.length >= 3 && rows;
    }, 'a heartbeat');
    expect(seen.map(({ what, isolation }) => [what, isolation])).toEqual([
      ['endpoint', 'read committed'],
      ['message', 'read committed'],
      ['process', 'read committed'],
    ]);
  });

  // A plan is kept for as long as its connection, so it must not depend on the present contents of tables.
  it('reads the tables of the hot path only by their indexes', async () => {
    await newWorld();
    const ofTasks = [SCAN_MESSAGES, SCAN_FAILURES, DUE_COUNT, NEXT_DUE, FIND, LOCK];
    const hot = [ACCEPT, ACCEPT_KEYED, CLAIM, RECORD_ALL, DELIVERED_ALL_THE_SAME, SCAN, TAKE_OVER];
    for (const text of [...hot, ...ofTasks]) {
      const plan = await planOf(text);
      expect(plan).not.toMatch(/Seq Scan on (message|delivery|attempt|settled)/);
      expect(plan).not.toMatch(/Hash Join|Merge Join/);
      // No plan reads all messages of an application, or all attempts of an endpoint.
      expect(plan).not.toMatch(/Index Cond: \((application_id = \$\d|endpoint_id = \$\d)\)/);
    }
    expect(await planOf(TAKE_OVER)).toMatch(/Index Scan using delivery_pkey on delivery/);
  });

  async function planOf(text: string): Promise<string> {
    const count = Math.max(...[...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)));
    const settings = Object.entries(SESSION).map(
      ([name, value]) => `set local ${name} = '${value}'`,
    );
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
