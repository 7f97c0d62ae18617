import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Capability } from '../../src/domain/rights.ts';
import { DEFAULT_ORGANIZATION } from '../../src/operations/operations.ts';
import { createListenerJanitor } from '../../src/operations/listeners/listener-janitor.ts';
import { verify } from '../../src/receiver/index.ts';
import { startApiServer } from '../support/api-server.ts';
import { type CommandFolder, type Running, openCommandFolder } from '../support/command.ts';
import { type HttpApp, startHttpApp } from '../support/http-app.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { describeWithPostgres } from '../support/postgres.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { type TcpProxy, startTcpProxy } from '../support/tcp-proxy.ts';
import { usesPostgres } from '../support/test-backends.ts';
import { waitFor } from '../support/wait-for.ts';

/** Deliveries to a program that the server cannot reach. */

const owner = { organizationId: DEFAULT_ORGANIZATION };
let receiver: Receiver;
let place: CommandFolder;

beforeAll(async () => {
  receiver = await startReceiver();
  place = openCommandFolder();
});
afterAll(async () => {
  await place.close();
  await receiver.close();
});

async function listening(
  server: { url: string; token: string },
  more: readonly string[] = [],
  stdin?: PassThrough,
): Promise<Running & { readonly secret: string }> {
  const argv = ['listen', receiver.url, '--app', 'acme', ...more];
  const target = ['--server', server.url, '--token', server.token];
  const running = place.start([...argv, ...target], stdin && { stdin });
  const [, secret = ''] = await waitFor(() => {
    if (running.stderr.includes('posthaste:')) throw new Error(running.stderr);
    return /signed with (whsec_\S+)/.exec(running.stderr);
  }, 'the listener');
  return Object.assign(running, { secret });
}

const publish = ({ operations }: HttpApp, payload: unknown = { a: 1 }) =>
  operations.messages.create(owner, 'acme', { eventType: 'a', payload });

const attemptsOf = ({ operations }: HttpApp, id: string) =>
  waitFor(async () => {
    const { data } = await operations.attempts.listByMessage(owner, 'acme', id, {});
    return data.length > 0 && data;
  }, 'the attempt');

async function endpointsOf({ operations }: HttpApp) {
  return (await operations.endpoints.list(owner, 'acme')).data;
}

