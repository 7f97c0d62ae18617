import { rmSync, writeFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Posthaste } from '../../src/index.ts';
import { apiCallsOf } from '../support/api-calls.ts';
import {
  type TestApp,
  attemptsOf,
  newFolder,
  publish,
  register,
  startApp,
} from '../support/app.ts';
import { type DnsServer, startDnsServer } from '../support/dns-server.ts';
import { startProxy } from '../support/proxy.ts';
import { startReceiver } from '../support/receiver.ts';
import { SELF_SIGNED } from '../support/self-signed.ts';
import { startSocksProxy } from '../support/socks-proxy.ts';
import { freePort } from '../support/free-ports.ts';
import { startServer } from '../support/server-process.ts';
import { testBackends, testBackendsEnv } from '../support/test-backends.ts';
import { waitFor } from '../support/wait-for.ts';

/** How requests leave a process: names, TLS and proxies. */

const SECRET = 'a secret of at least thirty-two characters';
const cleanups: (() => Promise<void> | void)[] = [];
let folder: string;
let caFile: string;
let dns: DnsServer;

beforeEach(async () => {
  folder = newFolder();
  caFile = join(folder, 'authorities.pem');
  writeFileSync(caFile, SELF_SIGNED.cert);
  dns = await startDnsServer({ 'receiver.test': { ipv4: ['127.0.0.1'] } });
  cleanups.push(
    () => rmSync(folder, { recursive: true }),
    () => dns.close(),
  );
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** A receiver whose certificate names receiver.test. */
async function startTlsReceiver() {
  const paths: string[] = [];
  const server = createTlsServer(SELF_SIGNED, (request, response) => {
    paths.push(request.url ?? '');
    request.resume().on('end', () => response.end('ok'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { paths, url: `https://receiver.test:${port}/hook` };
}

async function startTestApp(settings: Parameters<typeof startApp>[0]): Promise<TestApp> {
  const app = await startApp({ dnsServers: dns.address, retrySchedule: '', ...settings });
  cleanups.push(() => app.close());
  return app;
}

async function startServe(env: Record<string, string>) {
  const server = await startServer(
    {
      POSTHASTE_JWT_SECRET: SECRET,
      ...(await testBackendsEnv(folder)),
      POSTHASTE_ALLOW_NETWORKS: '127.0.0.0/8',
      POSTHASTE_DNS_SERVERS: dns.address,
      POSTHASTE_LOG_LEVEL: 'trace',
      ...env,
    },
    await freePort(),
  );
  const { post } = await apiCallsOf(() => server, SECRET);
  return { server, post };
}

describe('over TLS', () => {
  test('posthaste serve delivers to a receiver whose authority is in caFile', async () => {
    const receiver = await startTlsReceiver();
    const { post } = await startServe({ POSTHASTE_CA_FILE: caFile });
    await post('/app', { name: 'Acme', uid: 'acme' });
    await post('/app/acme/endpoint', { url: receiver.url });
    await post('/app/acme/msg', { eventType: 'a.b', payload: {} });
    await waitFor(() => receiver.paths.length === 1, 'the delivery');
    expect(receiver.paths).toEqual(['/hook']);
  });

  test.each([
    ['', { statusCode: null, failure: 'tls' }],
    ['trusted', { statusCode: 200, failure: null }],
  ])('an attempt records its result (authority: %j)', async (trusted, expected) => {
    const receiver = await startTlsReceiver();
    const app = await startTestApp(trusted === '' ? {} : { caFile });
    const { app: id } = await register(app, { url: receiver.url });
    const message = await publish(app, id, {});
    await attemptsOf(app, id, message.id, 1);
    const attempt = await waitFor(() => app.events[0]?.attempt, 'the attempt');
    expect(attempt).toMatchObject(expected);
  });

  test('an unusable caFile is an error at the start', () => {
    const missing = join(folder, 'none.pem');
    return expect(startApp({ caFile: missing })).rejects.toMatchObject({
      code: 'configuration',
      message: `caFile ${missing} cannot be read: there is no such file`,
    });
  });
});

describe('names', () => {
  test('200 deliveries to names that hang delay no other endpoint', async () => {
    const receiver = await startReceiver();
    cleanups.push(() => receiver.close());
    const app = await startTestApp({ timeoutMs: 20_000 });
    for (let i = 0; i < 200; i++) {
      dns.names.set(`hanging${i}.test`, 'hangs');
      const url = `http://hanging${i}.test:1/`;
      const { app: id } = await register(app, { url }, `sick${i}`);
      await publish(app, id, {});
    }
    await waitFor(() => new Set(dns.questions).size >= 190 * 2, 'the names to be asked for');
    const tookMs: number[] = [];
    for (let i = 0; i < 20; i++) {
      // Each has another name, so that each is looked up.
      dns.names.set(`healthy${i}.test`, { ipv4: ['127.0.0.1'] });
      const url = `http://healthy${i}.test:${receiver.port}/`;
      const { app: id } = await register(app, { url }, `healthy${i}`);
      const startedAt = performance.now();
      await publish(app, id, {});
      await waitFor(() => receiver.received.length === i + 1, 'the delivery');
      tookMs.push(performance.now() - startedAt);
    }
    // Behind a name that hangs, each would wait for 2 s, the first try of the look-up. The median counts, because a
    // busy machine may delay some.
    expect(tookMs.toSorted((one, other) => one - other)[10]).toBeLessThan(2_000);
    await app.stop(0);
  });

  test('that hang delay no other endpoint of posthaste serve', async () => {
    const { post } = await startServe({ POSTHASTE_TIMEOUT_MS: '20000' });
    await hangingNamesDelayNothing(async (name, url) => {
      await post('/app', { name, uid: name });
      await post(`/app/${name}/endpoint`, { url });
      return () => post(`/app/${name}/msg`, { eventType: 'a.b', payload: {} });
    });
  });

  test('that hang delay no other endpoint of the library', async () => {
    const posthaste = new Posthaste({
      ...(await testBackends(folder, 'library.db')),
      allowNetworks: '127.0.0.0/8',
      dnsServers: dns.address,
      timeoutMs: 4_000,
    });
    await posthaste.start();
    // The stop waits for the attempts in flight, which hang.
    cleanups.push(() => posthaste.stop());
    await hangingNamesDelayNothing(async (name, url) => {
      const { id } = await posthaste.application.create({ name });
      await posthaste.endpoint.create(id, { url });
      return () => posthaste.message.create(id, { eventType: 'a.b', payload: {} });
    });
  });

  /** `register` creates an application with one endpoint, and returns a function that publishes to it. */
  async function hangingNamesDelayNothing(
    register: (name: string, url: string) => Promise<() => Promise<unknown>>,
  ): Promise<void> {
    const receiver = await startReceiver();
    cleanups.push(() => receiver.close());
    for (let i = 0; i < 40; i++) {
      dns.names.set(`hanging${i}.test`, 'hangs');
      const publishSick = await register(`sick${i}`, `http://hanging${i}.test:1/`);
      await publishSick();
    }
    await waitFor(() => new Set(dns.questions).size === 40 * 2, 'the names to be asked for');
    const publishHealthy = await register('healthy', `http://receiver.test:${receiver.port}/`);
    for (let i = 1; i <= 5; i++) {
      await publishHealthy();
      // Behind the hanging names, looked up four at a time, it would wait for 20 s.
      await waitFor(() => receiver.received.length === i, 'the delivery', 5_000);
    }
  }

  test('a missing name and a failing name server are recorded as such', async () => {
    dns.names.set('failing.test', 'SERVFAIL');
    const app = await startTestApp({});
    for (const [name, detail] of [
      ['missing', 'missing.test: the name has no address (ENOTFOUND)'],
      ['failing', 'failing.test: the name servers failed to look it up (ESERVFAIL)'],
    ] as const) {
      const { app: id } = await register(app, { url: `http://${name}.test/` }, name);
      await publish(app, id, {});
      const event = await waitFor(() =>
        app.events.find(({ attempt }) => attempt?.url.includes(name)),
      );
      expect(event.attempt).toMatchObject({ failure: 'dns', detail });
    }
  });
});

describe('through a proxy', () => {
  test('posthaste serve delivers, and its log does not show the password', async () => {
    const proxy = await startProxy();
    cleanups.push(() => proxy.close());
    const receiver = await startTlsReceiver();
    const { post, server } = await startServe({
      POSTHASTE_CA_FILE: caFile,
      POSTHASTE_PROXY_URL: `http://user:hunter2@127.0.0.1:${proxy.port}`,
    });
    await post('/app', { name: 'Acme', uid: 'acme' });
    await post('/app/acme/endpoint', { url: receiver.url });
    await post('/app/acme/msg', { eventType: 'a.b', payload: {} });
    await waitFor(() => receiver.paths.length === 1, 'the delivery');
    expect(proxy.requests).toHaveLength(1);
    expect(server.output()).not.toContain('hunter2');
  });

  test('over SOCKS5, deliveries reach names that only the proxy can look up', async () => {
    const proxy = await startSocksProxy('user:hunter2');
    cleanups.push(() => proxy.close());
    const receiver = await startReceiver();
    cleanups.push(() => receiver.close());
    const { post } = await startServe({
      POSTHASTE_PROXY_URL: `socks5://user:hunter2@127.0.0.1:${proxy.port}`,
      POSTHASTE_PROXY_RESOLVES_NAMES: 'true',
    });
    const host = `hooks.nowhere.test:${receiver.port}`;
    await post('/app', { name: 'Acme', uid: 'acme' });
    await post('/app/acme/endpoint', { url: `http://${host}/hook` });
    await post('/app/acme/msg', { eventType: 'a.b', payload: {} });
    await waitFor(() => receiver.received.length === 1, 'the delivery');
    expect(receiver.received[0]?.headers['host']).toBe(host);
    expect(proxy.asked).toEqual([{ target: host, credentials: 'user:hunter2' }]);
  });

  test('an unavailable proxy is recorded as a failure that names the proxy', async () => {
    const app = await startTestApp({ proxyUrl: `http://127.0.0.1:${await freePort()}` });
    const { app: id } = await register(app, { url: 'http://receiver.test/' });
    await publish(app, id, {});
    const attempt = await waitFor(() => app.events[0]?.attempt, 'the attempt');
    expect(attempt).toMatchObject({ failure: 'connection' });
    expect(attempt.detail).toContain('the connection to the proxy failed');
  });
});
