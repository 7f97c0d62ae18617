import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../../test/support/manual-clock.ts';
import { type Proxy, startProxy } from '../../../test/support/proxy.ts';
import { type Receiver, startReceiver } from '../../../test/support/receiver.ts';
import { type SocksProxy, startSocksProxy } from '../../../test/support/socks-proxy.ts';
import { SELF_SIGNED } from '../../../test/support/self-signed.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import { createAddressGuard } from '../address-guard.ts';
import { createHttpClient } from './create-http-client.ts';
import type { ExchangeResult, HttpClient } from './http-client.ts';
import { NameError } from './names/name-error.ts';
import type { NameResolver } from './names/name-resolver.ts';

let proxy: Proxy;
let receiver: Receiver;
let clock: ManualClock;
const clients: HttpClient[] = [];
let namesAsked = 0;
let namesGivenUp = 0;

beforeEach(async () => {
  proxy = await startProxy();
  receiver = await startReceiver();
  clock = new ManualClock();
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.stop();
  await proxy.close();
  await receiver.close();
});

const resolver: NameResolver = {
  resolve(hostname, onAnswer) {
    if (hostname.startsWith('hanging')) {
      namesAsked++;
      return () => namesGivenUp++;
    }
    const isMissing = hostname.startsWith('missing');
    const addresses = hostname.startsWith('two') ? [LOOPBACK, OTHER_LOOPBACK] : [LOOPBACK];
    onAnswer(isMissing ? new NameError(hostname, 'ENOTFOUND') : addresses);
    return () => {};
  },
};
const LOOPBACK = { address: '127.0.0.1', family: 4 };
const OTHER_LOOPBACK = { address: '127.0.0.2', family: 4 };

function createClient(
  proxyUrl = `http://127.0.0.1:${proxy.port}`,
  allow = ['127.0.0.1'],
  noProxy: readonly string[] = [],
  proxyResolvesNames = false,
) {
  const client = createHttpClient({
    clock,
    guard: createAddressGuard(allow),
    resolver,
    authorities: [SELF_SIGNED.cert],
    proxyUrl,
    proxyResolvesNames,
    noProxy,
    idleLimit: 10,
  });
  clients.push(client);
  return client;
}

function post(client: HttpClient, origin: string): Promise<ExchangeResult> {
  const head = 'POST /hook HTTP/1.1\r\nhost: named.test\r\ncontent-length: 2\r\n\r\n';
  return new Promise((resolve) =>
    client.post({ origin, head, body: Buffer.from('{}'), deadlineMs: 15_000 }, resolve),
  );
}

test('an http receiver is reached by CONNECT to its vetted address, over one connection', async () => {
  const client = createClient();
  for (let i = 0; i < 2; i++) {
    expect(await post(client, `http://receiver.test:${receiver.port}`)).toMatchObject({
      statusCode: 200,
      failure: null,
    });
  }
  expect(proxy.requests.map(({ url, headers }) => [url, headers.host])).toEqual([
    [`127.0.0.1:${receiver.port}`, `127.0.0.1:${receiver.port}`],
  ]);
  expect(receiver.received.map(({ path, body }) => path + body)).toEqual(['/hook{}', '/hook{}']);
});

