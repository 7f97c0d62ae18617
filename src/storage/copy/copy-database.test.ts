import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { joinFleet } from '../../../test/support/join-fleet.ts';
import { describeWithPostgres } from '../../../test/support/postgres.ts';
import {
  NOW,
  ORGANIZATION,
  StorageWorld,
  makeEventType,
} from '../../../test/support/storage-world.ts';
import { systemClock } from '../../domain/clock.ts';
import type { Handoff } from '../../domain/delivery.ts';
import { createIds } from '../../domain/ids.ts';
import { createPostgresStorage } from '../postgres/postgres-storage.ts';
import { migratePostgres } from '../postgres/migrations/migrate.ts';
import { createSecretBox } from '../secret-box.ts';
import { migrateSqlite } from '../sqlite/migrations/migrate.ts';
import { createSqliteStorage } from '../sqlite/sqlite-storage.ts';
import type { Storage } from '../storage.ts';
import { LEFT_BEHIND } from './copied-parts.ts';
import { type CopyOptions, type CopyProgress, copyDatabase } from './copy-database.ts';
import { WITHOUT_SOURCE } from './target-checks.ts';

const DAY_MS = 86_400_000;
const secretBox = createSecretBox(new Uint8Array(32).fill(7));
const page = { limit: 100, order: 'ascending' } as const;

