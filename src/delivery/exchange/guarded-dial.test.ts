import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SELF_SIGNED } from '../../../test/support/self-signed.ts';
import { createAddressGuard } from '../address-guard.ts';
import { Exchange, type ExchangeResult } from '../exchange.ts';
import { systemClock } from '../../domain/clock.ts';
import { ConnectionPool } from './connection-pool.ts';
import { createGuardedDial } from './guarded-dial.ts';
import { IdleConnections } from './idle-connections.ts';

const server = createServer(SELF_SIGNED, (request, response) => {
  request.resume().on('end', () => {
    response.setHeader('connection', 'close');
    response.end(`${request.headers.host}`);
  });
});
let resumed: boolean[];
let port = 0;

beforeEach(async () => {
  resumed = [];
  server.on('secureConnection', (socket) => resumed.push(socket.isSessionReused()));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  port = (server.address() as AddressInfo).port;
});
afterEach(() => {
  server.removeAllListeners('secureConnection');
  server.close();
});

/** A guard whose names all lead to the server, and a client that trusts its certificate. */
function poolTo(host: string) {
  const guard = createAddressGuard(['127.0.0.1'], (_name, _options, callback) =>
    callback(null, [{ address: '127.0.0.1', family: 4 }]),
  );
  const dial = createGuardedDial(guard, createSecureContext({ ca: SELF_SIGNED.cert }));
  const idle = new IdleConnections(1, systemClock);
  return new ConnectionPool(`https://${host}:${port}`, dial, systemClock, idle);
}

function post(pool: ConnectionPool): Promise<ExchangeResult> {
  const head = 'POST / HTTP/1.1\r\nhost: named.test\r\ncontent-length: 1\r\n\r\n';
  return new Promise((resolve) => {
    new Exchange(pool, { head, body: Buffer.from('1') }, 0, resolve).start();
  });
}

test('delivers over TLS to a name that the certificate holds, and resumes its session', async () => {
  const pool = poolTo('receiver.test');
  const expected = { statusCode: 200, failure: null, response: 'named.test' };
  expect(await post(pool)).toMatchObject(expected);
  expect(await post(pool)).toMatchObject(expected);
  expect(resumed).toEqual([false, true]);
});

test.each(['other.test', '127.0.0.1'])(
  'refuses a certificate that does not name %s',
  async (host) => {
    expect(await post(poolTo(host))).toMatchObject({ statusCode: null, failure: 'tls' });
  },
);

test.each(['http://10.0.0.1', 'https://[::1]:8443', 'http://0x7f.1'])(
  'a socket to %s fails without dialling',
  async (origin) => {
    const dial = createGuardedDial(createAddressGuard([]));
    const socket: Socket = dial(
      origin,
      { buffer: Buffer.alloc(1), callback: () => true },
      () => {},
    );
    const [error] = await once(socket, 'close').catch((thrown: unknown) => [thrown]);
    expect(error).toMatchObject({ code: 'EADDRNOTALLOWED' });
    expect(socket.connecting).toBe(false);
  },
);

test('port 0 is not taken for the default one', async () => {
  const dial = createGuardedDial(createAddressGuard(['127.0.0.1']));
  const onread = { buffer: Buffer.alloc(1), callback: () => true };
  const socket = dial('http://127.0.0.1:0', onread, () => {});
  const [error] = await once(socket, 'close').catch((thrown: unknown) => [thrown]);
  expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  expect(error).not.toHaveProperty('port', 80);
});
