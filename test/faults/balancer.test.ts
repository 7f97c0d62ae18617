import { once } from 'node:events';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { LINGER_MS } from '../../src/http/closing.ts';
import { describeUnlessMissing } from '../support/describe-unless-missing.ts';
import { fleetSettings, startFleetLoad } from '../support/fleet-load.ts';
import { freePorts } from '../support/free-ports.ts';
import { type Nginx, startNginx, whyNoNginx } from '../support/nginx.ts';
import { describeWithPostgres } from '../support/postgres.ts';
import { PublishLedger } from '../support/publish-ledger.ts';
import { createVirtualHost, describeWithRabbitmq } from '../support/rabbitmq.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';
import { shared } from '../support/shared.ts';
import { waitFor } from '../support/wait-for.ts';

/** Tests nginx with the configuration of `compose.scale.yaml`. */

const missing = whyNoNginx();
const ROUNDS = process.env['TEST_FAULTS'] === 'all' ? 5 : 1;

describeUnlessMissing('the balancer before two programs', missing, () => {
  it.each([
    ['GET', false, 200, 2],
    ['PUT', false, 200, 2],
    ['POST', false, 502, 1],
    ['POST', true, 200, 2],
    ['PATCH', true, 502, 1],
  ])(
    'sends a request that was not answered again only if it may be: %s, with a key: %s',
    async (method, hasKey, status, times) => {
      const bodies: string[] = [];
      const nginx = await startBefore(async (request, response) => {
        bodies.push(await text(request));
        if (bodies.length === 1) request.socket.destroy();
        else response.end('{}');
      });
      // A body that nginx does not hold in memory.
      const body = 'x'.repeat(100_000);
      const answer = await fetch(nginx.url, {
        method,
        ...(method !== 'GET' && { body }),
        headers: hasKey ? { 'idempotency-key': 'a key' } : {},
      });
      expect(answer.status).toBe(status);
      expect(bodies).toHaveLength(times);
      for (const one of bodies) expect(one === (method === 'GET' ? '' : body)).toBe(true);
    },
  );

  it('tries each program once, and then leaves the repetition to the publisher', async () => {
    let asked = 0;
    const nginx = await startBefore((request) => {
      asked++;
      request.socket.destroy();
    });
    const answer = await fetch(nginx.url, {
      method: 'POST',
      body: '{}',
      headers: { 'idempotency-key': 'a key' },
    });
    expect([answer.status, asked]).toEqual([502, 2]);
  });

  it('uses a program as soon as it is back', async () => {
    const [one, other] = [await listen(answerAtOnce), await listen(answerAtOnce)];
    const nginx = await startNginx([portOf(one), portOf(other)]);
    onTestFinished(() => nginx.stop());
    const publish = async () => (await fetch(nginx.url, { method: 'POST', body: '{}' })).status;
    const port = portOf(one);
    await end(one);
    expect([await publish(), await publish()]).toEqual([200, 200]);
    await listen(answerAtOnce, port);
    await end(other);
    expect([await publish(), await publish()]).toEqual([200, 200]);
  });
});

