import { Client } from 'pg';
import { expect, it } from 'vitest';
import { describeWithPostgres } from '../../../../test/support/postgres.ts';
import { systemClock } from '../../../domain/clock.ts';
import { createPostgresStorage } from '../postgres-storage.ts';
import { MIGRATIONS, migratePostgres, pendingMigrations } from './migrate.ts';

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

  it('can be left to somebody else', async () => {
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
