import { Client } from 'pg';
import { expect, it } from 'vitest';
import {
  earlierRows,
  expectEarlierInstallation,
} from '../../../../test/support/earlier-installation.ts';
import { describeWithPostgres } from '../../../../test/support/postgres.ts';
import { waitFor } from '../../../../test/support/wait-for.ts';
import { systemClock } from '../../../domain/clock.ts';
import { createPostgresStorage } from '../postgres-storage.ts';
import { ENDPOINT_FILTER } from './0006-endpoint-filter.ts';
import { UNDELIVERED } from './0019-undelivered.ts';
import { MESSAGE_HEADERS } from './0023-message-headers.ts';
import { CANCELLED_MESSAGES } from './0028-cancelled-messages.ts';
import { MIGRATIONS, migratePostgres, pendingMigrations, sqlOf } from './migrate.ts';

const NEWEST = MIGRATIONS.length;

describeWithPostgres('migrations of PostgreSQL', (createDatabase) => {
  async function ask(url: string, sql: string): Promise<unknown[]> {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query(sql)).rows as unknown[];
    } finally {
      await client.end();
    }
  }

  /** Creates the database of an older version. */
  async function createVersion(url: string, version: number): Promise<void> {
    await ask(
      url,
      `create schema posthaste;
       create table posthaste.schema_version (version integer not null);
       insert into posthaste.schema_version values (${version});
       ${MIGRATIONS.slice(0, version).map(sqlOf).join('')}`,
    );
  }

  it('are run once by processes that start at the same time', async () => {
    const url = await createDatabase();
    const all = await Promise.all(Array.from({ length: 5 }, () => migratePostgres(url)));
    for (const { to } of all) expect(to).toBe(NEWEST);
    expect(await ask(url, 'select version from posthaste.schema_version')).toEqual([
      { version: NEWEST },
    ]);
    expect(await migratePostgres(url)).toEqual({ from: NEWEST, to: NEWEST });
  });

  it('are refused when the schema is newer', async () => {
    const url = await createDatabase();
    await migratePostgres(url);
    await ask(url, `update posthaste.schema_version set version = ${NEWEST + 1}`);
    await expect(migratePostgres(url)).rejects.toMatchObject({ code: 'storage_too_new' });
    const storage = createPostgresStorage({ url, clock: systemClock });
    await expect(storage.start()).rejects.toMatchObject({ code: 'storage_too_new' });
    await storage.stop();
  });

  it('can be left to another program', async () => {
    const url = await createDatabase();
    const storage = createPostgresStorage({ url, clock: systemClock, migrate: false });
    await expect(storage.start()).rejects.toMatchObject({ code: 'configuration' });
    await storage.stop();
  });

  it('are shown as the SQL that would run', async () => {
    const url = await createDatabase();
    const text = await pendingMigrations(url);
    expect(await ask(url, `select to_regnamespace('posthaste') as schema`)).toEqual([
      { schema: null },
    ]);
    await ask(url, text);
    expect(await pendingMigrations(url)).toBe('');
    expect(await migratePostgres(url)).toEqual({ from: NEWEST, to: NEWEST });
  });

  it('keep all rows of an installation of version 5', async () => {
    const url = await createDatabase();
    await createVersion(url, MIGRATIONS.indexOf(ENDPOINT_FILTER));
    await ask(
      url,
      `${earlierRows('posthaste.')}
      insert into posthaste.message (application_id, id, organization_id, event_type, uid, channels,
          created_at, payload, payload_chars)
        select 'app_1', 'msg_' || n, 'org_1', 'a', 'uid-' || n, '["c"]', 1000, '{"number":' || n || '}', 12
        from generate_series(1, 3) as n;
      insert into posthaste.delivery (message_id, endpoint_id, application_id, due_at, claim_owner,
          attempt_count, schedule_step, shard, trigger)
        values ('msg_2', 'ep_1', 'app_1', 5000, 0, 1, 1, posthaste.shard_of('ep_1'), 0);
      insert into posthaste.settled_delivery (message_id, endpoint_id, application_id, state, schedule_step)
        values ('msg_3', 'ep_1', 'app_1', 2, 1);
      insert into posthaste.attempt
        select 'msg_' || n, 'atmpt_' || n, 'ep_1', 'app_1', 0, 1, 1, 500, 0, (n = 1)::int, '',
          case when n > 1 then 'status' end, '', ''
        from generate_series(1, 3) as n;`,
    );
    const storage = createPostgresStorage({ url, clock: systemClock });
    await storage.start();
    await expectEarlierInstallation(storage);
    await storage.stop();
  });

  it('do not block others while a table is in use, and give up in the end', async () => {
    // The last of these migrations changes the table `change`.
    const before = MIGRATIONS.indexOf(CANCELLED_MESSAGES);
    const url = await createDatabase();
    await createVersion(url, before);
    const backup = new Client({ connectionString: url });
    await backup.connect();
    try {
      await backup.query('begin; lock table posthaste.change in access share mode');
      const impatient = migratePostgres(url, { tableMs: 100, pauseMs: 0, totalMs: 0 });
      await expect(impatient).rejects.toMatchObject({
        code: 'storage_unavailable',
        message: expect.stringContaining('has had a table in use'),
      });
      const migrated = migratePostgres(url, { tableMs: 200, pauseMs: 200, totalMs: 60_000 });
      await waitFor(async () => {
        const { rows } = await backup.query('select from pg_locks where not granted');
        return rows.length > 0;
      }, 'the migration to wait');
      await ask(url, 'select from posthaste.change');
      await backup.query('commit');
      expect(await migrated).toEqual({ from: before, to: NEWEST });
    } finally {
      await backup.end();
    }
  });

  it('build indexes of large tables while others write', async () => {
    const url = await createDatabase();
    await createVersion(url, MIGRATIONS.indexOf(UNDELIVERED));
    await ask(
      url,
      `create table posthaste.settled_delivery_20260105
         partition of posthaste.settled_delivery for values from ('msg_a') to ('msg_b');
       -- As a build that failed leaves it.
       create index settled_delivery_20260105_settled_exhausted
         on posthaste.settled_delivery_20260105 (message_id);
       update pg_index set indisvalid = false
         where indexrelid = 'posthaste.settled_delivery_20260105_settled_exhausted'::regclass;`,
    );
    const settle = (table: string, id: string) => `
      insert into posthaste.${table} (message_id, endpoint_id, application_id, state, schedule_step)
      values ('${id}', 'ep_1', 'app_1', 2, 1)`;
    const writer = new Client({ connectionString: url });
    await writer.connect();
    try {
      await writer.query(`begin; ${settle('settled_delivery', 'msg_a1')}`);
      const migrated = migratePostgres(url);
      await waitFor(async () => {
        const waiting = await ask(
          url,
          `select from pg_stat_activity where wait_event_type = 'Lock'
             and query like 'create index concurrently settled%'`,
        );
        return waiting.length > 0;
      }, 'an index to wait for the transaction of the writer');
      await ask(url, `set lock_timeout = 1000; ${settle('settled_delivery', 'msg_a2')}`);
      await writer.query('commit');
      await migrated;
    } finally {
      await writer.end();
    }
    const indexes = await ask(
      url,
      `select c.relname as name, i.indisvalid as valid, pg_get_indexdef(c.oid) as text
       from pg_index as i join pg_class as c on c.oid = i.indexrelid
       where c.relname like any (array['settled%exhausted%', 'delivery_failing%']) order by 1`,
    );
    expect(indexes).toMatchObject([
      { name: 'delivery_failing', valid: true },
      { name: 'delivery_failing_of', valid: true },
      { name: 'settled_delivery_20260105_settled_exhausted', valid: true },
      { name: 'settled_delivery_20260105_settled_exhausted_of', valid: true },
      { name: 'settled_delivery_default_settled_exhausted', valid: true },
      { name: 'settled_delivery_default_settled_exhausted_of', valid: true },
      { name: 'settled_exhausted', valid: true },
      { name: 'settled_exhausted_of', valid: true },
    ]);
    expect(indexes[2]).toMatchObject({
      text: expect.stringContaining('(message_id, endpoint_id)'),
    });
  });

  it('keep the right to call posthaste.send for roles that had it before the headers', async () => {
    const url = await createDatabase();
    const role = 'posthaste_test_earlier_sender';
    await createVersion(url, MIGRATIONS.indexOf(MESSAGE_HEADERS));
    await ask(
      url,
      `drop role if exists ${role};
       create role ${role};
       grant execute on function
         posthaste.send(text, text, text, text, text[], text, text) to ${role};`,
    );
    await migratePostgres(url);
    const may = (who: string) =>
      ask(
        url,
        `select has_function_privilege('${who}', oid, 'execute') as may from pg_proc
         where proname = 'send' and prosecdef`,
      );
    expect(await may(role)).toEqual([{ may: true }]);
    expect(await may('public')).toEqual([{ may: false }]);
    await ask(url, `drop owned by ${role}; drop role ${role}`);
  });

  it('say what is wrong with the database', async () => {
    const url = new URL(await createDatabase());
    url.pathname = '/none';
    await expect(migratePostgres(url.href)).rejects.toMatchObject({
      code: 'configuration',
      message: expect.stringContaining('"none" does not exist'),
    });
    url.port = '1';
    await expect(migratePostgres(url.href)).rejects.toMatchObject({ code: 'storage_unavailable' });
  });
});
