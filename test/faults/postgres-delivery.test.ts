import { Client } from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/domain/clock.ts';
import { createTokens } from '../../src/operations/operations.ts';
import { OWNER, attemptsOf, newFolder, publish, register, startApp } from '../support/app.ts';
import { describeWithPostgresServer } from '../support/postgres.ts';
import { startReceiver } from '../support/receiver.ts';
import { freePort } from '../support/free-ports.ts';
import { startServer } from '../support/server-process.ts';
import { waitFor } from '../support/wait-for.ts';

const JWT_SECRET = 'a secret of the database test, 32 characters';

describeWithPostgresServer('when PostgreSQL is killed and comes back', {}, (server) => {
  it('publishing answers 503 with Retry-After meanwhile, and works again by itself', async () => {
    const posthaste = await startServer(
      {
        POSTHASTE_DATABASE_URL: await server().createDatabase(),
        POSTHASTE_JWT_SECRET: JWT_SECRET,
        POSTHASTE_LOG_LEVEL: 'warn',
      },
      await freePort(),
    );
    const token = await createTokens({ secret: JWT_SECRET, clock: systemClock }).issue({
      organizationId: 'org_test',
    });
    const post = async (path: string, body: unknown) => {
      const answer = await fetch(`${posthaste.url}/api/v1${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return { status: answer.status, retryAfter: answer.headers.get('retry-after') };
    };
    const message = { eventType: 'test.event', payload: {} };
    expect(await post('/app', { name: 'Acme', uid: 'acme' })).toMatchObject({ status: 201 });
    expect(await post('/app/acme/msg', message)).toMatchObject({ status: 202 });

    // On a busy machine, the start may have logged that it takes long.
    const told = posthaste.output().length;
    await server().kill();
    const refused = await post('/app/acme/msg', message);
    expect(refused.status).toBe(503);
    expect(Number(refused.retryAfter)).toBeGreaterThan(0);

    await server().restart();
    await waitFor(async () => (await post('/app/acme/msg', message)).status === 202);
    const back = '"msg":"the database is available again"';
    await waitFor(() => posthaste.output().includes(back), 'the log to tell of the end');
    const lines = posthaste.output().slice(told).trim().split('\n');
    const messages = lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
    expect(new Set(messages)).toEqual(
      new Set([
        'the database is not available; trying again until it is',
        'the database is available again',
      ]),
    );
    // Two lines for each outage: a connection that is found broken later may begin a second outage.
    expect(messages.length).toBeLessThanOrEqual(4);
  });

  it(
    'publishing and lists answer with the error while PostgreSQL hangs',
    { timeout: 60_000 },
    async () => {
      const app = await startApp({ databaseUrl: await server().createDatabase() }, newFolder());
      onTestFinished(() => app.close());
      const { app: id } = await register(app, { url: 'http://127.0.0.1:9/' });
      await publish(app, id, { n: 1 });
      const list = () => app.operations.applications.list(OWNER);
      await list();
      server().freeze();
      const refused = await Promise.all(
        [publish(app, id, { n: 2 }), list()].map((call) => call.catch((error: unknown) => error)),
      );
      server().thaw();
      expect(refused).toMatchObject([
        { code: 'storage_unavailable' },
        { code: 'storage_unavailable' },
      ]);
      await waitFor(() => publish(app, id, { n: 3 }).catch(() => null), 'publishing', 20_000);
    },
  );

  it('a server that takes no writes for a while, as after a failover, is left for good', async () => {
    const receiver = await startReceiver();
    const databaseUrl = await server().createDatabase();
    const app = await startApp({ databaseUrl }, newFolder());
    const { app: id } = await register(app, { url: receiver.url });
    const operator = new Client({ connectionString: server().url });
    await operator.connect();
    const set = (what: string) =>
      operator.query(`alter database ${new URL(databaseUrl).pathname.slice(1)} ${what}`);
    const publishes = () => publish(app, id, { n: 1 }).catch((error: Error) => error.message);

    await set('set default_transaction_read_only = on');
    await operator.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'posthaste%'`,
    );
    // Sessions that are made now would keep this setting: that of publishing, and that of the lease.
    await waitFor(async () => {
      const published = await publishes();
      return typeof published === 'string' && /takes no writes|read-only/.test(published);
    });
    const database = new Client({ connectionString: databaseUrl });
    await database.connect();
    const lease = 'select from posthaste.process where lease_until > clock_timestamp()';
    await waitFor(async () => (await database.query(lease)).rowCount === 0, 'the end of the lease');
    await database.end();
    await set('reset default_transaction_read_only');

    const { id: messageId } = await waitFor(async () => {
      const published = await publishes();
      return typeof published !== 'string' && published;
    }, 'publishing to work again');
    await waitFor(
      () => receiver.received.some(({ headers }) => headers['webhook-id'] === messageId),
      'a delivery',
    );
    await operator.end();
    await app.close();
    await receiver.close();
  });

  it('deliveries go on where they stopped, and results of requests in flight are recorded', async () => {
    const receiver = await startReceiver();
    const app = await startApp(
      { databaseUrl: await server().createDatabase(), retrySchedule: '0.2,0.2,0.2,5' },
      newFolder(),
    );
    const { app: id } = await register(app, { url: receiver.url });
    let open = (): void => {};
    const held = new Promise<void>((resolve) => (open = resolve));
    receiver.answer = (_request, response) => void held.then(() => response.end());
    const inFlight = await publish(app, id, { n: 1 });
    await waitFor(() => receiver.received.length === 1);
    await server().kill();
    await expect(publish(app, id, { n: 2 })).rejects.toMatchObject({ code: 'storage_unavailable' });
    open();
    await server().restart();
    const [attempt] = await waitFor(
      () => attemptsOf(app, id, inFlight.id, 1).catch(() => null),
      'the attempt to be recorded',
      20_000,
    );
    expect(attempt).toMatchObject({ statusText: 'success' });
    const next = await waitFor(() => publish(app, id, { n: 3 }).catch(() => null));
    await attemptsOf(app, id, next.id, 1);
    // One request for each message: the attempt in flight was not repeated.
    expect(receiver.received).toHaveLength(2);
    await app.close();
    await receiver.close();
  });
});