describe('posthaste listen', () => {
  let app: HttpApp;
  beforeAll(async () => {
    app = await startHttpApp();
    await app.operations.applications.create(owner, { name: 'Acme', uid: 'acme' });
  });
  afterAll(() => app.close());

  test('stops although the program hangs', async () => {
    let isHanging = false;
    receiver.answer = (_request, response) => {
      isHanging = true;
      response.on('close', () => (isHanging = false));
    };
    const running = await listening(app);
    await publish(app);
    await waitFor(() => isHanging, 'the request');
    const stoppedMs = performance.now();
    expect(await running.stop()).toBe(0);
    await waitFor(() => !isHanging, 'the end of the request');
    // A stop that waited for the attempt would take 15 s.
    expect(performance.now() - stoppedMs).toBeLessThan(10_000);
    expect(running.stdout).toBe('');
    expect(await endpointsOf(app)).toEqual([]);
  });

  test('carries signed deliveries to the program, whose answer is the result of the attempt', async () => {
    receiver.answer = (_request, response) => response.writeHead(201).end('made');
    const running = await listening(app);
    const { id } = await publish(app, { text: 'ü\u0000' });
    const [attempt] = await attemptsOf(app, id);
    expect(attempt).toMatchObject({ status: 0, responseStatusCode: 201, response: 'made' });
    const webhook = receiver.received.find(({ headers }) => headers['webhook-id'] === id);
    expect(webhook && verify(webhook.body, webhook.headers, running.secret)).toMatchObject({
      ok: true,
    });
    expect(running.stdout).toMatch(new RegExp(`${id} {2}201 in \\d+ ms {2}\\{"text":"ü`));

    // The stop removes the endpoint.
    expect(await endpointsOf(app)).toHaveLength(1);
    expect(await running.stop()).toBe(0);
    expect(await endpointsOf(app)).toEqual([]);
  });

  test('a delivery that the program refuses fails, and is retried as it asks', async () => {
    receiver.answer = (_request, response) =>
      response.writeHead(503, { 'retry-after': '3600' }).end('busy');
    const running = await listening(app);
    const { id } = await publish(app);
    const [attempt] = await attemptsOf(app, id);
    expect(attempt).toMatchObject({ status: 2, responseStatusCode: 503, response: 'busy' });
    const { data } = await app.operations.attempts.listDestinations(owner, 'acme', id, {});
    const nextMs = Date.parse(data[0]?.nextAttempt ?? '') - Date.now();
    expect(nextMs).toBeGreaterThan(3_000_000);
    await running.stop();
  });

  test('a transformation may change the method', async () => {
    receiver.answer = (_request, response) => response.writeHead(200).end();
    const running = await listening(app);
    const [endpoint] = await endpointsOf(app);
    const code = "function handler(webhook) { return { ...webhook, method: 'PUT' }; }";
    await app.operations.endpoints.patchTransformation(owner, 'acme', endpoint?.id ?? '', {
      code,
      enabled: true,
    });
    const { id } = await publish(app);
    expect(await attemptsOf(app, id)).toMatchObject([{ detail: '', responseStatusCode: 200 }]);
    expect(await receiver.visitors()).toContainEqual(expect.stringMatching(`^PUT / .*${id}`));
    await running.stop();
  });

  test('the key r resends the last message', async () => {
    receiver.answer = (_request, response) => response.writeHead(200).end();
    const stdin = new PassThrough();
    const running = await listening(app, [], stdin);
    const { id } = await publish(app);
    const arrivals = () =>
      receiver.received.filter(({ headers }) => headers['webhook-id'] === id).length;
    await waitFor(() => arrivals() === 1, 'the delivery');
    await attemptsOf(app, id);
    stdin.write('r');
    await waitFor(() => arrivals() === 2, 'the second delivery');
    await running.stop();
  });

  test('a program that does not run is the reason of the failure', async () => {
    const target = ['--server', app.url, '--token', app.token];
    const running = place.start(['listen', 'http://127.0.0.1:2/', '--app', 'acme', ...target]);
    await waitFor(() => running.stderr.includes('signed with'), 'the listener');
    const { id } = await publish(app);
    const [attempt] = await attemptsOf(app, id);
    expect(attempt).toMatchObject({ status: 2, failure: 'connection' });
    expect(attempt?.detail).toMatch(/the program cannot be reached: .*ECONNREFUSED/);
    await running.stop();
  });

  test('a lost connection comes back, and messages from meanwhile arrive', async () => {
    receiver.answer = (_request, response) => response.writeHead(200).end();
    const { hostname, port } = new URL(app.url);
    const proxy: TcpProxy = await startTcpProxy({ host: hostname, port: Number(port) });
    const url = `http://127.0.0.1:${proxy.port}`;
    const running = await listening({ url, token: app.token });
    proxy.cut();
    await waitFor(
      () => running.stderr.includes('trying again until the server answers'),
      'the cut',
    );
    const { id } = await publish(app);
    proxy.mend();
    await waitFor(() => running.stderr.includes('connected again'), 'the connection');
    const [attempt] = await attemptsOf(app, id);
    expect(attempt).toMatchObject({ status: 0 });
    await running.stop();
    await proxy.close();
  });

  test('a portal token needs the right to see the secret; without the right no endpoint is left behind', async () => {
    receiver.answer = (_request, response) => response.end();
    const tokenWith = async (...capabilities: Capability[]) =>
      (await app.operations.portalAccess.grant(owner, 'acme', { capabilities })).token;
    const least: readonly Capability[] = ['ManageEndpoint', 'CreateAttempts'];
    const token = await tokenWith(...least, 'ViewEndpointSecret');
    const running = await listening({ url: app.url, token });
    const { id } = await publish(app);
    expect(await attemptsOf(app, id)).toMatchObject([{ status: 0 }]);
    await running.stop();

    const target = ['--server', app.url, '--token', await tokenWith(...least)];
    const { stderr } = await place.run(['listen', receiver.url, '--app', 'acme', ...target]);
    expect(stderr).toContain('The token lacks the right endpoint-secret:read');
    expect(await endpointsOf(app)).toEqual([]);
  });

  test('a server that stops does not wait for listeners', async () => {
    const other = await startHttpApp();
    await other.operations.applications.create(owner, { name: 'Acme', uid: 'acme' });
    const running = await listening(other);
    const startedMs = performance.now();
    await other.close();
    // A request of a listener waits for 20 s.
    expect(performance.now() - startedMs).toBeLessThan(15_000);
    await running.stop();
  });

  test.each([
    ['listen', /required option '--app <id>'/],
    ['listen nowhere --app acme', /must be the URL of your program, such as http/],
    ['listen http://localhost:3000 --app nope', /Application "nope" does not exist/],
  ])('posthaste %s: says what to do', async (line, message) => {
    const target = ['--server', app.url, '--token', app.token];
    const { stderr } = await place.run([...line.split(' '), ...target]);
    expect(stderr).toMatch(message);
  });
});

