import { once } from 'node:events';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MessageAttemptOut } from '../../src/operations/operations.ts';
import { OWNER, type TestApp, attemptsOf, publish, register, startApp } from '../support/app.ts';
import { type RawReceiver, startRawReceiver, startReceiver } from '../support/receiver.ts';
import { SELF_SIGNED } from '../support/self-signed.ts';
import { waitFor } from '../support/wait-for.ts';

const TIMEOUT_MS = 1_000;

const say = (text: string) => (socket: Socket) => void socket.write(text);

function flood(socket: Socket, chunk: string): void {
  while (!socket.destroyed && socket.write(chunk));
  if (!socket.destroyed) socket.once('drain', () => flood(socket, chunk));
}

interface Misbehaviour {
  readonly does: string;
  readonly onRequest: (socket: Socket, numberOnConnection: number) => void;
  readonly recorded: Partial<MessageAttemptOut>;
  /** Only the deadline ends the exchange. */
  readonly lasts?: true;
}

const OK = 'HTTP/1.1 200 OK\r\n';
/** The status decides, whatever happens to the body. */
const DELIVERED = { failure: null, responseStatusCode: 200, statusText: 'success' } as const;

const MISBEHAVIOURS: readonly Misbehaviour[] = [
  {
    does: 'hangs before the headers',
    onRequest: () => {},
    recorded: { failure: 'timeout', responseStatusCode: 0 },
    lasts: true,
  },
  {
    does: 'hangs in the headers',
    onRequest: say(`${OK}x-half: `),
    recorded: { failure: 'timeout', responseStatusCode: 0 },
    lasts: true,
  },
  {
    does: 'hangs in the body',
    onRequest: say(`${OK}content-length: 9\r\n\r\nhalf`),
    recorded: {
      ...DELIVERED,
      response: 'half',
      detail: 'the response body did not end before the deadline',
    },
    lasts: true,
  },
  {
    does: 'drips a byte at a time',
    onRequest(socket) {
      socket.write(`${OK}content-length: 99999\r\n\r\n`);
      const drip = setInterval(() => socket.write('.'), 10);
      socket.on('close', () => clearInterval(drip));
    },
    recorded: { ...DELIVERED, detail: 'the response body did not end before the deadline' },
    lasts: true,
  },
  {
    does: 'never ends the body',
    onRequest(socket) {
      socket.write(`${OK}transfer-encoding: chunked\r\n\r\n`);
      flood(socket, `400\r\n${'z'.repeat(1024)}\r\n`);
    },
    recorded: {
      ...DELIVERED,
      response: 'z'.repeat(4096),
      detail: 'the response body was cut after 64 KiB',
    },
  },
  {
    does: 'sends 1 MB of headers',
    onRequest: (socket) => void socket.write(OK + `x-more: ${'y'.repeat(1000)}\r\n`.repeat(1000)),
    recorded: { failure: 'protocol', responseStatusCode: 0 },
  },
  {
    does: 'resets',
    onRequest: (socket) => void socket.resetAndDestroy(),
    recorded: { failure: 'connection', responseStatusCode: 0 },
  },
  {
    does: 'closes without an answer',
    onRequest: (socket) => void socket.end(),
    recorded: { failure: 'connection', responseStatusCode: 0 },
  },
  {
    does: 'redirects',
    onRequest: say(
      'HTTP/1.1 307 Moved\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n',
    ),
    recorded: {
      failure: 'status',
      responseStatusCode: 307,
      detail: 'answered 307 with Location: http://127.0.0.1:1/',
    },
  },
  {
    does: 'redirects to itself for ever',
    onRequest: say('HTTP/1.1 301 Moved\r\nlocation: /\r\ncontent-length: 0\r\n\r\n'),
    recorded: { failure: 'status', responseStatusCode: 301 },
  },
  {
    does: 'answers 500',
    onRequest: say('HTTP/1.1 500 Oops\r\ncontent-length: 5\r\n\r\nsorry'),
    recorded: { failure: 'status', responseStatusCode: 500, response: 'sorry' },
  },
  {
    does: 'compresses the body, though nobody asked for it',
    onRequest(socket) {
      socket.write('HTTP/1.1 500 Oops\r\ncontent-encoding: gzip\r\nconnection: close\r\n\r\n');
      socket.end(gzipSync('sorry'));
    },
    recorded: { failure: 'status', responseStatusCode: 500, response: 'sorry' },
  },
  {
    does: 'sends an image',
    onRequest: say(`${OK}content-length: 4\r\n\r\n\0\x01\x02\x03`),
    recorded: { ...DELIVERED, response: '4 bytes that are not text: 00010203' },
  },
  {
    does: 'answers 429 with a Retry-After',
    onRequest: say('HTTP/1.1 429 Slow\r\nretry-after: 3600\r\ncontent-length: 0\r\n\r\n'),
    recorded: { failure: 'status', responseStatusCode: 429 },
  },
  {
    does: 'speaks garbage',
    onRequest: (socket) => void socket.end('\0\x01garbage\r\n\r\n'),
    recorded: { failure: 'protocol', responseStatusCode: 0 },
  },
  {
    does: 'speaks another protocol',
    onRequest: (socket) => void socket.end('SSH-2.0-OpenSSH_9.6\r\n'),
    recorded: { failure: 'protocol', responseStatusCode: 0 },
  },
  {
    does: 'lies about the length',
    onRequest: (socket) => void socket.end(`${OK}content-length: 5\r\n\r\n1`),
    recorded: { ...DELIVERED, detail: expect.stringContaining('closed the connection') as string },
  },
  {
    does: 'resets in the body',
    onRequest: (socket) =>
      void socket.write(`${OK}content-length: 5\r\n\r\n1`, () => socket.resetAndDestroy()),
    recorded: { ...DELIVERED, detail: expect.stringContaining('ECONNRESET') as string },
  },
  {
    does: 'sends a malformed chunk',
    onRequest: say(`${OK}transfer-encoding: chunked\r\n\r\nzz\r\n`),
    recorded: { ...DELIVERED, detail: expect.stringContaining('malformed chunk') as string },
  },
  {
    does: 'refuses, and hangs in the body',
    onRequest: say('HTTP/1.1 500 Oops\r\ncontent-length: 9\r\n\r\nhalf'),
    recorded: {
      failure: 'status',
      responseStatusCode: 500,
      detail: 'answered 500; the response body did not end before the deadline',
    },
    lasts: true,
  },
  {
    does: 'offers an upgrade',
    onRequest: say(
      'HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n',
    ),
    recorded: { failure: 'protocol', responseStatusCode: 0 },
  },
];

