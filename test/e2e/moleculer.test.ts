import { rmSync } from 'node:fs';
import { ServiceBroker } from 'moleculer';
import { expect, onTestFinished, test } from 'vitest';
import { Posthaste, type PosthasteOptions } from '../../src/index.ts';
import { type Published, webhooksService } from '../../src/moleculer/index.ts';
import { newFolder } from '../support/app.ts';
import { type DnsAnswer, startDnsServer } from '../support/dns-server.ts';
import { startReceiver } from '../support/receiver.ts';
import { testBackends } from '../support/test-backends.ts';
import { waitFor } from '../support/wait-for.ts';

/** The Moleculer service with more targets than in its unit tests. */

const VISIT = { eventType: 'ip.visited', payload: { ipAddress: '203.0.113.7' } };

test('reaches 10,000 targets, while one of them hangs', { timeout: 120_000 }, async () => {
  const call = await startService({ concurrency: 10 });
  const receiver = await startTarget();
  // Connections of both sides are open files of this one process, so they are closed.
  receiver.answer = ({ path }, response) =>
    void (path !== '/5000' && response.setHeader('connection', 'close').end());
  await eachOf(10_000, 500, (i) => call('register', { targetUrl: `${receiver.url}${i}` }));
  const published = await call<Published>('publish', VISIT);
  expect(published.targets).toBe(10_000);
  await waitFor(() => receiver.received.length === 10_000, 'all requests', 30_000);
  expect(new Set(receiver.received.map(({ path }) => path)).size).toBe(10_000);
  expect(await call('list')).toHaveLength(10_000);
});

test('names that hang delay no other target', async () => {
  const names: Record<string, DnsAnswer> = { 'healthy.test': { ipv4: ['127.0.0.1'] } };
  for (let i = 0; i < HANGING; i++) names[`hanging${i}.test`] = 'hangs';
  const dns = await startDnsServer(names);
  onTestFinished(() => dns.close());
  const receiver = await startTarget();
  const call = await startService({ dnsServers: dns.address, timeoutMs: 2 * DEADLINE_MS });
  for (let i = 0; i < HANGING; i++) {
    await call('register', { targetUrl: `http://hanging${i}.test:1/` });
  }
  await call('register', { targetUrl: `http://healthy.test:${receiver.port}/` });
  await call('publish', VISIT);
  await waitFor(() => receiver.received.length === 1, 'the first delivery', DEADLINE_MS);
  await waitFor(() => new Set(dns.questions).size > HANGING, 'the names to be asked for');
  await call('publish', VISIT);
  await waitFor(() => receiver.received.length === 2, 'the second delivery', DEADLINE_MS);
});

const HANGING = 100;
/** The time for a delivery to the healthy target: half of the time-out of a hanging one. */
const DEADLINE_MS = 5_000;

async function startService(options: PosthasteOptions) {
  const folder = newFolder();
  const posthaste = new Posthaste({
    ...(await testBackends(folder)),
    allowNetworks: '127.0.0.0/8',
    logLevel: 'error',
    ...options,
  });
  const broker = new ServiceBroker({ logger: false, skipProcessEventRegistration: true });
  broker.createService(webhooksService({ posthaste }));
  await broker.start();
  onTestFinished(async () => {
    await broker.stop();
    rmSync(folder, { recursive: true });
  });
  return async function call<T = unknown>(action: string, params: object = {}): Promise<T> {
    return broker.call<T, object>(`webhooks.${action}`, params);
  };
}

async function startTarget() {
  const receiver = await startReceiver();
  onTestFinished(() => receiver.close());
  return receiver;
}

async function eachOf(count: number, atATime: number, run: (i: number) => Promise<unknown>) {
  let next = 0;
  const worker = async () => {
    while (next < count) await run(next++);
  };
  await Promise.all(Array.from({ length: atATime }, worker));
}
