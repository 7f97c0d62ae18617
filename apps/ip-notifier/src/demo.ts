/**
 * `npm run demo:ip`: the whole story on free ports. Starts ip-notifier and three receivers (one
 * fails twice, one hangs at first), registers them as an administrator does, visits, prints each
 * request as it arrives, and ends. With TRANSPORTER=amqp://… it is two nodes.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { pino } from 'pino';
import { type Verifier, createVerifier } from 'posthaste/receiver';
import { type IpNotifier, startIpNotifier } from './ip-notifier.ts';
import { type Settings, settingsReader } from './settings.ts';

const GIVE_UP_MS = 30_000;
const TIMEOUT_MS = 2_000;
const HANGS = -1;

interface Receiver {
  readonly name: string;
  /** The statuses that it answers, one after the other; the last from then on. */
  readonly script: readonly number[];
}

const RECEIVERS: readonly Receiver[] = [
  { name: 'steady', script: [200] },
  { name: 'flaky', script: [500, 503, 200] },
  { name: 'sleepy', script: [HANGS, 200] },
];

const startedAt = performance.now();
const folder = mkdtempSync(join(tmpdir(), 'ip-notifier-demo-'));
const stops: (() => Promise<void>)[] = [];
try {
  await demo();
} catch (error) {
  console.error(`\n  ${(error as Error).message}\n`);
  process.exitCode = 1;
} finally {
  for (const stop of stops.toReversed()) await stop();
  rmSync(folder, { recursive: true });
}

async function demo(): Promise<void> {
  const { url, adminToken } = await startSystem();
  console.log(`\n  ip-notifier   ${url}\n`);
  const admin = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' };

  const told: Promise<void>[] = [];
  for (const receiver of RECEIVERS) {
    const server = await startServer();
    const targetUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const body = JSON.stringify({ targetUrl });
    const { id } = await call(`${url}/admin/webhooks`, { method: 'POST', headers: admin, body });
    const { secret } = await call(`${url}/admin/webhooks/${id}`, { headers: admin });
    console.log(`  registered    ${receiver.name.padEnd(8)} ${targetUrl}  ${id}`);
    told.push(receive(receiver, server, createVerifier(secret ?? '')));
  }

  console.log(`
  GET /ip

  ${row('seconds', 'receiver', 'attempt', 'signature', 'answer', 'body')}`);
  const { ipAddress } = await call(`${url}/ip`);
  console.log(
    `  ${row(elapsed(), 'visitor', '', '', '200', `you are ${ipAddress}, and all will be told`)}`,
  );
  await Promise.race([Promise.all(told), giveUp()]);
  console.log(`
  All ${RECEIVERS.length} were told. None waited for another: steady at once, flaky after its
  two failures, sleepy once its request had timed out (after ${TIMEOUT_MS / 1_000} s here).
`);
}

async function startSystem(): Promise<NonNullable<IpNotifier['backend']>> {
  const settings: Settings = {
    ...settingsReader.read([], { TRANSPORTER: process.env['TRANSPORTER'] }, folder),
    port: 0,
    'database-url': `sqlite:${join(folder, 'demo.db')}`,
    'retry-schedule': [0.5, 1, 1, 1, 1],
    namespace: `demo-${randomUUID()}`,
  };
  const nodes: Settings['roles'][] =
    settings.transporter === null ? [settings.roles] : [['webhooks'], ['backend']];
  const options = { log: pino({ level: 'error' }), timeoutMs: TIMEOUT_MS };
  for (const roles of nodes) {
    const node = await startIpNotifier({ ...settings, roles }, options);
    stops.push(() => node.stop());
    if (node.backend) return node.backend;
  }
  throw new Error('There is no backend');
}

async function startServer(): Promise<Server> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  stops.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return server;
}

/** Answers as the script says and prints a line for each; resolves after the first 200. */
function receive({ name, script }: Receiver, server: Server, verify: Verifier): Promise<void> {
  let attempt = 0;
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<number> {
    const status = script[Math.min(attempt++, script.length - 1)] ?? 200;
    const number = String(attempt);
    const body = await text(request);
    const signature = verify(body, request.headers).ok ? 'verified' : 'WRONG';
    const said = status === HANGS ? 'none' : String(status);
    console.log(`  ${row(elapsed(), name, number, signature, said, body)}`);
    if (status !== HANGS) response.writeHead(status).end();
    return status;
  }
  return new Promise((resolve, reject) => {
    server.on('request', (request, response) => {
      answer(request, response).then((status) => status === 200 && resolve(), reject);
    });
  });
}

async function call(url: string, init: RequestInit = {}): Promise<Record<string, string>> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(GIVE_UP_MS) });
  const answer = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${answer}`);
  return JSON.parse(answer) as Record<string, string>;
}

async function giveUp(): Promise<never> {
  await wait(GIVE_UP_MS, undefined, { ref: false });
  throw new Error(`Not all receivers had their webhook within ${GIVE_UP_MS / 1_000} s`);
}

function elapsed(): string {
  return ((performance.now() - startedAt) / 1_000).toFixed(2);
}

function row(...cells: readonly string[]): string {
  const widths = [9, 10, 9, 11, 8, 0];
  return cells
    .map((cell, index) => cell.padEnd(widths[index] ?? 0))
    .join('')
    .trimEnd();
}
