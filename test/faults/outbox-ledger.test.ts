import { Client } from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { apiCallsOf } from '../support/api-calls.ts';
import { describeWithPostgresServer } from '../support/postgres.ts';
import { startReceiver } from '../support/receiver.ts';
import { freePort } from '../support/free-ports.ts';
import { startServer } from '../support/server-process.ts';
import { waitFor } from '../support/wait-for.ts';

const KILLS = process.env['TEST_FAULTS'] === 'all' ? 6 : 4;
const SENDERS = 8;
const JWT_SECRET = 'a secret of the outbox test, 32 characters';

/** Senders and receiver keep the record, outside the killed processes. */
describeWithPostgresServer('the outbox under kill -9', {}, (server) => {
  it(`each committed row is one message, through ${KILLS} kills of the worker and one of the database`, async () => {
    const receiver = await startReceiver();
    const databaseUrl = await server().createDatabase();
    const port = await freePort();
    const env = {
      POSTHASTE_DATABASE_URL: databaseUrl,
      POSTHASTE_JWT_SECRET: JWT_SECRET,
      POSTHASTE_ALLOW_NETWORKS: '127.0.0.0/8',
      POSTHASTE_LOG_LEVEL: 'silent',
    };
    let worker = await startServer(env, port);
    onTestFinished(() => receiver.close());
    const { post } = await apiCallsOf(() => worker, JWT_SECRET);
    await post('/app', { name: 'ledger', uid: 'ledger' });
    await post('/app/ledger/endpoint', { url: receiver.url });

    const committed = new Set<string>();
    const rolledBack = new Set<string>();
    // Messages of commits whose answer was lost: they may have been committed or not.
    const unknown = new Set<string>();
    let sending = true;
    const senders = Array.from({ length: SENDERS }, async (_, sender) => {
      let client: Client | null = null;
      for (let n = 0; sending; n++) {
        let id = '';
        try {
          if (client === null) {
            client = new Client({ connectionString: databaseUrl });
            // The statement rejects with the same error.
            client.on('error', () => {});
            await client.connect();
          }
          await client.query('begin');
          const { rows } = await client.query<{ id: string }>(
            `select posthaste.send('ledger', 'a.b', to_json($1::int), organization => 'org_test') as id`,
            [n],
          );
          id = rows[0]?.id ?? '';
          const commits = (n + sender) % 5 > 0;
          unknown.add(id);
          await client.query(commits ? 'commit' : 'rollback');
          unknown.delete(id);
          (commits ? committed : rolledBack).add(id);
        } catch {
          await client?.end().catch(() => {});
          client = null;
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      }
      await client?.end();
    });

    for (let kill = 0; kill < KILLS; kill++) {
      const before = receiver.received.length;
      await waitFor(() => receiver.received.length > before + 50, 'deliveries', 30_000);
      await worker.kill();
      if (kill === KILLS - 2) {
        await server().kill();
        await server().restart();
      }
      worker = await startServer(env, port);
    }
    sending = false;
    await Promise.all(senders);

    const client = new Client({ connectionString: databaseUrl });
    await client.connect();
    const ids = async (table: string, column: string) => {
      const { rows } = await client.query<{ id: string }>(
        `select ${column} as id from posthaste.${table}`,
      );
      return rows.map(({ id }) => id);
    };
    await waitFor(
      async () => (await ids('outbox', 'message_id')).length === 0,
      'the relay',
      30_000,
    );
    const messages = await ids('message', 'id');
    expect(new Set(messages).size).toBe(messages.length);
    expect([...committed.difference(new Set(messages))]).toEqual([]);
    expect(messages.filter((id) => !committed.has(id) && !unknown.has(id))).toEqual([]);
    expect(messages.filter((id) => rolledBack.has(id))).toEqual([]);
    expect(await ids('outbox_failed', 'message_id')).toEqual([]);
    expect(committed.size).toBeGreaterThan(300);
    await waitFor(
      () => {
        const arrived = new Set(receiver.received.map(({ headers }) => headers['webhook-id']));
        return messages.every((id) => arrived.has(id));
      },
      'all deliveries',
      60_000,
    );
    await client.end();
  }, 180_000);
});
