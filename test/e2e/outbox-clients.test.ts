import { drizzle as drizzleOverPg } from 'drizzle-orm/node-postgres';
import { drizzle as drizzleOverPostgresJs } from 'drizzle-orm/postgres-js';
import { Kysely, PostgresDialect } from 'kysely';
import { Client, Pool } from 'pg';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Posthaste, type Transaction } from '../../src/index.ts';
import { describeWithPostgres } from '../support/postgres.ts';
import { waitFor } from '../support/wait-for.ts';

const PAYLOAD = { text: `it's \\ $1 "é😀" \n \u0000 ?` };

describeWithPostgres('message.create with a transaction', (createDatabase) => {
  let url = '';
  let posthaste: Posthaste;
  let pool: Pool;
  let sql: ReturnType<typeof postgres>;
  let kysely: Kysely<unknown>;

  beforeAll(async () => {
    url = await createDatabase();
    posthaste = new Posthaste({ databaseUrl: url });
    await posthaste.start();
    await posthaste.application.create({ name: 'Acme', uid: 'acme' });
    pool = new Pool({ connectionString: url });
    sql = postgres(url, { onnotice: () => {} });
    kysely = new Kysely({ dialect: new PostgresDialect({ pool }) });
  });
  afterAll(async () => {
    await kysely.destroy();
    await sql.end();
    await posthaste.stop();
  });

  type Run = (work: (tx: Transaction) => Promise<void>) => Promise<unknown>;
  const clients: Record<string, Run> = {
    pg: async (work) => {
      const client = await pool.connect();
      try {
        await client.query('begin');
        await work(client);
        await client.query('commit');
      } catch (error) {
        await client.query('rollback');
        throw error;
      } finally {
        client.release();
      }
    },
    'postgres.js': (work) => sql.begin((tx) => work(tx)),
    Kysely: (work) => kysely.transaction().execute((tx) => work(tx)),
    'Drizzle over pg': (work) => drizzleOverPg(pool).transaction((tx) => work(tx)),
    'Drizzle over postgres.js': (work) => drizzleOverPostgresJs(sql).transaction((tx) => work(tx)),
    // Has only the two methods of Prisma's client that are used, because Prisma is no dependency here.
    'a client like Prisma': async (work) => {
      const client = new Client({ connectionString: url });
      await client.connect();
      try {
        await client.query('begin');
        await work({
          $queryRawUnsafe: async (text: string, ...values: unknown[]) =>
            (await client.query<object>(text, values)).rows,
        });
        await client.query('commit');
      } finally {
        await client.end();
      }
    },
  };

  describe.each(Object.entries(clients))('of %s', (name, run) => {
    it('sends a committed message', async () => {
      let id = '';
      const eventId = name.replaceAll(' ', '-');
      await run(async (tx) => {
        const input = {
          eventType: 'a.b',
          payload: PAYLOAD,
          eventId,
          channels: ['one', 'two'],
        };
        const message = await posthaste.message.create('acme', input, { tx });
        expect(message).toMatchObject({ ...input, timestamp: expect.any(String) });
        ({ id } = message);
      });
      const stored = await waitFor(() => posthaste.message.get('acme', id).catch(() => null));
      expect(stored).toMatchObject({ payload: PAYLOAD, eventId, channels: ['one', 'two'] });

      await run(async (tx) => {
        const raw = { eventType: 'a.b', rawPayload: `<a b='\\'/>`, contentType: 'text/xml' };
        ({ id } = await posthaste.message.create('acme', raw, { tx }));
      });
      const second = await waitFor(() => posthaste.message.get('acme', id).catch(() => null));
      expect(second).toMatchObject({ rawPayload: `<a b='\\'/>`, contentType: 'text/xml' });
    });

    it('sends no message that was rolled back', async () => {
      let id = '';
      const rolledBack = run(async (tx) => {
        ({ id } = await posthaste.message.create('acme', { eventType: 'a.b', payload: 1 }, { tx }));
        throw new Error('changed my mind');
      });
      await expect(rolledBack).rejects.toThrow('changed my mind');
      const { rowCount } = await pool.query(
        `select from posthaste.outbox where message_id = $1
         union all select from posthaste.message where id = $1`,
        [id],
      );
      expect({ id, rowCount }).toEqual({ id: expect.stringMatching(/^msg_/), rowCount: 0 });
    });
  });

  const message = { eventType: 'a.b', payload: 1 };

  it('refuses what is no transaction', async () => {
    const others: [object | null, RegExp][] = [
      [pool, /pool/],
      [sql, /sql\.begin/],
      [kysely, /db\.transaction/],
      [drizzleOverPg(pool), /db\.transaction/],
      [{ $queryRawUnsafe() {}, $connect() {} }, /prisma\.\$transaction/],
      [{}, /a client of pg/],
      [null, /a client of pg/],
    ];
    for (const [tx, reason] of others) {
      const created = posthaste.message.create('acme', message, { tx: tx as Transaction });
      await expect(created).rejects.toMatchObject({
        code: 'configuration',
        message: expect.stringMatching(reason),
      });
    }
  });

  it('checks the message and the application before anything is sent', async () => {
    await clients['pg']?.(async (tx) => {
      const create = (app: string, input: object, options = {}) =>
        posthaste.message.create(app, { ...message, ...input }, { tx, ...options });
      await expect(create('nobody', {})).rejects.toMatchObject({ code: 'not_found' });
      await expect(create('acme', { eventType: 'no type' })).rejects.toMatchObject({
        code: 'validation',
      });
      const application = { name: 'New', uid: 'acme' };
      await expect(create('acme', { application })).rejects.toMatchObject({ code: 'validation' });
      await expect(create('acme', {}, { idempotencyKey: 'key' })).rejects.toMatchObject({
        code: 'configuration',
      });
    });
  });

  it('needs PostgreSQL', async () => {
    const onSqlite = new Posthaste({ databaseUrl: 'sqlite:./never-opened.db' });
    const created = onSqlite.message.create('acme', message, { tx: new Client() });
    await expect(created).rejects.toMatchObject({ code: 'configuration' });
  });
});
