import { expect, it, onTestFinished } from 'vitest';
import { fleetSettings, startFleetLoad } from '../support/fleet-load.ts';
import { describeWithPostgres } from '../support/postgres.ts';
import { describeWithRabbitmqServer } from '../support/rabbitmq.ts';
import { freePort } from '../support/free-ports.ts';
import { startServer } from '../support/server-process.ts';
import { waitFor } from '../support/wait-for.ts';

/** Runs only with TEST_FAULTS=all, because it starts a broker three times and each start takes seconds. */
const RUNS = process.env['TEST_FAULTS'] === 'all';

describeWithPostgres('a fleet on PostgreSQL and RabbitMQ', (createDatabase) => {
  describeWithRabbitmqServer('whose broker is killed and wiped under load', (broker) => {
    it.runIf(RUNS)('loses nothing, and keeps order and rates', { timeout: 240_000 }, async () => {
      const env = {
        ...fleetSettings(await createDatabase()),
        POSTHASTE_QUEUE_URL: broker().url,
      };
      const servers = await Promise.all(
        Array.from({ length: 3 }, async () => startServer(env, await freePort())),
      );
      const load = await startFleetLoad(servers);
      onTestFinished(() => load.close());
      const overBrokerAt = Date.now();
      await load.settled(Date.now() + 3_000, 20_000);
      const slowest = load.slowest(overBrokerAt);

      await broker().keeps('posthaste.handoffs');
      await broker().kill();
      const awayAt = Date.now();
      // Hand-offs in the broker come back with the broker.
      await waitFor(() => Date.now() > awayAt + 3_000);
      await broker().restart();
      await load.settled(Date.now() + 1_000, 40_000);
      await broker().keeps('posthaste.handoffs');

      // Hand-offs that are wiped would come back only when their claims expire, minutes later.
      load.ledger.paused = true;
      await load.settled(Date.now(), 30_000);
      await broker().wipe();
      load.ledger.paused = false;
      await load.settled(Date.now() + 3_000, 30_000);
      await broker().restart();
      await load.settled(Date.now() + 3_000, 40_000);

      await load.finish();
      expect(load.breaches()).toEqual([]);
      console.log(
        `fleet over RabbitMQ: ${load.field.repeated(load.names)} repeated, slowest with the broker well ${slowest} ms`,
      );
    });
  });
});
