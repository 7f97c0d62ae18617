/**
 * `npm run demo:calls`: the whole story of calls, on free ports. Starts this provider and the call
 * center, which registers here, gets the events of each call, delegates it, and serves it. It goes on
 * until a signal, so that its dashboard stays; with `--once` it ends when enough calls are over.
 * With RABBITMQ_URI the queues are in RabbitMQ.
 */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createLog } from '@posthaste/app-kit/log';
import { onSignal } from '@posthaste/app-kit/program';
import { Connection } from 'rabbitmq-client';
import { startCallCenter } from '@posthaste/call-center';
import { settingsReader as callCenterSettings } from '@posthaste/call-center/settings';
import { startCallProvider } from './call-provider.ts';
import { settingsReader } from './settings.ts';
import { createTerminal, printLine } from './terminal.ts';

const CALLS = 6;
const CALLERS = ['(11) 1111-1010', '(21) 1111-2020', '(11) 1111-1010', '(31) 1111-3030'];
const GIVE_UP_MS = 90_000;
const PROVIDER = 'provider     ';
const CALL_CENTER = 'call center  ';
const DASHBOARD = dirname(
  fileURLToPath(import.meta.resolve('@posthaste/call-center/package.json')),
);

const endsByItself = process.argv.includes('--once');
const interrupted = new AbortController();
onSignal(
  () => interrupted.abort(),
  () => process.exit(130),
);
const folder = mkdtempSync(join(tmpdir(), 'demo-calls-'));
const broker = process.env['RABBITMQ_URI'] || null;
const queues = ['calls', '900', '901'].map((name) => `demo-${name}-${randomUUID()}`);
const stops: (() => Promise<void>)[] = [];

try {
  await demo();
} catch (error) {
  if (interrupted.signal.aborted) {
    process.exitCode = endsByItself ? 130 : 0;
  } else {
    const { name, message } = error as Error;
    const late = `fewer than ${CALLS} calls were completed within ${GIVE_UP_MS / 1_000} s; see the lines above`;
    console.error(`\ndemo:calls: ${name === 'TimeoutError' ? late : message}`);
    process.exitCode = 1;
  }
} finally {
  for (const stop of stops) await stop();
  if (broker !== null) await deleteQueues(broker);
  rmSync(folder, { recursive: true, force: true });
}

async function demo(): Promise<void> {
  const port = await freePort();
  const end = endsByItself ? '' : ' Ctrl-C ends the demo.';
  console.log(`Open http://localhost:${port} in a moment to watch the calls live.${end}\n`);
  if (!existsSync(join(DASHBOARD, 'dist/index.html'))) {
    console.log('building the dashboard first …');
    execFileSync('npm', ['run', 'build', '--silent'], { cwd: DASHBOARD, stdio: 'inherit' });
  }
  const url = await startSystems(port);

  const over = new Set<number>();
  const deadline = endsByItself ? [AbortSignal.timeout(GIVE_UP_MS)] : [];
  const signal = AbortSignal.any([interrupted.signal, ...deadline]);
  for await (const call of followCalls(url, signal)) {
    const { callId, number, extension, status } = call;
    const what = ['waits for', 'is active at', 'is completed at'][status] ?? '?';
    printLine(CALL_CENTER, `call ${callId} of ${number} ${what} extension ${extension}`);
    if (status !== 2 || over.size === CALLS) continue;
    if (over.add(callId).size === CALLS) {
      await summary(url);
      if (endsByItself) return;
      console.log(`\nThe calls go on; the dashboard is at ${url}. Ctrl-C ends the demo.\n`);
    }
  }
  throw new Error('the call center ended its stream of calls');
}

async function startSystems(callCenterPort: number): Promise<string> {
  let next = 0;
  const [callsQueue = '', queue900 = '', queue901 = ''] = queues;
  const provider = await startCallProvider(
    {
      ...settingsReader.read([], {}, folder),
      'server-port': 0,
      'sqlite-file': join(folder, 'provider.sqlite'),
      'rabbitmq-uri': broker,
      'rabbitmq-calls-queue': callsQueue,
      'interval-ms': 1_500,
      simulate: 'life-cycle',
    },
    {
      log: createLog(createTerminal(PROVIDER)),
      stepMs: 500,
      telephoneNumber: () => CALLERS[next++ % 4] ?? '',
    },
  );
  stops.push(() => provider.stop());
  printLine(PROVIDER, `customers register at ${provider.url}/webhook`);
  const way = broker === null ? 'a queue in this process' : `queue ${callsQueue} of the broker`;
  printLine(PROVIDER, `its events go over ${way}`);

  const callCenter = await startCallCenter(
    {
      ...callCenterSettings.read([], {}, folder),
      'server-port': callCenterPort,
      'sqlite-file': join(folder, 'call-center.sqlite'),
      'webhook-server-url': `${provider.url}/webhook`,
      'rabbitmq-uri': broker,
      'rabbitmq-900-queue': queue900,
      'rabbitmq-901-queue': queue901,
    },
    { log: createLog(createTerminal(CALL_CENTER)), durationsMs: { 900: 1_500, 901: 1_000 } },
  );
  // The calls stop first: otherwise the call center would delegate one to a stopped provider, and warn of it.
  stops.unshift(
    () => provider.stopCalls(),
    () => callCenter.stop(),
  );
  return callCenter.url;
}

interface ShownCall {
  readonly callId: number;
  readonly number: string;
  readonly extension: string;
  readonly status: number;
}

/** The calls as they change, from the stream that the dashboard reads. Ends with `signal`. */
async function* followCalls(url: string, signal: AbortSignal): AsyncGenerator<ShownCall> {
  const response = await fetch(`${url}/events`, { signal });
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const data = /^event: call\ndata: (.*)$/m.exec(block)?.[1];
      if (data !== undefined) yield JSON.parse(data) as ShownCall;
    }
  }
}

async function summary(url: string): Promise<void> {
  const response = await fetch(`${url}/stats`, { signal: AbortSignal.timeout(10_000) });
  const { extensions } = (await response.json()) as {
    extensions: { extension: string; completed: number }[];
  };
  const [first, returning] = extensions.map(({ completed }) => completed);
  console.log(`
${CALLS} calls went from the provider's queue over its webhooks to an extension of the call center and are
completed: ${first} of customers who called for the first time at 900, ${returning} of returning ones at 901.`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, 'localhost');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return port;
}

async function deleteQueues(uri: string): Promise<void> {
  const connection = new Connection({ url: uri, acquireTimeout: 2_000 });
  connection.on('error', () => undefined);
  for (const queue of queues) await connection.queueDelete({ queue }).catch(() => undefined);
  await Promise.race([connection.close(), pause(2_000, undefined, { ref: false })]);
  connection.unsafeDestroy();
}
