import { Client } from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../src/domain/clock.ts';
import {
  type PostgresStorage,
  createPostgresStorage,
} from '../../src/storage/postgres/postgres-storage.ts';
import type { Change } from '../../src/storage/storage.ts';
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy.ts';
import { describeWithPostgres } from '../support/postgres.ts';
import { recordBatch } from '../support/record-batch.ts';
import { NOW, StorageWorld } from '../support/storage-world.ts';
import { waitFor } from '../support/wait-for.ts';

describeWithPostgres('when the answer to a commit is lost, the storage', (createDatabase) => {
  let proxy: CuttingProxy;
  let storage: PostgresStorage;
  let world: StorageWorld;
  let direct: Client;
  let told: Change[];

  beforeEach(async () => {
    const url = new URL(await createDatabase());
    direct = new Client({ connectionString: url.href });
    await direct.connect();
    proxy = await startCuttingProxy(Number(url.port));
    url.port = String(proxy.port);
    const now = () => NOW;
    storage = createPostgresStorage({
      url: url.href,
      clock: { ...systemClock, now, scheduleNow: now, monotonicMs: () => 0 },
      databaseNow: async () => NOW,
    });
    world = new StorageWorld(storage);
    await world.begin();
    told = [];
    storage.changes.subscribe((change) => void told.push(change));
  });
  afterEach(async () => {
    if (proxy.cutsLeft > 0) throw new Error('an answer that the test was about was not cut');
    await storage.stop();
    await proxy.close();
    await direct.end();
  });

  it('stores a message once', async () => {
    const endpoint = await world.createEndpoint();
    const message = world.newMessage([endpoint.id], { key: 'k', uid: 'u' });
    proxy.cutAnswers('accept', 1);
    expect(await storage.acceptMessages([message])).toEqual([{ accepted: true }]);
    expect(await storage.acceptMessages([world.newMessage([], { key: 'k' })])).toEqual([
      { accepted: false, existingId: message.message.id, by: 'idempotencyKey' },
    ]);
    expect((await world.claim()).handoffs.map(({ messageId }) => messageId)).toEqual([
      message.message.id,
    ]);
  });

  it('records an attempt once, and counts a failure once', async () => {
    const endpoint = await world.createEndpoint();
    const messageId = await world.accept([endpoint.id]);
    const handoff = await world.claimOne();
    const outcome = world.outcome(handoff, { state: 'pending', dueAt: NOW + 5, scheduleStep: 1 });
    proxy.cutAnswers('record', 1);
    await storage.record(() =>
      recordBatch({
        records: [outcome],
        health: [
          {
            endpointId: endpoint.id,
            endpointUpdatedAt: endpoint.updatedAt,
            failingSince: NOW,
            addFailed: 1,
          },
        ],
      }),
    );
    expect(await world.delivery(messageId, endpoint.id)).toMatchObject({
      attemptCount: 1,
      scheduleStep: 1,
      dueAt: NOW + 5,
      claimed: false,
    });
    expect(await storage.endpoints.get(world.application.id, endpoint.id)).toMatchObject({
      health: { failedCount: 1 },
    });
  });

  it('releases deliveries that were accepted as claimed when the publisher gets no answer', async () => {
    const endpoint = await world.createEndpoint();
    const message = world.newMessage([endpoint.id], { claimedUntil: NOW + 60_000 });
    // Cuts the answer to the accept, and those on the connections that repeat it.
    proxy.cutAnswers('accept', 3);
    await expect(storage.acceptMessages([message])).rejects.toMatchObject({
      code: 'storage_unavailable',
    });
    // Without this notice nobody would claim before other work is due.
    expect(told).toContainEqual({ kind: 'due', dueAt: NOW });
    expect((await world.claimOne()).messageId).toBe(message.message.id);
  });

  it('looks again for deliveries accepted as claimed while the server still stores them', async () => {
    const endpoint = await world.createEndpoint();
    const message = world.newMessage([endpoint.id], { claimedUntil: NOW + 60_000 });
    await world.claim();
    await direct.query('begin; lock table posthaste.message in share mode');
    const accepted = storage.acceptMessages([message]).then(
      () => 'accepted',
      () => 'failed',
    );
    const storing = async () => {
      const { rows } = await direct.query(
        `select from pg_locks where relation = 'posthaste.message'::regclass and not granted`,
      );
      return rows.length;
    };
    // The accept, and the connections that repeat it.
    for (let tried = 1; tried <= 3; tried++) {
      await waitFor(async () => (await storing()) === tried);
      proxy.cut();
    }
    expect(await accepted).toBe('failed');
    expect((await world.claim()).handoffs).toEqual([]);
    await direct.query('commit');
    await waitFor(async () => (await world.delivery(message.message.id, endpoint.id)) !== null);
    expect((await world.claim()).handoffs).toEqual([]);
    expect(told).toContainEqual({ kind: 'due', dueAt: NOW + 500 });
    const { messageId } = await world.claimOne({ now: NOW + 500 });
    expect(messageId).toBe(message.message.id);
  });

  it('releases deliveries of the outbox that were stored as claimed by an unanswered commit', async () => {
    const endpoint = await world.createEndpoint();
    await direct.query(`select posthaste.send($1, 'a.b', '{}')`, [world.application.id]);
    const { claimed, ...owed } = world.newMessage([endpoint.id], { claimedUntil: NOW + 60_000 });
    const relay = () =>
      storage.outbox.relay({ limit: 1, maxPayloadChars: 100 }, async ([row]) => {
        const id = row?.messageId ?? '';
        return [{ accept: { ...owed, claimed, message: { ...owed.message, id } } }];
      });
    proxy.cutAnswers(SIMPLE_COMMIT, 1);
    await expect(relay()).rejects.toMatchObject({ code: 'storage_unavailable' });
    expect(told).toContainEqual({ kind: 'due', dueAt: NOW });
    expect(await relay()).toEqual([]);
    expect((await world.claimOne()).endpointId).toBe(endpoint.id);
  });

  it('releases the deliveries of a claim whose answer was lost', async () => {
    const endpoint = await world.createEndpoint();
    const messageId = await world.accept([endpoint.id]);
    proxy.cutAnswers('claim', 1);
    await expect(world.claim()).rejects.toMatchObject({ code: 'storage_unavailable' });
    expect((await world.claimOne()).messageId).toBe(messageId);
  });

  it('releases the deliveries of earlier statements of a claim when the answer to a later one was lost', async () => {
    const [first, idle, second] = [
      await world.createEndpoint(),
      await world.createEndpoint(),
      await world.createEndpoint(),
    ];
    await world.claim();
    const messageIds = [await world.accept([first.id]), await world.accept([second.id])];
    // The edit is a hint of work: the claim looks at this endpoint and one other, then at the third.
    await storage.endpoints.update({ ...idle, description: 'edited' }, idle);
    proxy.cutAnswers('claim', 1, 1);
    await expect(world.claim({ limit: 2 })).rejects.toMatchObject({
      code: 'storage_unavailable',
    });
    const { handoffs } = await world.claim();
    expect(handoffs.map(({ messageId }) => messageId).toSorted()).toEqual(messageIds);
  });
});

/** The bytes of an unprepared commit in the protocol: the end of its length, and the statement. */
const SIMPLE_COMMIT = '\0\0\u000bcommit';