describe('a listener', () => {
  // With PostgreSQL, listeners expire by the database's clock, which the test cannot set.
  test.skipIf(usesPostgres())(
    'is gone with its endpoint when nobody has asked for long, and its id is its own',
    async () => {
      const clock = new ManualClock();
      const server = await startApiServer({ clock });
      const { applications, endpoints, listeners } = server.operations;
      for (const uid of ['a', 'b']) await applications.create(owner, { name: uid, uid });
      const id = 'x'.repeat(22);
      await listeners.open(owner, 'a', id, {});
      await expect(listeners.open(owner, 'b', id, {})).rejects.toMatchObject({ code: 'not_found' });
      await expect(listeners.requests(owner, 'b', id)).rejects.toMatchObject({ code: 'not_found' });
      await expect(listeners.open(owner, 'a', 'short', {})).rejects.toMatchObject({
        code: 'validation',
      });
      const more = Array.from({ length: 19 }, (_, index) => `${id}${index}`);
      for (const one of more) await listeners.open(owner, 'a', one, {});
      await expect(listeners.open(owner, 'a', `${id}_`, {})).rejects.toMatchObject({
        fieldErrors: [{ msg: '20 listeners are open already' }],
      });

      const janitor = createListenerJanitor({
        storage: server.storage,
        operations: listeners,
        clock,
        onError: (error) => {
          throw error;
        },
      });
      janitor.start();
      clock.advance(80_000);
      await listeners.requests(owner, 'a', id, { waitSeconds: 0 });
      await waitFor(async () => {
        clock.advance(10_000);
        return (await endpoints.list(owner, 'a')).data.length === 1;
      }, 'the others to be gone');
      await waitFor(async () => {
        clock.advance(10_000);
        return (await endpoints.list(owner, 'a')).data.length === 0;
      }, 'the endpoint to be gone');
      await janitor.stop();
      await server.stop();
    },
  );
});

test('a token that is revoked while it waits gets no requests, nor does one that may only read', async () => {
  const server = await startApiServer();
  const { applications, listeners, apiKeys } = server.operations;
  await applications.create(owner, { name: 'Acme', uid: 'acme' });
  const id = 'x'.repeat(22);
  await listeners.open(owner, 'acme', id, {});
  const ask = (token: string) =>
    fetch(`${server.url}/api/v1/app/acme/listener/${id}/request?wait_seconds=2`, {
      headers: { authorization: `Bearer ${token}` },
    });
  const reader = await apiKeys.create(owner, { name: 'reader', scopes: ['read'] });
  expect((await ask(reader.token)).status).toBe(403);

  const key = await apiKeys.create(owner, { name: 'listener' });
  const lookedAt = vi.spyOn(server.storage.listeners, 'open');
  const answer = ask(key.token);
  await waitFor(() => lookedAt.mock.calls.length > 0, 'the request to wait');
  await apiKeys.expire(owner, key.id, {});
  expect((await answer).status).toBe(401);
  await server.stop();
});

describeWithPostgres('a fleet', (createDatabase) => {
  test('any process that attempts reaches a listener at any other', async () => {
    const databaseUrl = await createDatabase();
    const [api, worker] = await Promise.all([
      startHttpApp({ databaseUrl, roles: 'api' }),
      startHttpApp({ databaseUrl, roles: 'worker,api' }),
    ]);
    await api.operations.applications.create(owner, { name: 'Acme', uid: 'acme' });
    receiver.answer = (_request, response) => response.writeHead(202).end();
    const running = await listening(api);
    const { id } = await publish(api);
    const [attempt] = await attemptsOf(api, id);
    expect(attempt).toMatchObject({ status: 0, responseStatusCode: 202 });
    await running.stop();
    await Promise.all([api.close(), worker.close()]);
  });

  test('whatever a program says about a request is recorded', async () => {
    const app = await startHttpApp({ databaseUrl: await createDatabase() });
    const { applications, listeners } = app.operations;
    await applications.create(owner, { name: 'Acme', uid: 'acme' });
    const listenerId = 'x'.repeat(22);
    await listeners.open(owner, 'acme', listenerId, {});
    const { id } = await publish(app);
    const { requests } = await listeners.requests(owner, 'acme', listenerId);
    await listeners.answer(owner, 'acme', listenerId, requests[0]?.id ?? '', {
      status: 999,
      headers: { 'Retry-After': '3600\0' },
      body: 'a\0b',
      detail: 'c\0d',
    });
    expect(await attemptsOf(app, id)).toMatchObject([
      { responseStatusCode: 999, response: 'a\uFFFDb', detail: 'answered 999; c\uFFFDd' },
    ]);
    await app.close();
  });
});