describe('a receiver that', () => {
  let app: TestApp;
  const receivers: RawReceiver[] = [];
  const attempts = new Map<string, MessageAttemptOut>();
  let grownMb = 0;

  beforeAll(async () => {
    app = await startApp({ retrySchedule: '3600', timeoutMs: TIMEOUT_MS });
    const urls = new Map<string, string>();
    let applicationId = '';
    for (const { does, onRequest } of MISBEHAVIOURS) {
      const receiver = await startRawReceiver(onRequest);
      receivers.push(receiver);
      urls.set(receiver.url, does);
      applicationId = (await register(app, { url: receiver.url })).app;
    }
    const before = process.memoryUsage().rss;
    const message = await publish(app, applicationId, { a: 1 });
    const { data } = await waitFor(async () => {
      const page = await app.operations.attempts.listByMessage(OWNER, applicationId, message.id);
      return page.data.length === MISBEHAVIOURS.length && page;
    }, 'an attempt of each');
    grownMb = (process.memoryUsage().rss - before) / 1024 / 1024;
    for (const attempt of data) attempts.set(urls.get(attempt.url) ?? '', attempt);
  });

  afterAll(async () => {
    for (const receiver of receivers) await receiver.close();
    await app.close();
  });

  test.each(MISBEHAVIOURS)('$does gets the right record', ({ does, recorded, lasts }) => {
    const attempt = attempts.get(does);
    expect(attempt).toMatchObject({ attemptNumber: 1, statusText: 'fail', ...recorded });
    if (recorded.failure !== null) expect(attempt?.detail).not.toBe('');
    const tookMs = attempt?.responseDurationMs ?? Infinity;
    // On a busy machine an attempt may last a little longer than its deadline, but not by far.
    expect(tookMs).toBeLessThan(TIMEOUT_MS * 5);
    if (lasts) expect(tookMs).toBeGreaterThanOrEqual(TIMEOUT_MS - 5);
  });

  test('costs little memory', () => {
    expect(grownMb).toBeLessThan(64);
  });
});

test('a self-signed certificate, or a receiver without TLS, is a failure of TLS', async () => {
  const app = await startApp({ retrySchedule: '' });
  let requests = 0;
  const untrusted = createHttpsServer(SELF_SIGNED, () => requests++).listen(0, '127.0.0.1');
  await once(untrusted, 'listening');
  const plain = await startReceiver();
  const { port } = untrusted.address() as AddressInfo;
  const { app: id } = await register(app, { url: `https://127.0.0.1:${port}/` });
  await register(app, { url: plain.url.replace('http:', 'https:') });
  const message = await publish(app, id, { a: 1 });
  const attempts = await attemptsOf(app, id, message.id, 2);
  expect(attempts.map(({ failure, responseStatusCode }) => [failure, responseStatusCode])).toEqual([
    ['tls', 0],
    ['tls', 0],
  ]);
  expect(requests + plain.received.length).toBe(0);
  await app.close();
  await plain.close();
  untrusted.close();
});
