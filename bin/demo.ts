/**
 * `npm run demo`: publishes the events of one phone call to a server started with `npm start`.
 * Registers an application and an endpoint, receives and verifies the webhooks, and fails one of them
 * once to show a retry.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { createVerifier } from '../src/receiver/index.ts';

const server = process.argv[2] ?? 'http://127.0.0.1:8071';
const TOKEN_FILE = 'data/dev-token';
const EVENT_TYPES = [
  'call.new',
  'call.standby',
  'call.waiting',
  'actor.entered',
  'call.ongoing',
  'actor.left',
  'call.finished',
];
const FAILS_ONCE = 'call.waiting';
const GIVE_UP_MS = 15_000;

try {
  await demo();
} catch (error) {
  console.error(`\n  ${(error as Error).message}\n`);
  process.exitCode = 1;
}

async function demo(): Promise<void> {
  const call = caller(await readToken());
  const app = await call<{ id: string }>('POST', '/app', { name: 'Call centre (demo)' });

  const receiver = createServer();
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/calls`;

  const endpoint = await call<{ id: string }>('POST', `/app/${app.id}/endpoint`, {
    url,
    description: 'receiver of npm run demo',
    policy: { retrySchedule: [1, 1, 1] },
  });
  const { key } = await call<{ key: string }>(
    'GET',
    `/app/${app.id}/endpoint/${endpoint.id}/secret`,
  );

  console.log(`
  application  ${app.id}
  endpoint     ${endpoint.id}
  receiver     ${url}

  ${row('seconds', 'webhook', 'attempt', 'signature', 'answer', '')}`);

  const delivered = receive(receiver, key);
  try {
    const published = await publishCall(call, app.id);
    await Promise.race([delivered, deadline()]);
    await summary(call, app.id, published);
  } finally {
    receiver.close();
    receiver.closeAllConnections();
  }
}

/** Answers the webhooks and prints a line for each; resolves when every event type was taken. */
function receive(receiver: Server, key: string): Promise<void> {
  const verify = createVerifier(key);
  const startedAt = performance.now();
  const attempts = new Map<string, number>();
  const missing = new Set(EVENT_TYPES);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const verification = verify(body, request.headers);
    const { type = '?' } = verification.ok ? (JSON.parse(body) as { type?: string }) : {};
    const attempt = (attempts.get(type) ?? 0) + 1;
    attempts.set(type, attempt);

    const fails = type === FAILS_ONCE && attempt === 1;
    const status = !verification.ok ? 401 : fails ? 500 : 200;
    response.writeHead(status).end();
    if (status === 200) missing.delete(type);

    const seconds = ((performance.now() - startedAt) / 1000).toFixed(2);
    const signature = verification.ok ? 'verified' : 'WRONG';
    const note = fails
      ? '← on purpose: the retry follows in about 1 s'
      : attempt > 1
        ? '← the retry'
        : '';
    console.log(`  ${row(seconds, type, String(attempt), signature, String(status), note)}`);
  }

  return new Promise((resolve, reject) => {
    receiver.on('request', (request, response) => {
      answer(request, response).then(() => missing.size === 0 && resolve(), reject);
    });
  });
}

async function publishCall(call: Call, app: string): Promise<Map<string, string>> {
  const facts = {
    call_id: randomUUID(),
    code: '7F3K',
    direction: 'inbound',
    our_number: '(11) 4000-1234',
    their_number: '(11) 1111-1010',
  };
  const published = new Map<string, string>();
  for (const type of EVENT_TYPES) {
    const payload = { type, ...facts, timestamp: new Date().toISOString() };
    const message = await call<{ id: string }>('POST', `/app/${app}/msg`, {
      eventType: type,
      payload,
    });
    published.set(type, message.id);
    // Slow enough for a person to follow.
    await wait(150);
  }
  return published;
}

async function summary(call: Call, app: string, published: Map<string, string>): Promise<void> {
  const path = `/app/${app}/attempt/msg/${published.get(FAILS_ONCE)}`;
  type Attempt = { responseStatusCode: number; responseDurationMs: number; timestamp: string };
  // The server records the last attempt a moment after the receiver has answered.
  const recorded = async (): Promise<Attempt[]> => {
    const giveUpAt = performance.now() + GIVE_UP_MS;
    for (;;) {
      const { data } = await call<{ data: Attempt[] }>('GET', path);
      if (data.length > 1 || performance.now() > giveUpAt) return data.toReversed();
      await wait(20);
    }
  };
  console.log(`
  All ${published.size} messages arrived, and the server can prove it. What it recorded of ${FAILS_ONCE}:
`);
  for (const [index, attempt] of (await recorded()).entries()) {
    const { responseStatusCode: status, responseDurationMs: ms, timestamp } = attempt;
    console.log(`    attempt ${index + 1}   ${timestamp}   answered ${status} in ${ms} ms`);
  }
  console.log(`
  See for yourself:

curl -H "Authorization: Bearer $(cat ${TOKEN_FILE})" ${server}/api/v1${path}
`);
}

type Call = <T>(method: string, path: string, body?: unknown) => Promise<T>;

function caller(token: string): Call {
  return async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    let response: Response;
    try {
      response = await fetch(`${server}/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        signal: AbortSignal.timeout(GIVE_UP_MS),
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    } catch (error) {
      const reason = String((error as Error).cause ?? error);
      throw new Error(
        `No answer from ${server} (${reason}).\n  Start the server first, in another terminal: npm start`,
        { cause: error },
      );
    }
    const answer = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${answer}`);
    return JSON.parse(answer) as T;
  };
}

async function readToken(): Promise<string> {
  try {
    return await readFile(TOKEN_FILE, 'utf8');
  } catch (error) {
    throw new Error(
      `The demo needs a running server: start it first, in another terminal, with npm start\n  (it keeps its token in ${TOKEN_FILE}, which is not there).`,
      { cause: error },
    );
  }
}

async function deadline(): Promise<never> {
  await wait(GIVE_UP_MS, undefined, { ref: false });
  throw new Error(
    `Not everything arrived within ${GIVE_UP_MS / 1000} s; look at the server's log.`,
  );
}

function row(...cells: readonly string[]): string {
  const widths = [9, 15, 9, 11, 8, 0];
  return cells
    .map((cell, index) => cell.padEnd(widths[index] ?? 0))
    .join('')
    .trimEnd();
}
