import { type Socket, connect as tcpConnect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { buildConnector } from 'undici';
import { startRawReceiver } from '../../test/support/receiver.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import { Connection } from './connection.ts';
import { Exchange, type ExchangeResult } from './exchange.ts';

const dial = buildConnector({ timeout: 0 });
const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function receiving(onRequest: (socket: Socket, number: number) => void) {
  const receiver = await startRawReceiver(onRequest);
  cleanups.push(() => receiver.close());
  const connection = new Connection(receiver.url.slice(0, -1), dial);
  cleanups.push(() => connection.destroy());
  return { receiver, connection };
}

function exchangeOn(
  connection: Connection,
  timeoutMs = 5_000,
): Promise<ExchangeResult & { usable: boolean }> {
  const request = {
    path: '/',
    headers: ['content-type', 'application/json'],
    body: Buffer.from('{"a":1}'),
  };
  return new Promise((resolve) => {
    const exchange = new Exchange(connection, request, 0, (result, usable) => {
      clearTimeout(timer);
      resolve({ ...result, usable });
    });
    const timer = setTimeout(() => exchange.expire(), timeoutMs);
    exchange.start();
  });
}

const answer = (status: string, rest: string) => (socket: Socket) =>
  void socket.write(`HTTP/1.1 ${status}\r\n${rest}`);

describe('what a receiver does, and what is made of it', () => {
  const cases: [
    name: string,
    onRequest: (socket: Socket, number: number) => void,
    expected: Partial<ExchangeResult>,
    timeoutMs?: number,
  ][] = [
    [
      'answers',
      answer('200 OK', 'content-length: 2\r\n\r\nok'),
      { statusCode: 200, failure: null, response: 'ok' },
    ],
    [
      'answers without a body',
      answer('204 No Content', '\r\n'),
      { statusCode: 204, failure: null },
    ],
    [
      'answers after 103',
      answer('103 Early Hints', '\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'),
      { statusCode: 200 },
    ],
    [
      'asks to wait',
      answer('503 Busy', 'retry-after: 7\r\ncontent-length: 0\r\n\r\n'),
      { statusCode: 503, retryAfter: '7' },
    ],
    [
      'redirects',
      answer('302 Found', 'location: http://127.0.0.1/\r\ncontent-length: 0\r\n\r\n'),
      { statusCode: 302 },
    ],
    ['hangs before the headers', () => {}, { statusCode: null, failure: 'timeout' }, 100],
    [
      'hangs in the body',
      answer('200 OK', 'content-length: 10\r\n\r\n12'),
      { statusCode: 200, failure: 'timeout', response: '12' },
      100,
    ],
    [
      'resets',
      (socket) => void socket.resetAndDestroy(),
      { statusCode: null, failure: 'connection' },
    ],
    [
      'closes without a word',
      (socket) => void socket.end(),
      { statusCode: null, failure: 'connection' },
    ],
    [
      'closes in the body',
      (socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12'),
      { failure: 'connection', statusCode: 200 },
    ],
    [
      'speaks garbage',
      (socket) => void socket.end('what do you want?\r\n\r\n'),
      { statusCode: null, failure: 'protocol' },
    ],
    [
      'lies about the length of a chunk',
      answer('200 OK', 'transfer-encoding: chunked\r\n\r\nzz\r\n'),
      { failure: 'protocol' },
    ],
    [
      'answers NUL and half a character',
      answer('200 OK', 'content-length: 3\r\n\r\na\0\xe2'),
      { response: 'a\uFFFD\uFFFD' },
    ],
  ];

  test.each(cases)('%s', async (_name, onRequest, expected, timeoutMs) => {
    const { connection } = await receiving(onRequest);
    expect(await exchangeOn(connection, timeoutMs)).toMatchObject(expected);
  });

  test('sends 1 MB of headers: refused long before', async () => {
    let written = 0;
    const { connection } = await receiving((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const more = () => {
        while (written < 1024 * 1024 && !socket.destroyed) {
          written += 1024;
          if (!socket.write(`x-${written}: ${'y'.repeat(1000)}\r\n`))
            return void socket.once('drain', more);
        }
      };
      more();
    });
    expect(await exchangeOn(connection)).toMatchObject({ failure: 'protocol', statusCode: null });
  });

  test('never ends its body: cut with the status as the verdict, and little of it kept', async () => {
    let gone = false;
    const { connection } = await receiving((socket) => {
      socket.on('close', () => (gone = true));
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
      const more = () => {
        while (!socket.destroyed && socket.write(`400\r\n${'z'.repeat(1024)}\r\n`));
        socket.once('drain', more);
      };
      more();
    });
    const result = await exchangeOn(connection);
    expect(result).toMatchObject({ statusCode: 200, failure: null });
    expect(result.response).toBe('z'.repeat(4096));
    await waitFor(() => gone, 'the receiver to lose the connection');
  });

  test('drips a byte at a time: ended by the deadline, not kept alive by the bytes', async () => {
    let drip: NodeJS.Timeout | undefined;
    const { connection } = await receiving((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n');
      drip = setInterval(() => socket.write('.'), 5);
      socket.on('close', () => clearInterval(drip));
    });
    const result = await exchangeOn(connection, 150);
    expect(result).toMatchObject({ statusCode: 200, failure: 'timeout' });
    expect(result.response.length).toBeGreaterThan(1);
  });
});

test('nobody listens: a connection failure that names the address', async () => {
  const { receiver } = await receiving(() => {});
  await receiver.close();
  const connection = new Connection(receiver.url.slice(0, -1), dial);
  cleanups.push(() => connection.destroy());
  const result = await exchangeOn(connection);
  expect(result).toMatchObject({ failure: 'connection', statusCode: null, usable: true });
  expect(result.detail).toContain('ECONNREFUSED');
});

test('a connection that was refused can be used again from within the very answer', async () => {
  const { receiver } = await receiving(() => {});
  await receiver.close();
  const connection = new Connection(receiver.url.slice(0, -1), dial);
  cleanups.push(() => connection.destroy());
  const request = { path: '/', headers: [], body: Buffer.from('1') };
  let answers = 0;
  await new Promise<void>((resolve) => {
    const again = () => {
      if (++answers === 5) resolve();
      else new Exchange(connection, request, 0, again).start();
    };
    new Exchange(connection, request, 0, again).start();
  });
  expect(answers).toBe(5);
});

test('gives up a dial that never ends, and leaves no socket behind', async () => {
  let socket: Socket | undefined;
  const connection = new Connection('http://127.0.0.1:1', () => {
    // Never calls back, like a SYN that nobody answers.
    socket = tcpConnect({ host: 'silent.test', port: 1, lookup: () => {} });
    socket.on('error', () => {});
    return socket;
  });
  cleanups.push(() => connection.destroy());
  const result = await exchangeOn(connection, 50);
  expect(result).toMatchObject({ failure: 'timeout', statusCode: null, usable: false });
  expect(result.detail).toContain('no connection');
  expect(socket?.destroyed).toBe(true);
});

test('uses one connection for one exchange after another', async () => {
  const { connection, receiver } = await receiving(answer('200 OK', 'content-length: 0\r\n\r\n'));
  for (let i = 0; i < 5; i++) expect((await exchangeOn(connection)).statusCode).toBe(200);
  expect(receiver.connections()).toBe(1);
});

test.each([
  ['closed', (socket: Socket) => void socket.end()],
  ['reset', (socket: Socket) => void socket.resetAndDestroy()],
])('a kept connection that is %s just as it is used costs no failure', async (_how, close) => {
  const { connection, receiver } = await receiving((socket, number) => {
    if (number === 2) close(socket);
    else answer('200 OK', 'content-length: 0\r\n\r\n')(socket);
  });
  for (let i = 0; i < 4; i++)
    expect(await exchangeOn(connection)).toMatchObject({ statusCode: 200 });
  expect(receiver.connections()).toBe(4);
});

test('a receiver that always closes is tried over no more than one new connection', async () => {
  let requests = 0;
  const { connection } = await receiving((socket, number) => {
    requests++;
    if (requests === 1) answer('200 OK', 'content-length: 0\r\n\r\n')(socket);
    else if (number > 0) socket.end();
  });
  await exchangeOn(connection);
  expect(await exchangeOn(connection)).toMatchObject({ failure: 'connection' });
  expect(requests).toBe(3);
});

test('an exchange that is abandoned says that it was ours', async () => {
  const { connection } = await receiving(() => {});
  const request = { path: '/', headers: [], body: Buffer.from('1') };
  const result = await new Promise<ExchangeResult>((resolve) => {
    const exchange = new Exchange(connection, request, 0, resolve);
    exchange.start();
    setTimeout(() => exchange.abandon(), 20);
  });
  expect(result.ours).toBe(true);
});

test('a request that cannot be sent is a failure of its own kind', async () => {
  const { connection } = await receiving(() => {});
  const result = await new Promise<ExchangeResult>((resolve) => {
    new Exchange(
      connection,
      { path: '/a b', headers: [], body: Buffer.from('1') },
      0,
      resolve,
    ).start();
  });
  expect(result).toMatchObject({ failure: 'request', statusCode: null });
});
