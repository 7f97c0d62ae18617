import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import { type AddressInfo, type Socket, connect } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { makeMessage } from '../../../test/support/storage-world.ts';
import { systemClock } from '../../domain/clock.ts';
import type { Message } from '../../domain/message.ts';
import { createLongWork } from '../../operations/long-work.ts';
import { createErrorAnswers } from '../errors.ts';
import { type FastPublish, createFastPublish } from './fast-publish.ts';

const PAYLOAD = JSON.stringify('x'.repeat(50_000));
// Larger than the kernel's socket buffers.
const LARGE_PAYLOAD = JSON.stringify('x'.repeat(20_000_000));
const BODY = '{"eventType":"a","payload":1}';
const REQUEST = [
  'POST /api/v1/app/app_1/msg HTTP/1.1',
  'host: localhost',
  'authorization: Bearer token',
  'content-type: application/json',
  `content-length: ${BODY.length}`,
  '',
  BODY,
].join('\r\n');

interface Publish {
  accept(payload?: string): void;
  refuse(): void;
}

let server: Server;
let fastPublish: FastPublish;
let port: number;
/** All accepted connections, and those that `node:http` got. */
let accepted: Socket[];
let passedOn: Socket[];
/** Publishes in the order of arrival. */
let publishes: Publish[];
let arrived: () => void;

