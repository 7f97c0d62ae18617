import {
  type AddressInfo,
  type Server,
  type Socket,
  connect as tcpConnect,
  createServer,
} from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { startRawReceiver, startReceiver } from '../../test/support/receiver.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import { createAddressGuard } from './address-guard.ts';
import { Exchange, type ExchangeResult } from './exchange.ts';
import { ConnectionPool } from './exchange/connection-pool.ts';
import type { Dial } from './exchange/connection.ts';
import { createGuardedDial } from './exchange/guarded-dial.ts';
import { IdleConnections } from './exchange/idle-connections.ts';

const dialLoopback = createGuardedDial(createAddressGuard(['127.0.0.0/8']));
const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  if (answeredTwice) throw new Error('an exchange was answered twice');
});

const clock = new ManualClock();
let answeredTwice = false;

function poolTo(
  origin: string,
  dial: Dial = dialLoopback,
  idle = new IdleConnections(10, clock),
): ConnectionPool {
  const pool = new ConnectionPool(origin, dial, clock, idle);
  cleanups.push(() => pool.close());
  return pool;
}

async function receiving(onRequest: (socket: Socket, number: number) => void) {
  const receiver = await startRawReceiver(onRequest);
  cleanups.push(() => receiver.close());
  return { receiver, pool: poolTo(receiver.url.slice(0, -1)) };
}

function post(body: string) {
  const bytes = Buffer.from(body);
  const head = `POST / HTTP/1.1\r\nhost: receiver.test\r\ncontent-length: ${bytes.length}\r\n\r\n`;
  return { head, body: bytes };
}

