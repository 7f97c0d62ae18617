import type { LookupAddress } from 'node:dns';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { isIP, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../../../test/support/manual-clock.ts';
import { SELF_SIGNED } from '../../../test/support/self-signed.ts';
import { startRawReceiver } from '../../../test/support/receiver.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import { createAddressGuard } from '../address-guard.ts';
import { createHttpClient } from './create-http-client.ts';
import type { ExchangeResult, HttpClient, HttpRequest } from './http-client.ts';
import type { NameResolver } from './names/name-resolver.ts';

/** Properties of this client that the conformance suite does not demand. */

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
const cleanups: (() => Promise<void> | void)[] = [];
let clock: ManualClock;

beforeEach(() => {
  clock = new ManualClock();
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

function createClient({
  idleLimit = 10,
  allowNetworks = ['127.0.0.0/8'],
  resolver = answering(),
}: { idleLimit?: number; allowNetworks?: string[]; resolver?: NameResolver } = {}): HttpClient {
  const client = createHttpClient({
    clock,
    guard: createAddressGuard(allowNetworks),
    resolver,
    authorities: [],
    proxyUrl: null,
    proxyResolvesNames: false,
    noProxy: [],
    idleLimit,
  });
  cleanups.push(() => client.stop());
  return client;
}

/** Answers each question with the next list of addresses, and all later questions with the last. */
function answering(...answers: string[][]): NameResolver & { asked: number } {
  const resolver = {
    asked: 0,
    resolve(_hostname: string, onAnswer: (answer: LookupAddress[]) => void) {
      const answer = answers[Math.min(resolver.asked++, answers.length - 1)] ?? [];
      onAnswer(answer.map((address) => ({ address, family: isIP(address) })));
      return () => {};
    },
  };
  return resolver;
}

function post(
  client: HttpClient,
  origin: string,
  tls: HttpRequest['tls'] = null,
): Promise<ExchangeResult> {
  const head = 'POST / HTTP/1.1\r\nhost: receiver.test\r\ncontent-length: 0\r\n\r\n';
  return new Promise((resolve) =>
    client.post({ origin, head, body: Buffer.alloc(0), deadlineMs: 15_000, tls }, resolve),
  );
}

async function receiving(onRequest: (socket: Socket, number: number) => void) {
  const receiver = await startRawReceiver(onRequest);
  cleanups.push(() => receiver.close());
  return { ...receiver, origin: receiver.url.slice(0, -1) };
}

test('a connection is kept idle for 30 seconds, by the monotonic clock', async () => {
  const { origin, connections } = await receiving((socket) => void socket.write(OK));
  const client = createClient();
  await post(client, origin);
  clock.setBy(3_600_000);
  clock.advance(29_999);
  await post(client, origin);
  expect(connections()).toBe(1);
  clock.advance(30_000);
  await post(client, origin);
  expect(connections()).toBe(2);
});

test('beyond the limit of idle connections to all origins, the oldest is closed', async () => {
  const sockets: Socket[] = [];
  const respond = (socket: Socket) => {
    if (!sockets.includes(socket)) sockets.push(socket);
    socket.write(OK);
  };
  const receivers = [await receiving(respond), await receiving(respond), await receiving(respond)];
  const client = createClient({ idleLimit: 2 });
  for (const { origin } of receivers) await post(client, origin);
  await waitFor(() => sockets[0]?.destroyed, 'the first connection to be closed');
  expect(sockets.map(({ destroyed }) => destroyed)).toEqual([true, false, false]);
});

test('a connection in use does not count as idle, and is not closed', async () => {
  let slow: Socket | null = null;
  const first = await receiving((socket, number) => {
    if (number === 1) socket.write(OK);
    else slow = socket;
  });
  const second = await receiving((socket) => void socket.write(OK));
  const client = createClient({ idleLimit: 1 });
  await post(client, first.origin);
  const inUse = post(client, first.origin);
  await waitFor(() => slow !== null);
  await post(client, second.origin);
  (slow as Socket | null)?.write(OK);
  expect(await inUse).toMatchObject({ statusCode: 200 });
  expect(first.connections()).toBe(1);
});

test('connects only to the allowed addresses of a name', async () => {
  const { origin, port, connections } = await receiving((socket) => void socket.write(OK));
  expect(new URL(origin).hostname).toBe('127.0.0.1');
  const resolver = answering(['10.0.0.1', '127.0.0.1', '127.0.0.2']);
  const client = createClient({ allowNetworks: ['127.0.0.1'], resolver });
  expect(await post(client, `http://mixed.test:${port}`)).toMatchObject({ statusCode: 200 });
  expect(connections()).toBe(1);
});

test('a name is resolved once per connection, and its addresses are vetted each time', async () => {
  const { port } = await receiving((socket) => void socket.end(OK));
  const resolver = answering(['127.0.0.1'], ['127.0.0.2']);
  const client = createClient({ allowNetworks: ['127.0.0.1'], resolver });
  expect(await post(client, `http://rebinding.test:${port}`)).toMatchObject({ statusCode: 200 });
  expect(resolver.asked).toBe(1);
  clock.advance(30_000);
  const second = await post(client, `http://rebinding.test:${port}`);
  expect(second).toMatchObject({ failure: 'address', statusCode: null });
  expect(resolver.asked).toBe(2);
});

test('when the first address refuses, the next is connected to', async () => {
  const { port } = await receiving((socket) => void socket.write(OK));
  const resolver = answering(['127.0.0.2', '127.0.0.1']);
  const result = await post(createClient({ resolver }), `http://two.test:${port}`);
  expect(result).toMatchObject({ statusCode: 200, failure: null });
});

test.each(['http://10.0.0.1', 'https://[::1]:8443', 'http://0x7f.1'])(
  '%s is refused without a connection or a look-up',
  async (origin) => {
    const resolver = answering();
    const client = createClient({ allowNetworks: [], resolver });
    expect(await post(client, origin)).toMatchObject({ failure: 'address' });
    expect(resolver.asked).toBe(0);
  },
);

test('port 0 is not replaced by the default port', async () => {
  const result = await post(createClient(), 'http://127.0.0.1:0');
  expect(result.failure).toBe('connection');
  expect(result.detail).not.toContain(':80');
});

test('an endpoint with its own certificate and authorities shares no connection', async () => {
  const { cert, key } = SELF_SIGNED;
  let connections = 0;
  const server = createTlsServer({ cert, key, ca: cert, requestCert: true }, (_request, response) =>
    response.end(),
  );
  server.on('secureConnection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => void server.close());
  const origin = `https://receiver.test:${(server.address() as AddressInfo).port}`;
  const client = createClient({ resolver: answering(['127.0.0.1']) });

  const own = { identity: `${cert}\n${key}`, authorities: cert };
  expect(await post(client, origin, own)).toMatchObject({ statusCode: 200 });
  expect(await post(client, origin, { ...own })).toMatchObject({ statusCode: 200 });
  expect(connections).toBe(1);
  expect((await post(client, origin, { ...own, identity: null })).statusCode).toBeNull();
  expect(await post(client, origin)).toMatchObject({ statusCode: null, failure: 'tls' });
  const broken = { ...own, identity: cert };
  expect(await post(client, origin, broken)).toMatchObject({ statusCode: null });
  const unreadable = { identity: `${cert}\n${key.replace('MIGH', 'AAAA')}`, authorities: null };
  expect(await post(client, origin, unreadable)).toMatchObject({ failure: 'tls' });
});

test('a result has the times of look-up, connect and handshake only for a new connection', async () => {
  const server = createTlsServer(SELF_SIGNED, (request, response) => {
    request.resume().on('end', () => response.setHeader('x-shown', 'yes').end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => void server.close());
  const names: ((answer: LookupAddress[]) => void)[] = [];
  const resolver: NameResolver = {
    resolve: (_name, onAnswer) => {
      names.push(onAnswer);
      return () => {};
    },
  };
  const client = createClient({ resolver });
  const origin = `https://receiver.test:${(server.address() as AddressInfo).port}`;
  const tls = { identity: null, authorities: SELF_SIGNED.cert };
  const first = post(client, origin, tls);
  clock.advance(30);
  names[0]?.([{ address: '127.0.0.1', family: 4 }]);
  const { times, responseHead } = await first;
  expect(responseHead).toMatch(/^HTTP\/1\.1 200 OK\r\nx-shown: yes\r\n/);
  expect(times).toEqual({ resolveMs: 30, connectMs: 0, tlsMs: 0, firstByteMs: 30 });
  const kept = { resolveMs: null, connectMs: null, tlsMs: null, firstByteMs: 0 };
  expect((await post(client, origin, tls)).times).toEqual(kept);

  const late = post(client, 'http://other.test');
  clock.advance(15_000);
  const nothing = { ...kept, firstByteMs: null };
  expect(await late).toMatchObject({ failure: 'timeout', responseHead: null, times: nothing });
});
