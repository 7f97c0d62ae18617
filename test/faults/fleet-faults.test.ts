import { expect, it, onTestFinished } from 'vitest';
import { startCuttingProxy } from '../support/cutting-proxy.ts';
import { type FleetLoad, fleetSettings, startFleetLoad } from '../support/fleet-load.ts';
import { describeWithPostgresServer } from '../support/postgres.ts';
import { freePort } from '../support/free-ports.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';
import { describeWithSettableClock } from '../support/set-clock.ts';
import { waitFor } from '../support/wait-for.ts';

// Commits survive a crash of the server, but not of the machine, which makes them faster.
const OPTIONS = { durable: false, settings: { synchronous_commit: 'on' } };

describeWithPostgresServer('a fleet under load', OPTIONS, (postgres) => {
  async function start(env: Record<string, string>, port?: number): Promise<ServerProcess> {
    return startServer(env, port ?? (await freePort()));
  }

  it(
    'goes through a rolling restart, lost answers of commits and a restart of PostgreSQL',
    { timeout: 180_000 },
    async () => {
      const url = new URL(await postgres().createDatabase());
      const proxy = await startCuttingProxy(Number(url.port));
      onTestFinished(() => proxy.close());
      url.port = String(proxy.port);
      const env = fleetSettings(url.href);
      const ports = await Promise.all([freePort(), freePort(), freePort()]);
      const servers = await Promise.all(ports.map((port) => start(env, port)));
      const load = await startFleetLoad(servers);
      onTestFinished(() => load.close());
      const steadyAt = Date.now();
      await load.settled(Date.now() + 1_000, 30_000);
      // The time that this machine needs without faults.
      const steady = load.slowest(steadyAt);

      // The balancer is not told: it tries the next process when a connection is refused.
      load.balancer.retries = 'safe';
      const pushed = await startPushingBack(load);
      const restartedAt = Date.now();
      for (const [index, port] of ports.entries()) {
        const server = servers[index];
        server?.signal('SIGTERM');
        expect(await server?.ended).toBe(0);
        servers[index] = await start(env, port);
        await pushed.publish();
      }
      await load.settled(Date.now() + 1_000, 30_000);
      expect(load.balancer.errors).toEqual([]);
      // The next owners of the endpoint knew of its pause.
      expect(pushed.requests()).toBe(1);
      const slowest = load.slowest(restartedAt);
      expect(slowest).toBeLessThan(3_000 + steady);

      load.balancer.retries = 'any';
      for (let cuts = 0; cuts < 20; cuts++) {
        proxy.cutAnswers('accept', 1);
        const cutAt = performance.now();
        await waitFor(() => performance.now() > cutAt + 100);
      }
      await load.settled(Date.now(), 40_000);
      expect(load.balancer.withoutRetryAfter).toBe(0);

      const refusedBefore = load.balancer.refusals.get(503) ?? 0;
      await postgres().kill();
      await waitFor(() => (load.balancer.refusals.get(503) ?? 0) > refusedBefore + 20);
      await postgres().restart();
      await load.settled(Date.now() + 1_000, 30_000);
      expect(load.balancer.withoutRetryAfter).toBe(0);

      await load.finish();
      expect(load.breaches()).toEqual([]);
      console.log(
        `fleet faults: slowest of the rolling restart ${slowest} ms, ${load.field.repeated(load.names)} repeated, answers ${JSON.stringify([...load.balancer.refusals])}`,
      );
    },
  );

  describeWithSettableClock('whose clocks are an hour apart', (createClock) => {
    it(
      'goes on when a process that accepts and a process that delivers are killed',
      { timeout: 180_000 },
      async () => {
        const clocks = [-HOUR_MS, 0, HOUR_MS].map((aheadMs) => {
          const clock = createClock();
          clock.set(aheadMs);
          onTestFinished(() => clock.remove());
          return clock;
        });
        const env = {
          ...fleetSettings(await postgres().createDatabase()),
          POSTHASTE_RETRY_SCHEDULE: '1,1,1',
        };
        const roles = ['api', 'worker', 'api,worker'];
        const [api, worker, both] = (await Promise.all(
          roles.map((role, index) =>
            start({ ...env, ...clocks[index]?.env, POSTHASTE_ROLES: role }),
          ),
        )) as [ServerProcess, ServerProcess, ServerProcess];
        const load = await startFleetLoad([api, both]);
        onTestFinished(() => load.close());
        const { receiver, field } = load;
        const answer = receiver.answer;
        const known = new Set<string>();
        receiver.answer = (request, response) => {
          // Every other message fails once. If all did, those of a take-over would open the breaker.
          const fails = request.path === '/flaky' && /[02468]\D*$/.test(request.body);
          if (!fails || known.has(request.body)) answer(request, response);
          else {
            known.add(request.body);
            response.writeHead(500).end();
          }
        };
        await waitFor(async () => (await load.balancer.owners()) === 2, 'both to deliver');
        const steadyAt = Date.now();
        await load.settled(Date.now() + 1_000, 30_000);
        const steady = load.slowest(steadyAt);
        await load.endpoint('flaky', {});
        load.publishTo('flaky', 200);
        const startedAt = Date.now();
        const gaps = await waitFor(() => {
          const all = gapsOf(field.arrivals('flaky'));
          return all.length > 5 && all;
        });
        await load.settled(Date.now(), 30_000);
        expect(load.slowest(startedAt)).toBeLessThan(10_000 + steady);
        // A second with 20 % of jitter, and the delay of a busy machine; a wrong clock would make it an hour.
        expect(Math.min(...gaps)).toBeGreaterThan(750);
        expect(Math.max(...gaps)).toBeLessThan(10_000 + steady);

        load.balancer.remove(api);
        await api.kill();
        await load.settled(Date.now(), 30_000);
        await worker.kill();
        await load.settled(Date.now(), 30_000);

        await load.finish();
        expect(load.breaches()).toEqual([]);
      },
    );
  });
});

/** Creates an endpoint whose first answer asks for a pause that is longer than the test. */
async function startPushingBack({ balancer, receiver, app, endpoint }: FleetLoad) {
  const answer = receiver.answer;
  receiver.answer = (request, response) => {
    if (request.path !== '/pushed') answer(request, response);
    else response.writeHead(429, { 'retry-after': '600' }).end();
  };
  await endpoint('pushed', {});
  let count = 0;
  const publish = () =>
    balancer.post(
      `/app/${app}/msg`,
      { eventType: 'fleet.pushed', payload: {} },
      `pushed-${count++}`,
    );
  const requests = () => receiver.received.filter(({ path }) => path === '/pushed').length;
  await publish();
  await waitFor(() => requests() === 1);
  return { publish, requests };
}

/** The milliseconds from the first to the second request of each message. */
function gapsOf(arrivals: readonly { readonly number: number; readonly at: number }[]): number[] {
  return [...Map.groupBy(arrivals, ({ number }) => number).values()].flatMap(([first, second]) =>
    first && second ? second.at - first.at : [],
  );
}

const HOUR_MS = 3_600_000;
