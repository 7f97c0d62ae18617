import type { Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { startRawReceiver, startReceiver } from '../../../test/support/receiver.ts';
import { createProgramClient } from '../../delivery/http-client/create-program-client.ts';
import { type Forwarded, forward } from './forward.ts';

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

function forwardTo(url: string): Promise<Forwarded> {
  const client = createProgramClient();
  cleanups.push(() => client.stop());
  const headers = [
    ['Host', 'listener.invalid'],
    ['Content-Type', 'application/json'],
    ['webhook-id', 'msg_1'],
    ['x-odd', 'a\r\nb: c'],
  ] as const;
  const request = { id: 'lreq_1', headers, body: '"ü"', deadlineMs: 15_000 };
  return forward(request, new URL(url), client);
}

async function forwarded(onRequest: (socket: Socket) => void): Promise<Forwarded> {
  const program = await startRawReceiver(onRequest);
  cleanups.push(() => program.close());
  return forwardTo(program.url);
}

const OK = 'HTTP/1.1 200 OK\r\n';

test.each<[what: string, response: string, expected: Partial<Forwarded>]>([
  [
    'bare LFs',
    `${OK}content-length: 2\r\n\r\nok`.replaceAll('\r', ''),
    { status: 200, body: 'ok' },
  ],
  [
    'a line without sense',
    `${OK}sense\r\ncontent-length : 2\r\n\r\nok`,
    { status: 200, body: 'ok' },
  ],
  [
    '60 KiB of headers',
    `${OK}${`x: ${'y'.repeat(1000)}\r\n`.repeat(60)}content-length: 0\r\n\r\n`,
    { status: 200 },
  ],
  ['an odd status', 'HTTP/1.1 999 Denied\r\ncontent-length: 0\r\n\r\n', { status: 999 }],
  [
    'bytes that are not text',
    `${OK}content-length: 2\r\n\r\n\0\0`,
    { status: 200, body: '2 bytes that are not text: 0000' },
  ],
  [
    'a broken body',
    `${OK}transfer-encoding: chunked\r\n\r\nzz\r\n`,
    { status: 200, detail: expect.stringContaining('malformed chunk') as string },
  ],
  [
    'what has an effect',
    'HTTP/1.1 503 Busy\r\nRetry-After: 5\r\nWebhook-Delivery: disable\r\nlocation: /a\r\ncontent-length: 0\r\n\r\n',
    { status: 503, headers: { 'retry-after': '5', 'webhook-delivery': 'disable', location: '/a' } },
  ],
])('a program that answers with %s', async (_what, response, expected) => {
  const answer = await forwarded((socket) => void socket.write(response));
  expect(answer).toMatchObject({ detail: '', ...expected });
});

test('the request is that of the server, but for the host', async () => {
  const program = await startReceiver();
  cleanups.push(() => program.close());
  const url = `http://user:p%40ss@localhost:${program.port}/hook?a=b`;
  expect(await forwardTo(url)).toMatchObject({ status: 200, detail: '' });
  expect(program.received).toMatchObject([{ path: '/hook?a=b', body: '"ü"' }]);
  expect(program.received[0]?.headers).toEqual({
    host: `localhost:${program.port}`,
    connection: 'keep-alive',
    'content-length': '4',
    'content-type': 'application/json',
    'webhook-id': 'msg_1',
    authorization: `Basic ${Buffer.from('user:p@ss').toString('base64')}`,
  });
});

test('a program that gives no response is named as the reason', async () => {
  const answer = await forwarded((socket) => void socket.end());
  expect(answer).toMatchObject({
    status: null,
    headers: {},
    detail:
      'the program cannot be reached: the receiver closed the connection before the response ended',
  });
});
