import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  earlierRows,
  expectEarlierInstallation,
} from '../../../../test/support/earlier-installation.ts';
import { systemClock } from '../../../domain/clock.ts';
import { ENDPOINT_FILTER } from './0014-endpoint-filter.ts';
import { MIGRATIONS, migrateSqlite } from './migrate.ts';
import { createSqliteStorage } from '../sqlite-storage.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'posthaste-migrations-'));
  path = join(folder, 'new', 'posthaste.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

const latest = MIGRATIONS.length;

it('creates the file with its folder, and does not change a current one', async () => {
  expect(migrateSqlite(path)).toEqual({ from: 0, to: latest });
  expect(migrateSqlite(path)).toEqual({ from: latest, to: latest });
  const storage = createSqliteStorage({ path, clock: systemClock, migrate: false });
  await storage.start();
  await storage.stop();
});

it('migrates an older file with its rows', async () => {
  createVersion(
    1,
    `
    insert into message values ('app_1', 'msg_1', 'org_1', 'a', null, null, 0, '{}');
    insert into delivery values ('msg_1', 'ep_1', 'app_1', 0, 2, 2, 0, 5000, 3, 0);`,
  );
  expect(migrateSqlite(path)).toEqual({ from: 1, to: latest });
  const storage = createSqliteStorage({ path, clock: systemClock });
  await storage.start();
  expect(await storage.messages.delivery('app_1', 'msg_1', 'ep_1')).toMatchObject({
    state: 'pending',
    attemptCount: 2,
    claimed: false,
  });
  await storage.stop();
});

it('keeps the first claims of version 2', async () => {
  createVersion(
    2,
    `
    insert into message values ('app_1', 'msg_1', 'org_1', 'a', null, null, 0, '{}');
    insert into first_claim values ('msg_1', 'app_1', 3, 5000, '["ep_1","ep_2","ep_3"]');
    insert into delivery values ('msg_1', 'ep_2', 'app_1', 0, 2, 2, 0, 7000, 0, 0);
    insert into attempt values
      ('msg_1', 'atmpt_1', 'ep_1', 'app_1', 1, 0, '', 0, 1, 1, null, '', 200, '');`,
  );
  const storage = createSqliteStorage({ path, clock: systemClock });
  await storage.start();
  const states = ['ep_1', 'ep_2', 'ep_3'].map((id) =>
    storage.messages.delivery('app_1', 'msg_1', id),
  );
  expect(await Promise.all(states)).toEqual([
    expect.objectContaining({ state: 'delivered', attemptCount: 1 }),
    expect.objectContaining({ state: 'pending', attemptCount: 2, dueAt: 7000, claimed: false }),
    expect.objectContaining({ state: 'pending', attemptCount: 0, dueAt: 5000, claimed: false }),
  ]);
  await storage.stop();
});

it('keeps the order of attempts by endpoint of version 3', async () => {
  createVersion(
    3,
    `
    insert into attempt values
      ('msg_2', 'atmpt_1', 'ep_1', 'app_1', 1, 0, '', 0, 1, 1, null, '', 200, ''),
      ('msg_1', 'atmpt_2', 'ep_2', 'app_1', 1, 0, '', 0, 1, 1, null, '', 200, ''),
      ('msg_1', 'atmpt_3', 'ep_1', 'app_1', 1, 0, '', 0, 1, 1, null, '', 200, '');`,
  );
  const storage = createSqliteStorage({ path, clock: systemClock });
  await storage.start();
  const page = { limit: 5, order: 'ascending' } as const;
  const { data } = await storage.attempts.byEndpoint('ep_1', page);
  expect(data.map(({ id }) => id)).toEqual(['atmpt_1', 'atmpt_3']);
  await storage.stop();
});

it('begins with one failure for an endpoint that was failing', async () => {
  const before = MIGRATIONS.findIndex((sql) => sql.includes('last_failed_at'));
  createVersion(
    before,
    `
    insert into application (id, organization_id, uid, name, rate_limit, metadata, policy, created_at, updated_at, deleted_at)
    values ('app_1', 'org_1', null, '', null, '{}', '{}', 0, 0, null);
    insert into endpoint (id, organization_id, application_id, url, description, metadata, headers,
      secrets, ordered, policy, failing_since, failed_count, created_at, updated_at)
    values ('ep_1', 'org_1', 'app_1', 'https://example.com/', '', '{}', '{}', '[]', 0, '{}', 5, 3, 0, 0);`,
  );
  const storage = createSqliteStorage({ path, clock: systemClock });
  await storage.start();
  expect((await storage.endpoints.get('app_1', 'ep_1'))?.health).toEqual({
    failingSince: 5,
    lastFailedAt: 5,
    failedCount: 3,
  });
  await storage.stop();
});

it('keeps all rows of an installation of version 13', async () => {
  createVersion(
    MIGRATIONS.indexOf(ENDPOINT_FILTER),
    `${earlierRows()}
    insert into message (application_id, id, organization_id, event_type, uid, channels, created_at,
        payload, claimed_endpoint_ids)
      select 'app_1', 'msg_' || value, 'org_1', 'a', 'uid-' || value, '["c"]', 1000,
        '{"number":' || value || '}', iif(value = 1, '["ep_1"]', null)
      from json_each('[1,2,3]');
    insert into delivery values
      ('msg_2', 'ep_1', 'app_1', 0, 1, 1, 0, 5000, 0, 0),
      ('msg_3', 'ep_1', 'app_1', 2, 1, 1, 0, null, 0, 0);
    insert into attempt
      select 'msg_' || value, 'atmpt_' || value, 'ep_1', 'app_1', 1, 0, '', 0, 1, value = 1,
        iif(value = 1, null, 'status'), '', 500, ''
      from json_each('[1,2,3]');
    insert into attempt_by_endpoint select endpoint_id, id, message_id from attempt;`,
  );
  const storage = createSqliteStorage({ path, clock: systemClock });
  await storage.start();
  await expectEarlierInstallation(storage);
  await storage.stop();
});

it('refuses a file of a newer version with an explanation', async () => {
  migrateSqlite(path);
  change(`update schema_version set version = ${latest + 5}`);
  const refusal = {
    code: 'storage_too_new',
    message: expect.stringContaining(`version ${latest + 5}, this program knows up to ${latest}`),
  };
  expect(() => migrateSqlite(path)).toThrow(expect.objectContaining(refusal));
  const storage = createSqliteStorage({ path, clock: systemClock });
  await expect(storage.start()).rejects.toMatchObject(refusal);
  await storage.stop();
});

it('says how to migrate when it may not', async () => {
  const storage = createSqliteStorage({ path, clock: systemClock, migrate: false });
  await expect(storage.start()).rejects.toMatchObject({
    code: 'configuration',
    message: expect.stringContaining(`posthaste migrate --database-url sqlite:${path}`),
  });
  await storage.stop();
});

it("does not change another program's file", () => {
  path = join(folder, 'other.db');
  change('create table theirs (a)');
  expect(() => migrateSqlite(path)).toThrow(expect.objectContaining({ code: 'configuration' }));
});

it('says that a file is not a database', async () => {
  path = join(folder, 'text.db');
  writeFileSync(path, 'not a database, but longer than the header of one '.repeat(20));
  const storage = createSqliteStorage({ path, clock: systemClock });
  await expect(storage.start()).rejects.toMatchObject({
    code: 'storage_unavailable',
    message: expect.stringContaining('file is not a database'),
  });
  await storage.stop();
});

/** Creates the file of an older version, with rows. */
function createVersion(version: number, rows: string): void {
  mkdirSync(dirname(path));
  change(`
    create table schema_version (version integer not null) strict;
    insert into schema_version values (${version});
    ${MIGRATIONS.slice(0, version).join('')}
    ${rows}`);
}

function change(sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}
