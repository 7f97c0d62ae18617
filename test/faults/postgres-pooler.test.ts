import { Client } from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../src/domain/clock.ts';
import { openPostgresTarget } from '../../src/storage/copy/postgres-target.ts';
import { migratePostgres } from '../../src/storage/postgres/migrations/migrate.ts';
import { createPostgresStorage } from '../../src/storage/postgres/postgres-storage.ts';
import {
  OWNER,
  type TestApp,
  attemptsOf,
  newFolder,
  publish,
  register,
  startApp,
} from '../support/app.ts';
import { describeUnlessMissing } from '../support/describe-unless-missing.ts';
import { type Pgbouncer, startPgbouncer, whyNoPgbouncer } from '../support/pgbouncer.ts';
import { describeWithPostgres } from '../support/postgres.ts';
import { TAKEN_OVER_WITHIN_MS, fleetSettings } from '../support/fleet-load.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { freePort } from '../support/free-ports.ts';
import { startServer } from '../support/server-process.ts';
import { waitFor } from '../support/wait-for.ts';

describeUnlessMissing('PostgreSQL behind PgBouncer', whyNoPgbouncer(), () => {
  describeWithPostgres('in', (createDatabase) => {
    let databaseUrl = '';
    let pooler: Pgbouncer;
    let receiver: Receiver;
    const apps: TestApp[] = [];

    beforeEach(async () => {
      databaseUrl = await createDatabase();
      receiver = await startReceiver();
    });
    afterEach(async () => {
      await Promise.all(apps.splice(0).map((app) => app.close()));
      await receiver.close();
      await pooler.stop();
    });

    async function start(roles: string): Promise<TestApp> {
      const settings = { databaseUrl: pooler.through(databaseUrl), roles };
      const app = await startApp(settings, newFolder());
      apps.push(app);
      return app;
    }

    it('session mode, processes deliver, hear of each other and stop', async () => {
      pooler = await startPgbouncer(databaseUrl, 'session');
      const worker = await start('worker');
      const api = await start('api');
      const { app } = await register(api, { url: receiver.url });
      const messages = await Promise.all(
        Array.from({ length: 50 }, (_, n) => publish(api, app, { n })),
      );
      // The worker hears of the work by notices; its regular look comes only every ten seconds.
      await waitFor(() => receiver.received.length === 50, 'all to arrive', 8_000);
      const last = messages.at(-1)?.id ?? '';
      expect(await attemptsOf(api, app, last, 1)).toMatchObject([{ statusText: 'success' }]);
      await worker.stop();
      expect(await api.operations.status.get(OWNER)).toMatchObject({
        processes: [{ roles: ['api'] }],
        backlog: { waiting: 0 },
      });
    });

    it('session mode, others take over from a killed process as soon as its lease has expired', async () => {
      pooler = await startPgbouncer(databaseUrl, 'session');
      const startChild = async () =>
        startServer(
          { ...fleetSettings(pooler.through(databaseUrl)), POSTHASTE_ROLES: 'worker' },
          await freePort(),
        );
      const shares = async () => {
        const { processes } = await api.operations.status.get(OWNER);
        return processes.map(({ ownedShards }) => ownedShards).filter((count) => count > 0);
      };
      const api = await start('api');
      const alone = await startChild();
      await waitFor(async () => (await shares()).includes(256));

      await alone.kill();
      let killedAt = performance.now();
      await start('worker');
      const { app } = await register(api, { url: receiver.url });
      await publish(api, app, {});
      await waitFor(() => receiver.received.length === 1);
      expect(performance.now() - killedAt).toBeLessThan(TAKEN_OVER_WITHIN_MS);

      const second = await startChild();
      await waitFor(async () => (await shares()).length === 2);
      await second.kill();
      killedAt = performance.now();
      await waitFor(async () => (await shares()).includes(256));
      expect(performance.now() - killedAt).toBeLessThan(TAKEN_OVER_WITHIN_MS);
    });

    it.each([
      ['transaction', 'set it to session mode'],
      ['statement', 'statement pooling mode'],
    ] as const)('%s mode, no process starts, and none copies', async (mode, reason) => {
      pooler = await startPgbouncer(databaseUrl, mode);
      const url = pooler.through(databaseUrl);
      const refused = { code: 'configuration', message: expect.stringContaining(reason) };
      const storage = createPostgresStorage({ url, clock: systemClock });
      await expect(storage.start()).rejects.toMatchObject(refused);
      await storage.stop();
      const target = openPostgresTarget(url);
      await expect(target.check('')).rejects.toMatchObject(refused);
      await target.close();
    });

    it('transaction mode, a migration leaves no setting in sessions that others get', async () => {
      pooler = await startPgbouncer(databaseUrl, 'transaction');
      const url = pooler.through(databaseUrl);
      const client = new Client({ connectionString: url });
      await client.connect();
      await migratePostgres(url);
      const storage = createPostgresStorage({ url, clock: systemClock });
      await expect(storage.start()).rejects.toMatchObject({ code: 'configuration' });
      await storage.stop();
      const settings = ['lock_timeout', 'statement_timeout', 'synchronous_commit', 'jit'];
      const { rows } = await client.query(
        `select name, setting, reset_val from pg_settings where name = any($1) and setting <> reset_val`,
        [settings],
      );
      await client.end();
      expect(rows).toEqual([]);
    });
  });
});
