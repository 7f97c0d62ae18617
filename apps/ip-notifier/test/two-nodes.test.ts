import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { describeWithRabbitmq } from '@posthaste/test-support/rabbitmq';
import { startTcpProxy } from '@posthaste/test-support/tcp-proxy';
import { waitFor } from '@posthaste/test-support/wait-for';
import { start, startIn, startTarget, temporaryFolder } from './start.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const TARGETS = 200;
const ANSWERED = 60;
const CONCURRENCY = 10;

describeWithRabbitmq('two nodes over RabbitMQ', (url) => {
  it('tell every target, though the webhooks node is killed in the middle', async () => {
    const namespace = `test-${randomUUID()}`;
    const folder = temporaryFolder();
    const app = await start({ roles: ['backend'], transporter: url(), namespace });
    expect(await app.send('GET', '/health')).toMatchObject({ status: 503 });
    const away = await app.visit();
    expect(away.status).toBe(503);
    expect(away.headers.get('retry-after')).toMatch(/^\d+$/);

    const first = await startWebhooksNode(folder, url(), namespace);
    await waitFor(async () => (await app.send('GET', '/health')).status === 200);
    expect(await app.send('GET', '/admin/webhooks/none')).toMatchObject({
      status: 404,
      body: { code: 'WEBHOOK_NOT_FOUND' },
    });
    expect(await app.send('POST', '/admin/webhooks', { targetUrl: 'no' })).toMatchObject({
      status: 422,
      body: { faults: [{ field: 'targetUrl' }] },
    });

    const target = await startTarget();
    // The node is in the middle until it is killed, however slow the test is.
    target.answer = (_request, response) => {
      if (target.received.length <= ANSWERED) response.end();
    };
    await register(app, target.url);
    expect(await app.visit()).toMatchObject({ status: 200, body: { ipAddress: '127.0.0.1' } });
    await waitFor(() => target.received.length > ANSWERED);
    await kill(first);
    expect(target.received.length).toBeLessThanOrEqual(ANSWERED + CONCURRENCY);
    target.answer = (_request, response) => void response.end();

    await startWebhooksNode(folder, url(), namespace);
    const paths = () => new Set(target.received.map(({ path }) => path));
    await waitFor(() => paths().size === TARGETS, 'every target');
    // What was answered but not yet recorded when it was killed is sent once more.
    expect(Math.max(...timesOf(target.received.map(({ path }) => path)))).toBeLessThanOrEqual(2);
    const messages = new Set(target.received.map(({ headers }) => headers['webhook-id']));
    expect(messages.size).toBe(1);

    // The gateway learns later than the first deliveries that the new node is there.
    const { body } = await waitFor(async () => {
      const answer = await app.send<unknown[]>('GET', '/admin/webhooks');
      return answer.status === 200 && answer;
    }, 'the list of the targets');
    expect(body).toHaveLength(TARGETS);
  });
});

describeWithRabbitmq('a broker that hangs', (url) => {
  it('does not hold up a stop, and what is owed is delivered after it', async () => {
    const broker = new URL(url());
    const proxy = await startTcpProxy({ host: broker.hostname, port: Number(broker.port || 5672) });
    onTestFinished(() => proxy.close());
    broker.host = `127.0.0.1:${proxy.port}`;
    const folder = temporaryFolder();
    const namespace = `test-${randomUUID()}`;
    const first = await startIn(folder, { transporter: broker.href, namespace });
    const target = await startTarget();
    target.answer = (_request, response) => void response.writeHead(500).end();
    await first.register(target.url);
    await first.visit();
    await waitFor(() => target.received.length > 0, 'the first request');
    proxy.freeze();
    const before = performance.now();
    await first.stop();
    // The program is ended after 20 s.
    expect(performance.now() - before).toBeLessThan(15_000);

    target.answer = (_request, response) => void response.end();
    const count = target.received.length;
    await startIn(folder).then((next) => onTestFinished(() => next.stop()));
    await waitFor(() => target.received.length > count, 'the request that was owed');
  });
});

function timesOf(paths: readonly string[]): number[] {
  return [...Map.groupBy(paths, (path) => path).values()].map(({ length }) => length);
}

async function register(app: Awaited<ReturnType<typeof start>>, url: string): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < TARGETS) await app.register(`${url}${next++}`);
  };
  await Promise.all(Array.from({ length: 50 }, worker));
}

async function startWebhooksNode(
  folder: string,
  transporter: string,
  namespace: string,
): Promise<ChildProcess> {
  const flags = {
    roles: 'webhooks',
    transporter,
    namespace,
    concurrency: CONCURRENCY,
    'database-url': `sqlite:${folder}/webhooks.db`,
  };
  const argv = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  const child = spawn(process.execPath, ['--conditions=posthaste-source', MAIN, ...argv], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => kill(child));
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) if (line.includes('is up')) return child;
  throw new Error('the webhooks node ended at once');
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
