import { Client } from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { joinFleet } from '../../../../test/support/join-fleet.ts';
import { describeWithPostgres } from '../../../../test/support/postgres.ts';
import { NOW, StorageWorld } from '../../../../test/support/storage-world.ts';
import { systemClock } from '../../../domain/clock.ts';
import { firstId } from '../../../domain/ids.ts';
import { isExpunged } from '../../../domain/message.ts';
import { LOOK_AGAIN_MS, type RetentionRequest } from '../../retention.ts';
import type { Send, Statement } from '../connection-pool.ts';
import { listPartitions } from '../partitions.ts';
import { createPostgresStorage } from '../postgres-storage.ts';

const DAY_MS = 86_400_000;
const OLD = NOW - 99.5 * DAY_MS;
const idOf = (nth: number) => `${firstId('msg', OLD).slice(0, -3)}00${nth}`;
const RETENTION_LOCK = 0x72657461696e;
const weekOf = (instant: number) =>
  Math.floor((instant - 4 * DAY_MS) / (7 * DAY_MS)) * 7 * DAY_MS + 4 * DAY_MS;
const REQUEST = {
  now: NOW,
  payloadsBefore: null,
  attemptsBefore: null,
  messagesBefore: NOW - 90 * DAY_MS,
  groups: [],
  name: '',
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
    await world.accept([], { id: idOf(1), createdAt: OLD });
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

  async function oldPartitions(): Promise<string[]> {
    const run = (statement: Statement) => client.query(statement.text);
    const partitions = await listPartitions({ run: run as Send });
    return partitions.filter(({ from }) => from <= OLD).map(({ table }) => table);
  }

  it('drops the partitions of a week whose rows have all expired', async () => {
    expect(await oldPartitions()).toHaveLength(4);
    const lastMoment = weekOf(OLD) + 7 * DAY_MS;
    const early = { ...REQUEST, messagesBefore: lastMoment - 1 };
    expect(await world.storage.removeExpired(early)).toEqual({ count: 0, done: true });
    const late = { ...REQUEST, messagesBefore: lastMoment };
    expect(await world.storage.removeExpired(late)).toEqual({ count: 4, done: false });
    expect(await oldPartitions()).toEqual([]);
  });

  it('drops attempts before their messages, and keeps deliveries that wait for a disabled endpoint', async () => {
    const endpoint = await world.createEndpoint();
    const id = await world.accept([endpoint.id], { id: idOf(2), createdAt: OLD });
    const disabled = { ...endpoint, disabled: { at: NOW, reason: 'manual' as const } };
    await world.storage.endpoints.update(disabled, endpoint);
    const attemptsBefore = NOW - 80 * DAY_MS;
    const request = { ...REQUEST, attemptsBefore, messagesBefore: null };
    expect(await world.storage.removeExpired(request)).toEqual({ count: 2, done: false });
    expect((await oldPartitions()).toSorted()).toEqual(['message', 'message_tag']);
    expect(await world.delivery(id, endpoint.id)).toMatchObject({ state: 'pending' });
    expect(await world.storage.removeExpired(REQUEST)).toEqual({ count: 2, done: false });
    expect(await world.delivery(id, endpoint.id)).toBeNull();
  });

  it('removes messages without pending deliveries row by row, and drops the week when none is pending', async () => {
    await joinFleet(world.storage);
    const other = await world.createApplication({ organizationId: 'org_2' });
    const its = await world.createEndpoint({ organizationId: 'org_2', applicationId: other.id });
    const given = { createdAt: OLD, tags: ['trial'] };
    const delivered = { ...given, id: idOf(2), applicationId: other.id };
    await world.accept([its.id], delivered);
    await world.record(await world.claimOne(), { state: 'delivered' });
    const paused = await world.createEndpoint();
    const owed = await world.accept([paused.id], { ...given, id: idOf(3) });
    await world.storage.endpoints.update({ ...paused, pausedAt: NOW }, paused);
    const rows = async (table: string) =>
      (await client.query(`select from posthaste.${table}`)).rowCount;
    const removed = async (request: Partial<RetentionRequest>) => {
      while ((await world.storage.removeExpired({ ...REQUEST, ...request }))?.done === false);
    };
    // Attempts are removed too when they expire before messages.
    await removed({ attemptsBefore: NOW - 90 * DAY_MS, messagesBefore: null });
    expect([await rows('message'), await rows('attempt')]).toEqual([3, 0]);
    await removed({});
    expect(await world.storage.messages.get(other.id, delivered.id)).toBeNull();
    expect(await world.storage.messages.get(world.application.id, owed)).not.toBeNull();
    expect([await rows('message'), await rows('message_tag')]).toEqual([1, 1]);
    expect(await rows('settled_delivery')).toBe(0);
    expect(await oldPartitions()).toHaveLength(4);
    await world.storage.expunge(world.application.id, [owed]);
    await removed({});
    expect(await oldPartitions()).toEqual([]);
  });

  it('removes messages whose deliveries have ended row by row from a week with pending ones', async () => {
    const paused = await world.createEndpoint();
    for (const nth of [2, 3]) await world.accept([paused.id], { id: idOf(nth), createdAt: OLD });
    while ((await world.storage.removeExpired(REQUEST))?.done === false);
    const rows = async () => (await client.query('select from posthaste.message')).rowCount;
    expect(await rows()).toBe(2);
    await world.storage.cancelMessage(world.application.id, idOf(2));
    const later = { ...REQUEST, now: NOW + LOOK_AGAIN_MS };
    while ((await world.storage.removeExpired(later))?.done === false);
    expect(await rows()).toBe(1);
  });

  it('removes rows of the default partition one by one', async () => {
    await joinFleet(world.storage);
    const endpoint = await world.createEndpoint();
    const longAgo = NOW - 400 * DAY_MS;
    const id = `${firstId('msg', longAgo).slice(0, -3)}001`;
    await world.accept([endpoint.id], { id, createdAt: longAgo });
    await world.record(await world.claimOne(), { state: 'delivered' });
    const odd = await world.accept([], {
      id: `${id.slice(0, -3)}002`,
      createdAt: longAgo,
      tags: ['trial'],
    });
    const rows = async (table: string) =>
      (await client.query(`select from posthaste.${table}_default`)).rowCount;
    expect([await rows('message'), await rows('attempt')]).toEqual([2, 1]);
    expect(await rows('message_tag')).toBe(1);

    const payloads = { ...REQUEST, messagesBefore: null, payloadsBefore: NOW - DAY_MS, limit: 1 };
    while ((await world.storage.removeExpired(payloads))?.done === false);
    const message = await world.storage.messages.get(world.application.id, odd);
    expect(message !== null && isExpunged(message)).toBe(true);
    const attempts = { ...REQUEST, messagesBefore: null, attemptsBefore: NOW - DAY_MS };
    while ((await world.storage.removeExpired(attempts))?.done === false);
    expect([await rows('message'), await rows('attempt')]).toEqual([2, 0]);
    while ((await world.storage.removeExpired(REQUEST))?.done === false);
    expect([await rows('message'), await rows('message_tag')]).toEqual([0, 0]);
  });

  it('removes payloads of an organization from the default partition, behind many of others', async () => {
    const longAgo = NOW - 400 * DAY_MS;
    const strayOf = (applicationId: string, nth: number) => {
      const id = `${firstId('msg', longAgo).slice(0, -3)}00${nth}`;
      return world.accept([], { id, applicationId, createdAt: longAgo });
    };
    for (const nth of [1, 2, 3]) await strayOf(world.application.id, nth);
    const { id: applicationId } = await world.createApplication({ organizationId: 'org_2' });
    const its = await strayOf(applicationId, 4);
    const kept = { ...REQUEST, messagesBefore: null };
    const group = { ...kept, name: 'own', organizationIds: ['org_2'], payloadsBefore: NOW };
    await world.storage.removeExpired({ ...kept, groups: [group], limit: 2 });
    const message = await world.storage.messages.get(applicationId, its);
    expect(message !== null && isExpunged(message)).toBe(true);
    const { rows } = await client.query(
      `select from posthaste.message_default where payload <> ''`,
    );
    expect(rows).toHaveLength(3);
  });

  it('leaves the work to the process that is removing', async () => {
    await client.query(`begin; select pg_advisory_xact_lock(${RETENTION_LOCK})`);
    expect(await world.storage.removeExpired(REQUEST)).toBeNull();
    await client.query('rollback');
    expect(await world.storage.removeExpired(REQUEST)).toMatchObject({ count: 4 });
  });

  it('gives up soon while the table is being read, and succeeds later', async () => {
    await client.query('begin; select count(*) from posthaste.message');
    const beganAt = performance.now();
    expect(await world.storage.removeExpired(REQUEST)).toEqual({ count: 0, done: true });
    expect(performance.now() - beganAt).toBeLessThan(2_000);
    await client.query('rollback');
    expect(await world.storage.removeExpired(REQUEST)).toMatchObject({ count: 4 });
  });
});