describeWithPostgres('copyDatabase', (createDatabase) => {
  let folder = '';
  let from = '';
  let to = '';

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'posthaste-copy-'));
    from = join(folder, 'posthaste.db');
    to = await createDatabase();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const openSource = () => createSqliteStorage({ path: from, clock: systemClock, secretBox });
  const openTarget = () =>
    createPostgresStorage({
      url: to,
      clock: systemClock,
      secretBox,
      process: { name: 'a worker', roles: ['worker'], version: '' },
    });
  const copy = (options: Partial<CopyOptions> = {}) =>
    copyDatabase({ from, to, batch: { rows: 3, chars: 1_000 }, ...options });

  async function ask<Row extends object>(sql: string): Promise<Row[]> {
    const client = new Client({ connectionString: to });
    await client.connect();
    try {
      return (await client.query<Row>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  /** Fills the source with rows of every kind. */
  async function fillSource(): Promise<StorageWorld> {
    const world = new StorageWorld(openSource());
    await world.begin();
    await world.createApplication({ uid: 'other', name: 'Änderung \0 ✓', rateLimit: 5 });
    const { storage } = world;
    await storage.eventTypes.create(makeEventType({ schemas: { '1': { type: 'object' } } }));
    const plain = await world.createEndpoint({
      url: 'https://user:password@example.com/',
      headers: { authorization: 'secret' },
      uid: 'plain',
    });
    const ordered = await world.createEndpoint({ ordered: true });
    const disabled = await world.createEndpoint({
      disabled: { at: NOW, reason: 'manual' },
      health: { failingSince: NOW, lastFailedAt: NOW, failedCount: 3 },
    });
    const gone = await world.createEndpoint();
    const all = [plain.id, ordered.id, disabled.id, gone.id];

    // A delivered message without a delivery row.
    const claim = { claimedUntil: NOW + 1_000, createdAt: systemClock.now() };
    const messageId = await world.accept([plain.id], { ...claim, uid: 'evt-1', key: 'key-1' });
    await world.record(handoffOf(world, messageId, plain.id, claim.claimedUntil), delivered);
    // A message delivered at the second attempt, and an exhausted one.
    await world.accept([plain.id]);
    await world.record(await world.claimOne(), { state: 'pending', dueAt: NOW, scheduleStep: 1 });
    await world.record(await world.claimOne(), delivered);
    await world.accept([plain.id]);
    await world.record(await world.claimOne(), { state: 'exhausted' });
    // Messages that are months old, each of another day.
    let at = systemClock.now() - 200 * DAY_MS;
    const ids = createIds({ now: () => (at += 30 * DAY_MS) });
    for (let month = 0; month < 4; month++) {
      await world.accept(all, {
        id: ids.next('msg'),
        dueAt: NOW + 1_000 * month,
        channels: ['a'],
        tags: ['trial'],
      });
    }
    await world.accept([plain.id, ordered.id], {
      contentType: 'text/plain',
      headers: '{"x-a":"b"}',
      payload: 'no JSON ✓',
      dueAt: NOW + DAY_MS,
    });
    await storage.endpoints.delete(world.application.id, gone.id, NOW);
    await storage.keptAnswers.keep({
      request: 'POST /app',
      organizationId: ORGANIZATION,
      fingerprint: 'f',
      status: 201,
      body: '{"id":"app_1"}',
      keptAt: NOW,
    });
    // Deliveries in flight when the server is killed: one with a row, one without.
    await world.claim({ limit: 1, now: NOW });
    await world.accept([plain.id, ordered.id], { claimedUntil: NOW + 60_000 });
    await storage.stop();
    return world;
  }

  /** Everything that a storage returns about the world's application. */
  async function contentOf(storage: Storage, applicationId: string): Promise<unknown> {
    const { data: messages } = await storage.messages.list(applicationId, page);
    const { data: tagged } = await storage.messages.list(applicationId, { ...page, tag: 'trial' });
    const endpoints = await storage.endpoints.all(applicationId);
    const deliveries = messages.flatMap(({ id }) =>
      endpoints.map(async (endpoint) => {
        const found = await storage.messages.delivery(applicationId, id, endpoint.id);
        return (
          found && {
            ...found,
            dueAt: found.dueAt && secondsAfterNow(found.dueAt),
            // PostgreSQL stores no step for a successful delivery.
            scheduleStep: found.state === 'delivered' ? 0 : found.scheduleStep,
          }
        );
      }),
    );
    const attemptsOf = (lists: Promise<{ data: readonly unknown[] }>[]) =>
      Promise.all(lists.map(async (list) => (await list).data));
    return {
      tagged,
      applications: (await storage.applications.list(ORGANIZATION, page)).data.map((one) => ({
        ...one,
        name: one.name.replace('\0', '\u001A'),
      })),
      endpoints,
      eventType: await storage.eventTypes.get(ORGANIZATION, 'call.new'),
      messages,
      deliveries: await Promise.all(deliveries),
      byMessage: await attemptsOf(messages.map(({ id }) => storage.attempts.byMessage(id, page))),
      byEndpoint: await attemptsOf(
        endpoints.map(({ id }) => storage.attempts.byEndpoint(id, page)),
      ),
      keptAnswer: await storage.keptAnswers.get('POST /app', NOW),
      cancelled: await storage.cancelOrphans(100),
    };
  }

  /** Claims the next deliveries; of an ordered endpoint, one. */
  async function claimed(world: StorageWorld, storage: Storage): Promise<string[]> {
    world.storage = storage;
    const { handoffs } = await world.claim({ now: NOW + 2 * DAY_MS });
    return handoffs
      .map((one) => JSON.stringify({ ...one, claim: null, contentType: null }))
      .toSorted();
  }

  it('copies everything, through an interruption after each batch', async () => {
    const world = await fillSource();
    const planned = await copy({ dryRun: true });
    expect(await ask(`select to_regclass('posthaste.copy') as copy`)).toEqual([{ copy: null }]);

    let runs = 0;
    let result;
    while (result === undefined) {
      runs++;
      result = await copy({ onProgress: interruptedAfter(1) }).catch(expectInterruption);
      if (runs === 2) await expect(started(openTarget())).rejects.toThrow(/unfinished copy/);
    }
    expect(runs).toBeGreaterThan(15);
    expect(result).toEqual({ ...planned, outcome: 'copied', rowsOfRun: expect.any(Number) });
    // Another run finds that all is done.
    expect(await copy()).toEqual({ ...result, outcome: 'copied before', rowsOfRun: 0 });

    const source = await started(openSource());
    const target = await started(openTarget());
    const id = world.application.id;
    expect(await contentOf(target, id)).toEqual(await contentOf(source, id));
    const due = await claimed(world, target);
    expect(due).toEqual(await claimed(world, source));
    expect(due.length).toBeGreaterThan(6);

    const taken = [
      world.newMessage([], { key: 'key-1', createdAt: systemClock.now() }),
      world.newMessage([], { uid: 'evt-1' }),
    ];
    expect(await target.acceptMessages(taken)).toMatchObject([
      { accepted: false, by: 'idempotencyKey' },
      { accepted: false, by: 'uid' },
    ]);
    await Promise.all([source.stop(), target.stop()]);

    // Every row has a partition of its time.
    const odd = await ask<{ id: string }>('select id from posthaste.message_default');
    expect(odd.filter(({ id }) => id.length === 31)).toEqual([]);
  });

  it('knows of every table and every column', async () => {
    migrateSqlite(from);
    await migratePostgres(to);
    const db = new DatabaseSync(from);
    const columnsOf = (table: string) =>
      db
        .prepare('select name from pragma_table_info(?)')
        .all(table)
        .map(({ name }) => name);
    const tables = db.prepare(`select name from sqlite_schema where type = 'table'`).all();
    const source = new Set(tables.map(({ name }) => String(name)));
    // A new column of these tables must be added to copied-parts.ts.
    expect(columnsOf('delivery')).toEqual(
      'message_id endpoint_id application_id state attempt_count schedule_step trigger due_at claim_owner ordered'.split(
        ' ',
      ),
    );
    expect(columnsOf('idempotency_key')).toEqual([
      'application_id',
      'key',
      'message_id',
      'created_at',
    ]);
    db.close();

    // A new table has the same name in both databases, or is in one of the lists.
    const target = await ask<{ name: string }>(`
      select relname as name from pg_class where relnamespace = 'posthaste'::regnamespace
        and relkind in ('r', 'p') and not relispartition`);
    const made = [
      'message_key',
      'message_tag',
      'settled_delivery',
      'endpoint_sequence',
      ...WITHOUT_SOURCE,
    ];
    expect(new Set(target.map(({ name }) => name).filter((name) => !made.includes(name)))).toEqual(
      source.difference(new Set([...LEFT_BEHIND, 'idempotency_key', 'sqlite_sequence'])),
    );
    // The copy compares columns before it copies anything.
    expect(await copy()).toMatchObject({ outcome: 'copied' });
  });

  it('refuses while a process uses the source or the target', async () => {
    const source = await started(openSource());
    await expect(copy()).rejects.toThrow(/has the database .* open: stop the server/);
    await source.stop();
    const target = await started(openTarget());
    await expect(copy()).rejects.toThrow(/processes use the target database: a worker/);
    await target.stop();
    expect(await copy()).toMatchObject({ outcome: 'copied' });
  });

  it('refuses a target that has other rows', async () => {
    await fillSource();
    await expect(copy({ onProgress: interruptedAfter(4) }).catch(expectInterruption)).resolves.toBe(
      undefined,
    );
    // A server that runs on the source changes it.
    await (await started(openSource())).stop();
    await expect(copy()).rejects.toThrow(/a server has used the source since/);
    await ask('delete from posthaste.copy');
    await expect(copy()).rejects.toThrow(/holds data already \(in posthaste.application\)/);
    await ask('drop schema posthaste cascade');
    expect(await copy()).toMatchObject({ outcome: 'copied' });
  });

  it('refuses databases of another version', async () => {
    await expect(copy()).rejects.toThrow(/posthaste.db does not exist/);
    migrateSqlite(from);
    const db = new DatabaseSync(from);
    db.exec('update schema_version set version = version - 1');
    await expect(copy()).rejects.toThrow(
      /run `posthaste migrate --database-url sqlite:.*posthaste.db`/,
    );
    db.exec('update schema_version set version = version + 2');
    await expect(copy()).rejects.toMatchObject({ code: 'storage_too_new' });
    db.exec('update schema_version set version = version - 1');
    db.close();
    await migratePostgres(to);
    await ask('update posthaste.schema_version set version = version + 1');
    await expect(copy()).rejects.toMatchObject({ code: 'storage_too_new' });
  });

  it('finds differences, and then lets no process use the target', async () => {
    await fillSource();
    const begun = copy({ onProgress: interruptedAfter(Infinity) }).catch(expectInterruption);
    expect(await begun).toBe(undefined);
    await ask('delete from posthaste.message_key');
    await expect(copy()).rejects.toThrow(/message_key: 0 rows instead of 2/);
    await ask(`update posthaste.attempt set response = 'okay'`);
    await expect(copy()).rejects.toThrow(/attempt: .* in the sum of response/);
    await ask('update posthaste.delivery set due_at = due_at + 1');
    await expect(copy()).rejects.toThrow(/delivery: .* in the sum of due_at/);
    await expect(started(openTarget())).rejects.toThrow(/unfinished copy/);
  });
});

const delivered = { state: 'delivered' } as const;

function handoffOf(
  { storage, application }: StorageWorld,
  messageId: string,
  endpointId: string,
  until: number,
): Handoff {
  return {
    messageId,
    endpointId,
    applicationId: application.id,
    attemptCount: 0,
    scheduleStep: 0,
    trigger: 'scheduled',
    payload: '',
    contentType: null,
    headers: null,
    claim: { owner: storage.owner, until },
  };
}

async function started(storage: Storage): Promise<Storage> {
  try {
    await storage.start();
    await joinFleet(storage);
    return storage;
  } catch (error) {
    await storage.stop();
    throw error;
  }
}

/** Throws after `batches` batches, and at the latest before the verification. */
function interruptedAfter(batches: number): (progress: CopyProgress) => void {
  let last = -1;
  let stored = 0;
  return ({ step, rows }) => {
    if (last >= 0 && rows > last) stored++;
    last = rows;
    if (stored >= batches || (step === 'verifying' && batches === Infinity)) {
      throw new Error('interrupted');
    }
  };
}

function expectInterruption(error: Error): undefined {
  expect(error.message).toBe('interrupted');
}

function secondsAfterNow(instant: number): number {
  // Claims end at the beginning of the copy or at the start of the server, years before NOW.
  return Math.max(-1, Math.floor((instant - NOW + 500) / 1_000));
}