test('an https receiver has its own handshake through the proxy', async () => {
  const server = createTlsServer(SELF_SIGNED, (request, response) => {
    request.resume().on('end', () => response.end('secret'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = createClient();
  for (let i = 0; i < 2; i++) {
    const result = await post(client, `https://receiver.test:${port}`);
    expect(result).toMatchObject({ statusCode: 200, response: 'secret' });
  }
  const other = await post(client, `https://other.test:${port}`);
  expect(other).toMatchObject({ failure: 'tls', statusCode: null });
  expect(proxy.requests).toHaveLength(2);
  client.stop();
  await waitFor(() => proxy.openConnections() === 0, 'all connections to be closed');
  server.close();
});

test('the address guard works as without a proxy', async () => {
  const client = createClient(undefined, []);
  for (const origin of ['http://127.0.0.1:1', 'http://inside.test:1']) {
    expect(await post(client, origin)).toMatchObject({ failure: 'address' });
  }
  expect(proxy.requests).toEqual([]);
});

test('credentials are sent without percent-encoding', async () => {
  const client = createClient(`http://user:p%40ss@127.0.0.1:${proxy.port}`);
  await post(client, `http://127.0.0.1:${receiver.port}`);
  expect(proxy.requests[0]?.headers['proxy-authorization']).toBe(
    `Basic ${Buffer.from('user:p@ss').toString('base64')}`,
  );
});

test.each(['HTTP/1.1 200 OK\n\n', 'http/1.1  200\r\nvia : x\n\r\n', 'HTTP/1.0 299 Fine\r\n\r\n'])(
  'a proxy may open the connection with %j',
  async (head) => {
    proxy.respond = (socket) => {
      const target = connect({ host: '127.0.0.1', port: receiver.port }, () => {
        socket.write(head);
        socket.pipe(target).pipe(socket);
      });
      target.on('error', () => socket.destroy());
    };
    const client = createClient(`http://user:pass@127.0.0.1:${proxy.port}`);
    const result = await post(client, `http://127.0.0.1:${receiver.port}`);
    expect(result).toMatchObject({ statusCode: 200 });
    const names = proxy.requests[0]?.rawHeaders.filter((_, index) => index % 2 === 0);
    expect(names).toEqual(['Host', 'Proxy-Authorization']);
  },
);

test('a proxy none of whose addresses can be reached is named with one of them', async () => {
  const result = await post(createClient('http://two.test:9'), 'http://127.0.0.1:1');
  expect(result).toMatchObject({
    failure: 'connection',
    detail: expect.stringMatching(
      /^the connection to the proxy failed: connect ECONNREFUSED 127/,
    ) as string,
  });
});

test('the proxy may be given by name', async () => {
  const client = createClient(`http://proxy.test:${proxy.port}`);
  const result = await post(client, `http://127.0.0.1:${receiver.port}`);
  expect(result).toMatchObject({ statusCode: 200 });
});

test.each([
  ['403 Forbidden', /the proxy refused to connect \("HTTP\/1.1 403 Forbidden"\)/],
  ['407 Proxy Authentication Required', /credentials, see proxyUrl/],
])('a proxy that answers %s is a connection failure that says so', async (status, detail) => {
  proxy.respond = (client) => void client.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\n\r\n`);
  const result = await post(createClient(), `http://127.0.0.1:${receiver.port}`);
  expect(result).toMatchObject({
    failure: 'connection',
    statusCode: null,
    localShortage: false,
    detail: expect.stringMatching(detail),
  });
});

test.each([
  ['closes', '', 'the proxy closed the connection'],
  ['speaks something else', 'SSH-2.0-x\r\n\r\n', 'the response of the proxy is not HTTP/1.x'],
  ['answers without end', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(20_000)}`, 'not HTTP/1.x'],
  [
    'answers for the receiver',
    'HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n',
    'before the request',
  ],
])('a proxy that %s is a connection failure', async (_what, bytes, detail) => {
  proxy.respond = (client) => void client.end(bytes);
  const result = await post(createClient(), `http://127.0.0.1:${receiver.port}`);
  expect(result).toMatchObject({ failure: 'connection', statusCode: null });
  expect(result.detail).toContain(detail);
});

test('a proxy that is down is a connection failure whose detail names the proxy', async () => {
  await proxy.close();
  const result = await post(createClient(), `http://127.0.0.1:${receiver.port}`);
  expect(result).toMatchObject({ failure: 'connection', statusCode: null });
  expect(result.detail).toMatch(/^the connection to the proxy failed: .*ECONNREFUSED/);
});

test('a proxy whose name does not exist is a connection failure, not a failure of the receiver', async () => {
  const result = await post(createClient('http://missing.test'), `http://127.0.0.1:1`);
  expect(result).toMatchObject({ failure: 'connection' });
  expect(result.detail).toMatch(/^the connection to the proxy failed: missing.test/);
});

test('a hanging look-up of the proxy is given up at the deadline', async () => {
  const result = post(createClient('http://hanging.test'), 'http://127.0.0.1:1');
  await waitFor(() => namesAsked === 1);
  clock.advance(15_000);
  expect(await result).toMatchObject({ failure: 'timeout' });
  expect(namesGivenUp).toBe(1);
});

test('an exchange with a hanging proxy ends at the deadline', async () => {
  proxy.respond = (client) => void client.resume();
  const result = post(createClient(), `http://127.0.0.1:${receiver.port}`);
  await waitFor(() => proxy.requests.length === 1);
  clock.advance(15_000);
  expect(await result).toMatchObject({
    failure: 'timeout',
    detail: 'the proxy did not open a connection before the deadline',
  });
  await waitFor(() => proxy.openConnections() === 0, 'the connection to be closed');
});

test.each([
  ['its name', 'receiver.test', ['receiver.test'], true],
  ['a name that it is under', 'a.Receiver.test', ['receiver.test'], true],
  ['the end of another name', 'otherreceiver.test', ['receiver.test'], false],
  ['a network of its address', 'receiver.test', ['127.0.0.0/8'], true],
  ['another network', 'receiver.test', ['10.0.0.0/8', 'fd00::/8'], false],
])(
  'a receiver that is listed by %s is reached without the proxy',
  async (_by, host, listed, isDirect) => {
    const client = createClient(undefined, undefined, listed);
    const asked = proxy.requests.length;
    expect(await post(client, `http://${host}:${receiver.port}`)).toMatchObject({
      statusCode: 200,
    });
    expect(proxy.requests.length - asked).toBe(isDirect ? 0 : 1);
  },
);

describe('names that are left to the proxy', () => {
  const client = (noProxy: readonly string[] = []) => createClient(undefined, [], noProxy, true);

  test('the proxy gets the name, which is neither looked up nor vetted here', async () => {
    const result = await post(client(), `http://localhost:${receiver.port}`);
    expect(result).toMatchObject({ statusCode: 200, failure: null });
    expect(proxy.requests.map(({ url }) => url)).toEqual([`localhost:${receiver.port}`]);
  });

  test('a receiver that is given by address is vetted', async () => {
    for (const host of ['127.0.0.1', '2130706433', '[::1]', '[::ffff:127.0.0.1]']) {
      expect(await post(client(), `http://${host}:1`)).toMatchObject({ failure: 'address' });
    }
    expect(proxy.requests).toEqual([]);
  });

  test('a name that is reached without the proxy is looked up and vetted', async () => {
    const result = await post(client(['inside.test']), 'http://inside.test:1');
    expect(result).toMatchObject({ failure: 'address' });
  });
});

describe('through SOCKS5', () => {
  let socks: SocksProxy;
  afterEach(() => socks.close());
  const start = async (requires: string | null = null) =>
    void (socks = await startSocksProxy(requires));
  const url = (credentials = '') => `socks5://${credentials}127.0.0.1:${socks.port}`;

  test('a receiver is reached at its vetted address, by one connection', async () => {
    await start();
    const client = createClient(url());
    for (let i = 0; i < 2; i++) {
      const result = await post(client, `http://receiver.test:${receiver.port}`);
      expect(result).toMatchObject({ statusCode: 200, failure: null });
    }
    expect(socks.asked).toEqual([{ target: `127.0.0.1:${receiver.port}`, credentials: null }]);
  });

  test('credentials are sent without percent-encoding, and the proxy may look up the name', async () => {
    await start('user:p@ss:word');
    const client = createClient(url('user:p%40ss%3Aword@'), [], [], true);
    const result = await post(client, `http://receiver.test:${receiver.port}`);
    expect(result).toMatchObject({ statusCode: 200 });
    const target = `receiver.test:${receiver.port}`;
    expect(socks.asked).toEqual([{ target, credentials: 'user:p@ss:word' }]);
  });

  test('an IPv6 address arrives unchanged', async () => {
    await start();
    socks.reply = 4;
    const result = await post(createClient(url(), ['fd00::/8']), 'http://[fd00::1:2]:8443');
    expect(result).toMatchObject({ failure: 'connection' });
    expect(socks.asked).toMatchObject([{ target: 'fd00:0:0:0:0:0:1:2:8443' }]);
  });

  test.each([
    ['asks for credentials', 'a:b', '', 0, 'other credentials, see proxyUrl'],
    ['asks for other credentials', 'a:b', 'a:c@', 0, 'other credentials, see proxyUrl'],
    ['has rules against it', null, '', 2, 'refused to connect (its rules do not allow'],
    ['answers with a number of its own', null, '', 99, 'refused to connect (reply 99)'],
  ])('a proxy that %s is a connection failure', async (_what, requires, given, reply, detail) => {
    await start(requires);
    socks.reply = reply;
    const result = await post(createClient(url(given)), `http://127.0.0.1:${receiver.port}`);
    expect(result).toMatchObject({ failure: 'connection', statusCode: null });
    expect(result.detail).toContain(detail);
  });

  test.each([
    [
      'speaks something else',
      Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'),
      'does not speak SOCKS5',
    ],
    ['goes on unasked', Buffer.from([5, 0, 5, 0, 0]), 'before the request'],
    ['closes', Buffer.alloc(0), 'the proxy closed the connection'],
  ])('a proxy that %s is a connection failure', async (_what, bytes, detail) => {
    await start();
    socks.says = bytes;
    const result = await post(createClient(url()), `http://127.0.0.1:${receiver.port}`);
    expect(result).toMatchObject({ failure: 'connection', statusCode: null });
    expect(result.detail).toContain(detail);
  });
});