function exchangeOn(
  pool: ConnectionPool,
  timeoutMs = 5_000,
  body = '{"a":1}',
): Promise<ExchangeResult> {
  return new Promise((resolve) => {
    let answers = 0;
    const exchange = new Exchange(pool, post(body), 0, (result) => {
      clearTimeout(timer);
      if (++answers > 1) answeredTwice = true;
      resolve(result);
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
    const { pool } = await receiving(onRequest);
    expect(await exchangeOn(pool, timeoutMs)).toMatchObject(expected);
  });

  test('sends 1 MB of headers: refused long before', async () => {
    let written = 0;
    const { pool } = await receiving((socket) => {
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
    expect(await exchangeOn(pool)).toMatchObject({ failure: 'protocol', statusCode: null });
  });

  test('never ends its body: cut with the status as the verdict, and little of it kept', async () => {
    let gone = false;
    const { pool } = await receiving((socket) => {
      socket.on('close', () => (gone = true));
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
      const more = () => {
        while (!socket.destroyed && socket.write(`400\r\n${'z'.repeat(1024)}\r\n`));
        socket.once('drain', more);
      };
      more();
    });
    const result = await exchangeOn(pool);
    expect(result).toMatchObject({ statusCode: 200, failure: null });
    expect(result.response).toBe('z'.repeat(4096));
    await waitFor(() => gone, 'the receiver to lose the connection');
  });

  test('drips a byte at a time: ended by the deadline, not kept alive by the bytes', async () => {
    let drip: NodeJS.Timeout | undefined;
    const { pool } = await receiving((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n');
      drip = setInterval(() => socket.write('.'), 5);
      socket.on('close', () => clearInterval(drip));
    });
    const result = await exchangeOn(pool, 150);
    expect(result).toMatchObject({ statusCode: 200, failure: 'timeout' });
    expect(result.response.length).toBeGreaterThan(1);
  });
});

test('nobody listens: a connection failure that names the address', async () => {
  const { receiver, pool } = await receiving(() => {});
  await receiver.close();
  const result = await exchangeOn(pool);
  expect(result).toMatchObject({ failure: 'connection', statusCode: null });
  expect(result.detail).toContain('ECONNREFUSED');
});

test('what was refused can be tried again from within the very answer', async () => {
  const { receiver, pool } = await receiving(() => {});
  await receiver.close();
  let answers = 0;
  await new Promise<void>((resolve) => {
    const again = () => {
      if (++answers === 5) resolve();
      else new Exchange(pool, post('1'), 0, again).start();
    };
    new Exchange(pool, post('1'), 0, again).start();
  });
  expect(answers).toBe(5);
});

test('gives up a dial that never ends, and leaves no socket behind', async () => {
  let socket: Socket | undefined;
  const pool = poolTo('http://silent.test:1', () => {
    // Never calls back, like a SYN that nobody answers.
    socket = tcpConnect({ host: 'silent.test', port: 1, lookup: () => {} });
    return socket;
  });
  const result = await exchangeOn(pool, 50);
  expect(result).toMatchObject({ failure: 'timeout', statusCode: null });
  expect(result.detail).toContain('no connection');
  expect(socket?.destroyed).toBe(true);
});

test('uses one connection for one exchange after another', async () => {
  const { pool, receiver } = await receiving(answer('200 OK', 'content-length: 0\r\n\r\n'));
  for (let i = 0; i < 5; i++) expect((await exchangeOn(pool)).statusCode).toBe(200);
  expect(receiver.connections()).toBe(1);
});

test.each([
  ['closed', (socket: Socket) => void socket.end()],
  ['reset', (socket: Socket) => void socket.resetAndDestroy()],
])('a kept connection that is %s just as it is used costs no failure', async (_how, close) => {
  const { pool, receiver } = await receiving((socket, number) => {
    if (number === 2) close(socket);
    else answer('200 OK', 'content-length: 0\r\n\r\n')(socket);
  });
  for (let i = 0; i < 4; i++) expect(await exchangeOn(pool)).toMatchObject({ statusCode: 200 });
  expect(receiver.connections()).toBe(4);
});

test('a receiver that always closes is tried over no more than one new connection', async () => {
  let requests = 0;
  const { pool } = await receiving((socket, number) => {
    requests++;
    if (requests === 1) answer('200 OK', 'content-length: 0\r\n\r\n')(socket);
    else if (number > 0) socket.end();
  });
  await exchangeOn(pool);
  expect(await exchangeOn(pool)).toMatchObject({ failure: 'connection' });
  expect(requests).toBe(3);
});

test('a kept connection that is lost in the middle of an answer costs a failure', async () => {
  let requests = 0;
  const { pool } = await receiving((socket, number) => {
    requests++;
    if (number === 2) socket.end('HTTP/1.1 2');
    else answer('200 OK', 'content-length: 0\r\n\r\n')(socket);
  });
  await exchangeOn(pool);
  expect(await exchangeOn(pool)).toMatchObject({ failure: 'connection', statusCode: null });
  expect(requests).toBe(2);
});

test('a receiver that closes while it is still sent to is not waited for', async () => {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
    socket.on('error', () => {});
    socket.end();
    cleanups.push(() => void socket.destroy());
  });
  const pool = poolTo(await originOf(server));
  const result = await exchangeOn(pool, 5_000, 'z'.repeat(8 * 1024 * 1024));
  expect(result).toMatchObject({ failure: 'connection', statusCode: null });
});

test('a deadline that passes after the answer does no harm to what follows', async () => {
  const { pool, receiver } = await receiving((socket, number) => {
    if (number === 1) answer('200 OK', 'content-length: 0\r\n\r\n')(socket);
    else setTimeout(() => answer('201 Made', 'content-length: 0\r\n\r\n')(socket), 20);
  });
  const first = await new Promise<Exchange>((resolve) => {
    const exchange = new Exchange(pool, post('1'), 0, () => resolve(exchange));
    exchange.start();
  });
  const second = exchangeOn(pool);
  first.expire();
  expect(await second).toMatchObject({ statusCode: 201 });
  expect(receiver.connections()).toBe(1);
});

test('a pool that was closed keeps nothing that comes back', async () => {
  let gone = false;
  const { pool } = await receiving((socket) => {
    socket.on('close', () => (gone = true));
    pool.close();
    answer('200 OK', 'content-length: 0\r\n\r\n')(socket);
  });
  expect(await exchangeOn(pool)).toMatchObject({ statusCode: 200 });
  await waitFor(() => gone, 'the connection to be closed');
});

test('what is in use is not among the idle that are closed for their number', async () => {
  const idle = new IdleConnections(1, clock);
  const respond = answer('200 OK', 'content-length: 0\r\n\r\n');
  const slow = await startRawReceiver((socket, number) =>
    number === 1 ? respond(socket) : void setTimeout(() => respond(socket), 50),
  );
  const quick = await startRawReceiver(respond);
  cleanups.push(() => slow.close());
  cleanups.push(() => quick.close());
  const [slowPool, quickPool] = [slow, quick].map(({ url }) =>
    poolTo(url.slice(0, -1), dialLoopback, idle),
  );
  if (!slowPool || !quickPool) throw new Error('two were made');
  await exchangeOn(slowPool);
  const inUse = exchangeOn(slowPool);
  await exchangeOn(quickPool);
  expect(await inUse).toMatchObject({ statusCode: 200 });
  expect(slow.connections()).toBe(1);
});

test('an exchange that is abandoned says that it was ours', async () => {
  const { pool } = await receiving(() => {});
  const result = await new Promise<ExchangeResult>((resolve) => {
    const exchange = new Exchange(pool, post('1'), 0, resolve);
    exchange.start();
    setTimeout(() => exchange.abandon(), 20);
  });
  expect(result.ours).toBe(true);
});

test('an address that the guard refuses is a failure of its own kind', async () => {
  const refusing = poolTo('http://127.0.0.1:1', createGuardedDial(createAddressGuard([])));
  expect(await exchangeOn(refusing)).toMatchObject({ failure: 'address', statusCode: null });
});

test.each([1, 100_000])('sends a body of %i characters as it is', async (length) => {
  const receiver = await startReceiver();
  cleanups.push(() => receiver.close());
  const pool = poolTo(receiver.url.slice(0, -1));
  const body = 'é'.repeat(length);
  for (let i = 0; i < 2; i++) {
    expect(await exchangeOn(pool, 5_000, body)).toMatchObject({ statusCode: 200 });
  }
  expect(receiver.received.map((request) => request.body)).toEqual([body, body]);
  expect(receiver.connections()).toBe(1);
});

describe('a connection is not used again', () => {
  const OK = 'content-length: 0\r\n\r\n';
  const cases: [why: string, onRequest: (socket: Socket, number: number) => void][] = [
    ['that the receiver closes', answer('200 OK', `connection: close\r\n${OK}`)],
    ['of HTTP/1.0', (socket) => void socket.write(`HTTP/1.0 200 OK\r\n${OK}`)],
    ['that is kept open too shortly', answer('200 OK', `keep-alive: timeout=2\r\n${OK}`)],
    ['that brought more than the answer', answer('200 OK', `${OK}HTTP/1.1 200 OK\r\n${OK}`)],
    ['whose answer ends with it', (socket) => void socket.end('HTTP/1.1 200 OK\r\n\r\nok')],
    [
      'whose answer was cut',
      answer('200 OK', `content-length: 99999\r\n\r\n${'z'.repeat(70_000)}`),
    ],
  ];
  test.each(cases)('%s', async (_why, onRequest) => {
    const { pool, receiver } = await receiving(onRequest);
    for (let i = 0; i < 2; i++) {
      expect(await exchangeOn(pool)).toMatchObject({ statusCode: 200, failure: null });
    }
    expect(receiver.connections()).toBe(2);
  });

  test('that was idle for longer than it is kept', async () => {
    const { pool, receiver } = await receiving(answer('200 OK', OK));
    await exchangeOn(pool);
    clock.advance(29_999);
    await exchangeOn(pool);
    expect(receiver.connections()).toBe(1);
    clock.advance(30_000);
    await exchangeOn(pool);
    expect(receiver.connections()).toBe(2);
  });

  test('on which something came unasked', async () => {
    const sockets: Socket[] = [];
    const { pool, receiver } = await receiving((socket) => {
      sockets.push(socket);
      answer('200 OK', OK)(socket);
    });
    await exchangeOn(pool);
    sockets[0]?.write('HTTP/1.1 500 Sorry\r\n\r\n');
    await waitFor(() => sockets[0]?.destroyed, 'the connection to be closed');
    expect(await exchangeOn(pool)).toMatchObject({ statusCode: 200 });
    expect(receiver.connections()).toBe(2);
  });

  test('that answered before the whole request was sent', async () => {
    const pool = poolTo(await startEarlyReceiver());
    const body = 'z'.repeat(8 * 1024 * 1024);
    for (let i = 0; i < 2; i++) {
      expect(await exchangeOn(pool, 5_000, body)).toMatchObject({ statusCode: 413 });
    }
  });
});

/** Answers as soon as it is connected to, and reads nothing. */
function startEarlyReceiver(): Promise<string> {
  const server = createServer((socket) => {
    socket.pause();
    socket.on('error', () => {});
    socket.write('HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n');
    cleanups.push(() => void socket.destroy());
  });
  return originOf(server);
}

async function originOf(server: Server): Promise<string> {
  cleanups.push(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