describeWithPostgres('a fleet behind the balancer', (createDatabase) => {
  describeWithRabbitmq('with RabbitMQ', () => {
    it.skipIf(missing)(
      'accepts every publish while its processes are replaced or killed',
      { timeout: 180_000 },
      async () => {
        const rabbitmq = await shared('rabbitmq');
        const env = {
          ...fleetSettings(await createDatabase()),
          POSTHASTE_QUEUE_URL: await createVirtualHost(rabbitmq.url, rabbitmq.managementUrl),
        };
        const ports = (await freePorts(4)) as [number, number, number, number];
        const start = (index: number) =>
          startServer({ ...env, POSTHASTE_ROLES: index < 2 ? 'api' : 'worker' }, ports[index] ?? 0);
        const servers = await Promise.all(ports.map((_, index) => start(index)));
        const nginx = await startNginx(ports);
        onTestFinished(() => nginx.stop());
        const load = await startFleetLoad([nginx]);
        onTestFinished(() => load.close());
        const { balancer, field } = load;
        balancer.retries = 'safe';
        await waitFor(async () => (await balancer.owners()) === 2, 'both workers to deliver');

        const ledger = new PublishLedger((name, number) =>
          balancer.post(`/app/${load.app}/msg`, {
            eventType: `fleet.${name}`,
            payload: { number },
          }),
        );
        const names = ['keyless0', 'keyless1', 'keyless2', 'keyless3'];
        await Promise.all(names.map((name) => load.endpoint(name, {})));
        const publishing = Promise.all(names.map((name) => ledger.publish(name, 5)));
        publishing.catch(() => {});
        for (let round = 0; round < ROUNDS; round++) {
          for (const index of [0, 1]) {
            const server = servers[index] as ServerProcess;
            server.signal('SIGTERM');
            expect(await server.ended).toBe(0);
            servers[index] = await start(index);
          }
        }
        ledger.stop();
        await publishing;
        expect(balancer.refusals).toEqual(new Map());

        // The publishers of the load use idempotency keys, so a kill refuses none of their messages.
        for (const index of [0, 1]) {
          await servers[index]?.kill();
          servers[index] = await start(index);
          // Waits for new messages, so that none is repeated over to the process that is killed next.
          const counts = load.names.map((name) => load.ledger.count(name));
          await waitFor(() => {
            expect(balancer.errors).toEqual([]);
            return load.names.every((name, at) => load.ledger.count(name) > (counts[at] ?? 0));
          });
        }
        await load.finish();
        await waitFor(() => names.every((name) => field.arrivedUpTo(name) === ledger.count(name)));
        expect(balancer.refusals).toEqual(new Map());
        expect(load.breaches()).toEqual([]);
        expect(field.repeated([...names, ...load.names])).toBe(0);

        // A suspended balancer does not notice that connections end.
        const burst = () =>
          Promise.all(
            Array.from({ length: 8 }, () =>
              balancer.post(`/app/${load.app}/msg`, { eventType: 'fleet.burst', payload: {} }),
            ),
          );
        await burst();
        const [server] = servers as [ServerProcess];
        const stoppingAt = performance.now();
        server.signal('SIGTERM');
        let hasEnded = false;
        void server.ended.then(() => (hasEnded = true));
        await waitFor(() => hasEnded || performance.now() > stoppingAt + LINGER_MS * 0.75);
        nginx.freeze();
        const late = burst();
        await server.ended;
        nginx.thaw();
        await late;
        expect(balancer.refusals).toEqual(new Map());

        // A running process does not close connections that the balancer keeps.
        const { url } = servers[1] as ServerProcess;
        const idle = (await fetch(url)).headers.get('keep-alive');
        expect(Number(/timeout=(\d+)/.exec(idle ?? '')?.[1])).toBeGreaterThan(LINGER_MS / 1_000);
        console.log(
          `balancer: ${names.reduce((sum, name) => sum + ledger.count(name), 0)} publishes without a key, ${load.names.reduce((sum, name) => sum + load.ledger.count(name), 0)} with one`,
        );
      },
    );
  });
});

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown;

const answerAtOnce: Answer = (request, response) => {
  request.resume();
  response.end('{}');
};

/** Starts the balancer before two programs that answer with `answer`. */
async function startBefore(answer: Answer): Promise<Nginx> {
  const programs = [await listen(answer), await listen(answer)];
  const nginx = await startNginx(programs.map(portOf));
  onTestFinished(() => nginx.stop());
  return nginx;
}

async function listen(answer: Answer, port = 0): Promise<Server> {
  const server = createServer(answer).listen(port, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void end(server));
  return server;
}

async function end(server: Server): Promise<void> {
  if (!server.listening) return;
  const ended = once(server, 'close');
  server.close().closeAllConnections();
  await ended;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