beforeEach(async () => {
  accepted = [];
  passedOn = [];
  publishes = [];
  arrived = () => {};
  server = createServer((_request, response) => void response.writeHead(418).end());
  server.on('connection', (socket: Socket) => passedOn.push(socket));
  const create = () =>
    new Promise<Message>((resolve, reject) => {
      publishes.push({
        accept: (payload = PAYLOAD) => resolve(makeMessage({ payload })),
        refuse: () => reject(new Error('refused')),
      });
      arrived();
    });
  fastPublish = createFastPublish(server, {
    tokens: { verify: () => ({ organizationId: 'org_1' }) },
    messages: { create },
    longWork: createLongWork(systemClock),
    bodyLimitBytes: 1_000,
    answerError: createErrorAnswers({ error() {} }),
    nextRequestId: () => 'req_1',
  });
  server.on('connection', (socket: Socket) => accepted.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterEach(() => {
  fastPublish.destroy();
  server.closeAllConnections();
  server.close();
});

async function dial(): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

/** Sends a request, and waits until the server handles it. */
async function publishOn(socket: Socket): Promise<Publish> {
  const begun = new Promise<void>((resolve) => (arrived = resolve));
  socket.write(REQUEST);
  await begun;
  const publish = publishes.at(-1);
  if (publish === undefined) throw new Error('no publish');
  return publish;
}

async function textUntil(socket: Socket, isEnough: (text: string) => boolean): Promise<string> {
  let text = '';
  const read = (chunk: Buffer) => (text += chunk.toString());
  socket.on('data', read);
  while (!isEnough(text)) await Promise.race([once(socket, 'data'), once(socket, 'close')]);
  socket.off('data', read);
  return text;
}

async function textUntilEnd(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** Waits until the kernel has taken all bytes that the client wrote. */
async function untilClientWrote(socket: Socket): Promise<void> {
  await vi.waitFor(() => expect(socket.writableLength).toBe(0));
}

/** Waits until the server's side of the last connection fulfils the condition. */
async function untilServerSide(condition: (socket: Socket) => boolean): Promise<void> {
  await vi.waitFor(() => expect(accepted.filter(condition)).toContain(accepted.at(-1)), {
    timeout: 5_000,
    interval: 5,
  });
}

it('answers a refused publish itself, and serves the next', async () => {
  const socket = await dial();
  (await publishOn(socket)).refuse();
  expect(await textUntil(socket, (text) => text.endsWith('}'))).toMatch(
    /^HTTP\/1.1 500 Internal Server Error\r\n[^]*see the server log for request req_1"}$/,
  );
  (await publishOn(socket)).accept('1');
  await textUntil(socket, (text) => text.includes('202'));
  expect({ runs: publishes.length, passedOn }).toEqual({ runs: 2, passedOn: [] });
});

it('closes a connection that stays idle, before its first request and after its last', async () => {
  server.headersTimeout = 500;
  const silentSince = performance.now();
  await once((await dial()).resume(), 'close');
  expect(performance.now() - silentSince).toBeGreaterThan(450);

  server.keepAliveTimeout = 300;
  const served = await dial();
  (await publishOn(served)).accept();
  const idleSince = performance.now();
  expect(await textUntilEnd(served)).toContain('Keep-Alive: timeout=0');
  expect(performance.now() - idleSince).toBeGreaterThan(1_250);
});

it('does not close a connection that waits for its answer', async () => {
  server.keepAliveTimeout = 300;
  const socket = await dial();
  (await publishOn(socket)).accept();
  const second = await publishOn(socket);
  const timedOut = new Promise((resolve) => accepted.at(-1)?.once('timeout', resolve));
  await timedOut;
  second.accept();
  const text = await textUntilEnd(socket);
  expect(text.match(/HTTP\/1.1 202/g)).toHaveLength(2);
  expect(new Set(text.match(/Date: .*/g)).size).toBe(2);
});

it('ends idle connections at once when it closes, and the others after their answer', async () => {
  const idle = await dial();
  const busy = await dial();
  const publish = await publishOn(busy);
  const idleEnded = once(idle.resume(), 'close');
  fastPublish.close();
  await idleEnded;
  publish.accept();
  const text = await textUntilEnd(busy);
  expect(text).toMatch(/^HTTP\/1.1 202 Accepted\r\n/);
  expect(text).toContain('\r\nConnection: close\r\n');
  expect(text.endsWith(`"payload":${PAYLOAD}}`)).toBe(true);
});

it('lets a slow client read its answer to the end when it closes', async () => {
  const socket = await dial();
  (await publishOn(socket)).accept(LARGE_PAYLOAD);
  await untilServerSide(({ writableLength }) => writableLength > 0);
  fastPublish.close();
  expect((await textUntilEnd(socket)).endsWith(`"payload":${LARGE_PAYLOAD}}`)).toBe(true);
});

it('destroys all connections except those that it passed on', async () => {
  const [idle, busy, other] = [await dial(), await dial(), await dial()];
  const publish = await publishOn(busy);
  other.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  await textUntil(other, (text) => text.includes('418'));
  const ended = Promise.all(
    [idle, busy].map((socket) => once(socket.on('error', () => {}).resume(), 'close')),
  );
  fastPublish.destroy();
  await ended;
  publish.accept();
  other.write(REQUEST);
  await textUntil(other, (text) => text.includes('418'));
});

it.each([
  ['accepted', 'accept', /202[^]*418/],
  ['refused', 'refuse', /500[^]*418/],
] as const)(
  'passes on the bytes that came before the answer to one that is %s',
  async (_what, settle, expected) => {
    const socket = await dial();
    const first = await publishOn(socket);
    socket.write(REQUEST);
    await untilServerSide(({ bytesRead }) => bytesRead === 2 * REQUEST.length);
    first[settle]();
    await textUntil(socket, (text) => expected.test(text));
    expect(publishes).toHaveLength(1);
  },
);

it('leaves no listener or time-out on a connection that it passes on', async () => {
  const traces = (socket: Socket | undefined) => ({
    timeout: socket?.timeout ?? 0,
    listeners: ['data', 'end', 'timeout', 'error'].map((name) => socket?.listenerCount(name)),
  });
  const seen: unknown[] = [];
  server.on('request', () => seen.push(traces(passedOn.at(-1))));
  const usual = createServer((request, response) => {
    seen.push(traces(request.socket));
    response.end();
  });
  usual.listen(0, '127.0.0.1');
  await once(usual, 'listening');
  const bytes = 'GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n';
  const ours = await dial();
  ours.write(bytes);
  await textUntilEnd(ours);
  const theirs = connect((usual.address() as AddressInfo).port, '127.0.0.1');
  theirs.write(bytes);
  await textUntilEnd(theirs);
  usual.close();
  expect(seen[0]).toEqual(seen[1]);
});

it.each<[what: string, leave: (socket: Socket) => void, seenAs: string]>([
  ['ends its side', (socket) => socket.end(), 'end'],
  ['resets', (socket) => socket.resetAndDestroy(), 'close'],
])('survives a client that %s before the answer', async (_what, leave, seenAs) => {
  for (const settle of ['accept', 'refuse'] as const) {
    const socket = await dial();
    const publish = await publishOn(socket);
    const closed = once(socket.resume(), 'close');
    const seen = new Promise((resolve) => accepted.at(-1)?.once(seenAs, resolve));
    leave(socket);
    await seen;
    publish[settle]();
    await closed;
    await untilServerSide(({ destroyed }) => destroyed);
  }
  expect(passedOn).toEqual([]);
});

it('reads no further while a request is served', async () => {
  const socket = await dial();
  await publishOn(socket);
  socket.write(Buffer.alloc(32 * 1024 * 1024, REQUEST));
  await untilServerSide((serverSide) => serverSide.isPaused());
  expect(socket.writableLength).toBeGreaterThan(0);
  socket.destroy();
});

it('reads no more requests from a client that does not read its answers', async () => {
  const socket = await dial();
  socket.pause();
  while (accepted.at(-1)?.isPaused() !== true) {
    (await publishOn(socket)).accept();
    // The answer is written before the event loop's next turn.
    await new Promise((resolve) => setImmediate(resolve));
    // Far more answers than the kernel's buffers hold.
    expect(publishes.length).toBeLessThan(1_000);
  }
  const served = publishes.length;
  const next = new Promise<void>((resolve) => (arrived = resolve));
  socket.write(REQUEST);
  await untilClientWrote(socket);
  expect(publishes).toHaveLength(served);
  socket.resume();
  await next;
  socket.destroy();
});
