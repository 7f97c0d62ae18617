import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../src/domain/clock.ts';
import { shardOf } from '../../src/storage/fleet.ts';
import type { Change, KeptAnswer } from '../../src/storage/storage.ts';
import { joinFleet } from '../support/join-fleet.ts';
import { waitFor } from '../support/wait-for.ts';
import { ConnectionPool } from '../../src/storage/postgres/connection-pool.ts';
import { migratePostgres } from '../../src/storage/postgres/migrations/migrate.ts';
import { createPostgresStorage } from '../../src/storage/postgres/postgres-storage.ts';
import { describeWithPostgres } from '../support/postgres.ts';
import { type Handoff, UNCLAIMED } from '../../src/domain/delivery.ts';
import { hashOfKey, createAuthenticator } from '../../src/operations/authenticator.ts';
import { createTokens } from '../../src/operations/tokens.ts';
import { NOW, ORGANIZATION, StorageWorld } from '../support/storage-world.ts';
import { recordBatch } from '../support/record-batch.ts';
import { type StorageFixture, describeStorage } from './storage.ts';

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

  // Deleting a test's few rows is faster than creating a database for each test.
  const tables = [
    'application',
    'endpoint',
    'event_type',
    'message',
    'message_key',
    'delivery',
    'settled_delivery',
    'message_tag',
    'attempt',
    'endpoint_sequence',
    'kept_answer',
    'rollup',
    'operational_event',
    'task',
    'task_result',
    'api_key',
    'revocation',
    'audit',
    'organization_settings',
    'listener',
    'listener_request',
    // While another transaction of the server is open, a test would hear of the edits of the test before.
    'change',
  ];
  const fixture: StorageFixture = {
    open: ({ now = () => NOW, ...options } = {}) =>
      createPostgresStorage({
        url,
        clock: { ...systemClock, now, scheduleNow: now, monotonicMs: () => 0 },
        // The database's clock is that of the test.
        databaseNow: async () => now(),
        migrate: false,
        ...options,
      }),
    remove: async () => {
      await pool.runAll([
        ...tables.map((table) => ({ text: `delete from posthaste.${table}` })),
        {
          text: `update posthaste.retention_mark set day = 0, application_id = '', message_id = ''`,
        },
      ]);
    },
  };
  describeStorage('the PostgreSQL storage', () => fixture);

  describe('a hand-off from another process', () => {
    let world: StorageWorld;
    beforeEach(async () => {
      world = new StorageWorld(fixture.open());
      await world.begin();
    });
    afterEach(async () => {
      await world.storage.stop();
      await fixture.remove();
    });

    it('is claimed once, if it is due, unclaimed and never attempted', async () => {
      const endpoint = await world.createEndpoint();
      const ordered = await world.createEndpoint({ ordered: true });
      const [free = '', claimed = '', delivered = '', sentAgain = ''] = await world.acceptMany(4, [
        endpoint.id,
      ]);
      const inOrder = await world.accept([ordered.id]);
      const later = await world.accept([endpoint.id], { dueAt: NOW + 60_000 });
      // It was stored by a process whose estimate of the database's time is a little ahead.
      const soon = await world.accept([endpoint.id], { dueAt: NOW + 1_000 });
      const { handoffs } = await world.claim();
      const claimOf = (id: string) => handoffs.find(({ messageId }) => messageId === id);
      const releases = [free, sentAgain].flatMap((id) => {
        const held = claimOf(id);
        return held ? [{ ...held, dueAt: NOW }] : [];
      });
      await world.storage.record(() => recordBatch({ releases }));
      const done = claimOf(delivered);
      if (!done) throw new Error('it was claimed');
      await world.record(done, { state: 'delivered' });
      const again = { ...done, messageId: sentAgain };
      await world.storage.scheduleDelivery({ ...again, dueAt: NOW, trigger: 'manual' });

      const sent = [free, claimed, delivered, sentAgain, later, soon, 'msg_unknown']
        .map((messageId) => ({ ...done, messageId, claim: UNCLAIMED }))
        .concat({ ...done, messageId: inOrder, endpointId: ordered.id, claim: UNCLAIMED });
      const taken = await world.storage.takeOver(sent, NOW + 500);
      const { owner } = world.storage;
      const claim = { owner, until: NOW + 500 };
      expect(taken).toEqual([
        { ...done, messageId: free, claim },
        { ...done, messageId: soon, claim },
      ]);
      expect(await world.storage.takeOver(sent, NOW + 600)).toEqual([]);

      const [own] = taken;
      if (!own) throw new Error('it was taken over');
      await world.record(own, { state: 'exhausted' });
      expect(await world.delivery(free, endpoint.id)).toMatchObject({ state: 'exhausted' });
    });

    it('is given back when its claim ends without a result', async () => {
      const endpoint = await world.createEndpoint();
      const messageId = await world.accept([endpoint.id]);
      const claimed = await world.claimOne();
      await world.storage.record(() => recordBatch({ releases: [{ ...claimed, dueAt: NOW }] }));
      await world.storage.takeOver([{ ...claimed, claim: UNCLAIMED }], NOW + 500);
      expect((await world.claim({ now: NOW + 499 })).handoffs).toEqual([]);
      expect(await world.claimOne({ now: NOW + 500 })).toMatchObject({ messageId });
    });
  });

  describe('a cancellation by another process', () => {
    let here: StorageWorld;
    let owner: StorageWorld;
    let told: Change[];
    let endpointId: string;
    let held: Handoff[];
    beforeEach(async () => {
      const open = () => createPostgresStorage({ url, clock: systemClock, migrate: false });
      [here, owner] = [new StorageWorld(open()), new StorageWorld(open())];
      await owner.begin();
      await here.storage.start();
      here.application = owner.application;
      ({ id: endpointId } = await here.createEndpoint());
      await here.acceptMany(4, [endpointId], { dueAt: 1 });
      held = [];
      await waitFor(async () => {
        const now = systemClock.scheduleNow();
        held.push(...(await owner.claim({ now, limit: 3 - held.length })).handoffs);
        return held.length === 3;
      }, 'the owner to hear of the work');
      told = [];
      owner.storage.changes.subscribe((change) => {
        if (change.kind === 'cancelled') told.push(change);
      });
    });
    afterEach(async () => {
      await Promise.all([here.storage.stop(), owner.storage.stop()]);
      await fixture.remove();
    });

    const idsHeld = () => held.map(({ messageId }) => messageId);
    const change = (messageIds: string[], answer?: KeptAnswer) =>
      here.storage.changeDeliveries(
        {
          applicationId: here.application.id,
          endpointId,
          messageIds,
          effect: 'cancel',
          standings: ['waiting', 'sending'],
          now: 1,
          move: null,
        },
        answer,
      );

    it.each([
      [
        'expunge',
        null,
        (ids: string[]) => here.storage.expunge(here.application.id, [...ids, 'msg_unknown']),
      ],
      ['changeDeliveries', () => endpointId, (ids: string[]) => change(ids)],
      [
        'cancelMessage',
        null,
        async (ids: string[]) => {
          for (const id of ids) await here.storage.cancelMessage(here.application.id, id);
        },
      ],
    ])('is told to the process that has claimed the delivery: %s', async (_verb, of, cancel) => {
      const [first = '', second = '', third = ''] = idsHeld();
      await cancel([first, second]);
      const ids = () => told.flatMap((one) => (one.kind === 'cancelled' ? one.messageIds : []));
      await waitFor(() => ids().length >= 2, 'the owner to be told', 5_000);
      expect(ids().toSorted()).toEqual([first, second].toSorted());
      const applicationId = here.application.id;
      const named = { kind: 'cancelled', applicationId, endpointId: of?.() ?? null };
      for (const one of told) expect(one).toMatchObject(named);
      expect(await here.delivery(third, endpointId)).toMatchObject({ claimed: true });
    });

    it('is not told when it is refused', async () => {
      const answer: KeptAnswer = {
        organizationId: ORGANIZATION,
        request: 'the same',
        fingerprint: '',
        status: 204,
        body: '',
        keptAt: Date.now(),
      };
      await here.storage.keptAnswers.keep(answer);
      const { id } = here.application;
      const conflict = { code: 'conflict' };
      await expect(here.storage.expunge(id, idsHeld(), answer)).rejects.toMatchObject(conflict);
      await expect(
        here.storage.cancelMessage(id, idsHeld()[0] ?? '', answer),
      ).rejects.toMatchObject(conflict);
      await expect(change(idsHeld(), answer)).rejects.toMatchObject(conflict);
      const { rows } = await pool.run({
        text: 'select from posthaste.change where message_ids is not null',
      });
      expect(rows).toEqual([]);
      for (const messageId of idsHeld()) {
        expect(await here.delivery(messageId, endpointId)).toMatchObject({ claimed: true });
      }
    });

    it('is told to nobody when nobody has claimed the delivery', async () => {
      const { data } = await here.storage.messages.list(here.application.id, {
        limit: 10,
        order: 'ascending',
      });
      const free = data.map(({ id }) => id).filter((id) => !idsHeld().includes(id));
      expect(free).toHaveLength(1);
      await change(free);
      await here.storage.expunge(here.application.id, free);
      const { rows } = await pool.run({
        text: 'select from posthaste.change where message_ids is not null',
      });
      expect(rows).toEqual([]);
    });
  });

  it('ends a listener and its requests by the database clock, however the clocks of processes differ', async () => {
    const storageOf = (at: number) =>
      createPostgresStorage({
        url,
        clock: { ...systemClock, now: () => at, scheduleNow: () => at, monotonicMs: () => 0 },
        databaseNow: async () => NOW,
        migrate: false,
      });
    const ahead = NOW + 3_600_000;
    const [here, there] = [storageOf(NOW), storageOf(ahead)];
    await Promise.all([here.start(), there.start()]);
    try {
      const listener = { id: 'a', organizationId: ORGANIZATION, applicationId: 'app_1' };
      await here.listeners.keep({ ...listener, expiresAt: NOW + 10 });
      const seen = { ...listener, expiresAt: ahead + 10 };
      expect(await there.listeners.get('a', ahead)).toEqual(seen);
      expect(await there.listeners.expired(ahead + 9, 5)).toEqual([]);
      expect(await there.listeners.expired(ahead + 10, 5)).toEqual([seen]);
      const request = { id: 'lreq_1', listenerId: 'a', head: 'POST /a HTTP/1.1', body: '{}' };
      expect(await there.listeners.ask({ ...request, expiresAt: ahead + 5 }, ahead)).toBe(true);
      expect(await here.listeners.open('a', [], NOW + 4, 5)).toEqual([
        { ...request, expiresAt: NOW + 5 },
      ]);
      expect(await here.listeners.open('a', [], NOW + 5, 5)).toEqual([]);
    } finally {
      await Promise.all([here.stop(), there.stop()]);
      await fixture.remove();
    }
  });

  it('finds work without a notice by its regular look', async () => {
    const after: Clock['after'] = (ms, run) => systemClock.after(Math.min(ms, 50), run);
    const storage = createPostgresStorage({
      url,
      clock: { ...systemClock, after },
      migrate: false,
    });
    await storage.start();
    const told: Change[] = [];
    storage.changes.subscribe((change) => void told.push(change));
    await joinFleet(storage);
    expect(told).toEqual([]);
    await pool.run({
      text: `insert into posthaste.delivery (message_id, endpoint_id, application_id, shard, due_at,
          claim_owner, attempt_count, schedule_step, trigger)
        values ('msg_1', 'ep_1', 'app_1', ${shardOf('ep_1')}, 1, 0, 0, 0, 0)`,
    });
    await waitFor(() => told.length > 0);
    expect(told[0]).toMatchObject({ kind: 'due' });
    await storage.stop();
    await fixture.remove();
  });

  it('refuses, in every process, a token that one process revoked', async () => {
    const open = async () => {
      const storage = createPostgresStorage({ url, clock: systemClock, migrate: false });
      await storage.start();
      const secret = 'a secret of at least thirty-two bytes';
      const tokens = createTokens({ secret, clock: systemClock });
      const authenticator = createAuthenticator({ tokens, storage, clock: systemClock });
      const refuses = (token: string) =>
        waitFor(
          () =>
            Promise.resolve(authenticator.verify(token)).then(
              () => false,
              () => true,
            ),
          'the refusal',
          1_500,
        );
      return { storage, tokens, authenticator, refuses };
    };
    const [one, two] = [await open(), await open()];
    const told: Change[] = [];
    two.storage.changes.subscribe((change) => void told.push(change));
    const key = {
      id: 'key_1',
      organizationId: ORGANIZATION,
      applicationId: null,
      name: 'a key',
      hash: hashOfKey('phk_1'),
      hint: '1',
      scopes: null,
      createdAt: Date.now(),
      expiresAt: null,
      lastUsedAt: null,
    };
    const portal = { organizationId: ORGANIZATION, applicationId: 'app_1' };
    const token = await one.tokens.issue(portal);
    await one.storage.apiKeys.create(key);
    await waitFor(() => told.length === 1);
    await two.authenticator.verify('phk_1');

    await one.storage.apiKeys.used('key_1', Date.now());
    await one.storage.apiKeys.expire(ORGANIZATION, 'key_1', Date.now());
    await two.refuses('phk_1');
    await two.authenticator.verify(token);
    const now = Date.now();
    const times = { issuedUntil: now, refusedFrom: now, forgetAt: null };
    await one.storage.revocations.add([{ ...portal, of: 'application', name: '', ...times }], now);
    await two.refuses(token);
    const ofAccess = { kind: 'access' };
    // Each change of the key is told, and its use is not.
    expect(told).toEqual([ofAccess, ofAccess, ofAccess]);
    await one.storage.stop();
    await two.storage.stop();
    await fixture.remove();
  });
});
