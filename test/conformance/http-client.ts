import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { ExchangeResult, HttpClient } from '../../src/delivery/http-client/http-client.ts';
import { NameError } from '../../src/delivery/http-client/names/name-error.ts';
import type { NameResolver } from '../../src/delivery/http-client/names/name-resolver.ts';
import type { NameAnswer } from '../../src/delivery/http-client/names/shared-lookup.ts';
import { type Clock, systemClock } from '../../src/domain/clock.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { type RawReceiver, startRawReceiver, startReceiver } from '../support/receiver.ts';
import { SELF_SIGNED } from '../support/self-signed.ts';
import { startSilentListener } from '../support/silent-listener.ts';
import { waitFor } from '../support/wait-for.ts';

/** An implementation of `HttpClient`. */
export interface HttpClientFixture {
  readonly create: (options: ClientOptions) => HttpClient;
  /** Abilities that the contract leaves open. */
  readonly capabilities: {
    /** Repeats a request when the idle connection turns out to be closed. */
    readonly retriesStaleConnections: boolean;
    /** Closes a connection whose response came before the request was sent. */
    readonly closesAfterEarlyResponses: boolean;
    /** Accepts odd heads that real receivers send, and refuses ambiguous ones. */
    readonly readsOddHeads: boolean;
    /** Says in which phase a deadline passed. */
    readonly namesPhases: boolean;
    /** Gives up a look-up or a connect when the exchange ends. */
    readonly abandonsDials: boolean;
  };
}

export interface ClientOptions {
  readonly clock: Clock;
  readonly allowNetworks: readonly string[];
  readonly idleLimit: number;
  readonly resolver: NameResolver;
  /** PEM certificates that are trusted besides the usual ones. */
  readonly authority: string;
}

/** One suite for every implementation of `HttpClient`. */
export function describeHttpClient({ create, capabilities }: HttpClientFixture): void {
  const cleanups: (() => Promise<void> | void)[] = [];
  let breaches: string[] = [];

  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
    const found = breaches;
    breaches = [];
    expect(found).toEqual([]);
  });

  function createClient(options: Partial<ClientOptions> = {}): HttpClient {
    const client = create({
      clock: systemClock,
      allowNetworks: ['127.0.0.0/8'],
      idleLimit: 10,
      resolver: answering(() => LOOPBACK),
      authority: SELF_SIGNED.cert,
      ...options,
    });
    cleanups.push(() => client.stop());
    return client;
  }

  function post(
    client: HttpClient,
    origin: string,
    { body = '{"a":1}', deadlineMs = 20_000 } = {},
    onResult = () => {},
  ): Promise<ExchangeResult> {
    const bytes = Buffer.from(body);
    const { host } = new URL(origin);
    const head = `POST /hook HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\ncontent-length: ${bytes.length}\r\n\r\n`;
    return new Promise((resolve) => {
      let returned = false;
      let results = 0;
      client.post({ origin, head, body: bytes, deadlineMs }, (result) => {
        if (!returned) breaches.push('a result before post had returned');
        if (++results > 1) breaches.push('a second result of one exchange');
        resolve(result);
        onResult();
      });
      returned = true;
    });
  }

  async function receiving(onRequest: (socket: Socket, number: number) => void) {
    const receiver = await startRawReceiver(onRequest);
    cleanups.push(() => receiver.close());
    return { receiver, origin: originOf(receiver) };
  }

  async function listening(server: Server, scheme = 'http'): Promise<string> {
    cleanups.push(() => void server.close());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  const respond = (status: string, rest: string) => (socket: Socket) =>
    void socket.write(`HTTP/1.1 ${status}\r\n${rest}`);
  const OK = 'content-length: 0\r\n\r\n';

  describe('the result of what a receiver sends', () => {
    const cases: [
      name: string,
      onRequest: (socket: Socket, number: number) => void,
      expected: Partial<ExchangeResult>,
    ][] = [
      [
        'a response with a body',
        respond('200 OK', 'content-length: 2\r\n\r\nok'),
        { statusCode: 200, failure: null, detail: '', response: 'ok', localShortage: false },
      ],
      [
        'a chunked body',
        respond('201 Made', 'transfer-encoding: chunked\r\n\r\n2\r\nok\r\n1\r\n!\r\n0\r\n\r\n'),
        { statusCode: 201, failure: null, response: 'ok!' },
      ],
      [
        'a body that ends with the connection',
        (socket) => void socket.end('HTTP/1.1 200 OK\r\n\r\nok'),
        { statusCode: 200, failure: null, response: 'ok' },
      ],
      ['no body', respond('204 No Content', '\r\n'), { statusCode: 204, failure: null }],
      ['no reason phrase', respond('200', OK), { statusCode: 200, failure: null }],
      ['a status of no class', respond('999 Denied', OK), { statusCode: 999, failure: null }],
      [
        'a body after 205',
        respond('205 Reset', 'content-length: 2\r\n\r\nok'),
        { statusCode: 205 },
      ],
      [
        'chunk extensions and trailers',
        respond('200 OK', 'transfer-encoding: chunked\r\n\r\n2;a="b"\r\nok\r\n0;c\r\nd: e\r\n\r\n'),
        { statusCode: 200, detail: '', response: 'ok' },
      ],
      [
        'a length and a transfer coding',
        respond(
          '200 OK',
          'content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
        ),
        { statusCode: null, failure: 'protocol' },
      ],
      [
        'the beginning of HTTP/2',
        (socket) => void socket.write(Buffer.from('000006040000000000000300000064', 'hex')),
        { statusCode: null, failure: 'protocol' },
      ],
      [
        'HTTP/0.9',
        (socket) => void socket.end('<p>ok</p>'),
        { statusCode: null, failure: 'protocol' },
      ],
      [
        'a head that is not whole',
        (socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n'),
        { statusCode: null, failure: 'connection' },
      ],
      [
        'an interim response before the final one',
        respond('103 Early Hints', `\r\nHTTP/1.1 200 OK\r\n${OK}`),
        { statusCode: 200, failure: null },
      ],
      [
        'Retry-After',
        respond('503 Busy', `retry-after: 7\r\n${OK}`),
        { statusCode: 503, failure: null, retryAfter: '7' },
      ],
      [
        'a redirect, which is not followed',
        respond('302 Found', `location: http://127.0.0.1/\r\n${OK}`),
        { statusCode: 302, failure: null, location: 'http://127.0.0.1/' },
      ],
      [
        'an instruction about deliveries',
        respond('500 No', `Webhook-Delivery: abort-message\r\n${OK}`),
        { statusCode: 500, failure: null, deliveryControl: 'abort-message' },
      ],
      [
        'NUL and half a character',
        respond('200 OK', 'content-length: 3\r\n\r\na\0\xe2'),
        { response: 'a\uFFFD\uFFFD' },
      ],
      [
        'a reset',
        (socket) => void socket.resetAndDestroy(),
        { statusCode: null, failure: 'connection', localShortage: false },
      ],
      [
        'the end of the connection',
        (socket) => void socket.end(),
        { statusCode: null, failure: 'connection' },
      ],
      [
        'the end of the connection within the body',
        (socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12'),
        {
          statusCode: 200,
          failure: null,
          detail: expect.stringContaining('closed'),
          response: '12',
        },
      ],
      [
        'a reset within the body',
        (socket) =>
          void socket.write('HTTP/1.1 500 Oops\r\ncontent-length: 10\r\n\r\n12', () =>
            socket.resetAndDestroy(),
          ),
        { statusCode: 500, failure: null, detail: expect.stringMatching(/./) },
      ],
      [
        'something that is not HTTP',
        (socket) => void socket.end('220 mail.example.com ESMTP\r\n\r\n'),
        { statusCode: null, failure: 'protocol' },
      ],
      [
        'a malformed chunk',
        respond('200 OK', 'transfer-encoding: chunked\r\n\r\nzz\r\n'),
        { statusCode: 200, failure: null, detail: expect.stringMatching(/./) },
      ],
      [
        'two different lengths',
        respond('200 OK', 'content-length: 2\r\ncontent-length: 3\r\n\r\nok'),
        { statusCode: null, failure: 'protocol' },
      ],
    ];

    test.each(cases)('%s', async (_name, onRequest, expected) => {
      const { origin } = await receiving(onRequest);
      expect(await post(createClient(), origin)).toMatchObject(expected);
    });

    test.runIf(capabilities.readsOddHeads).each([
      ['a folded header line', `x: a\r\n b\r\n${OK}`],
      ['a line that makes no sense', `no sense\r\n${OK}`],
      ['a blank before the first header', ` x: y\r\n${OK}`],
      ['a blank before a colon', 'content-length : 0\r\n\r\n'],
      ['a bare LF as line end', 'content-length: 0\n\n'],
      ['a repeated length', 'content-length: 0\r\ncontent-length: 0\r\n\r\n'],
      ['60 KiB of headers', `${`x: ${'y'.repeat(1019)}\r\n`.repeat(60)}${OK}`],
    ])('a head with %s', async (_what, rest) => {
      const { receiver, origin } = await receiving(respond('200 OK', rest));
      const client = createClient();
      for (let i = 0; i < 2; i++) {
        expect(await post(client, origin)).toMatchObject({ statusCode: 200, failure: null });
      }
      expect(receiver.connections()).toBe(1);
    });
  });

  describe('bounds', () => {
    test('endless headers are refused', async () => {
      const { origin } = await receiving((socket) => {
        socket.write('HTTP/1.1 200 OK\r\n');
        const more = () => {
          while (!socket.destroyed && socket.write(`x-header: ${'y'.repeat(1000)}\r\n`));
          socket.once('drain', more);
        };
        more();
      });
      expect(await post(createClient(), origin)).toMatchObject({
        failure: 'protocol',
        statusCode: null,
      });
    });

    test('an endless body is cut and 4 KiB of it are kept; the status decides', async () => {
      let gone = false;
      const { origin } = await receiving((socket) => {
        socket.on('close', () => (gone = true));
        socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
        const more = () => {
          while (!socket.destroyed && socket.write(`400\r\n${'z'.repeat(1024)}\r\n`));
          socket.once('drain', more);
        };
        more();
      });
      const result = await post(createClient(), origin);
      expect(result).toMatchObject({ statusCode: 200, failure: null });
      expect(result.detail).toContain('cut');
      expect(result.response).toBe('z'.repeat(4096));
      await waitFor(() => gone, 'the receiver to lose the connection');
    });
  });

  test.each([1, 100_000])('a body of %i characters is sent unchanged', async (length) => {
    const receiver = await startReceiver();
    cleanups.push(() => receiver.close());
    const client = createClient();
    const body = 'é'.repeat(length);
    for (let i = 0; i < 2; i++) {
      expect(await post(client, originOf(receiver), { body })).toMatchObject({ statusCode: 200 });
    }
    expect(receiver.received.map((request) => request.body)).toEqual([body, body]);
    expect(receiver.connections()).toBe(1);
  });

  describe('the deadline ends an exchange that hangs', () => {
    const DEADLINE_MS = 15_000;

    /** Posts, waits until the exchange hangs at the place of interest, and moves the clock to the deadline. */
    async function expireWhen(
      options: Partial<ClientOptions>,
      origin: string,
      stuck: () => boolean | Promise<boolean>,
    ): Promise<ExchangeResult> {
      const clock = new ManualClock();
      const client = createClient({ ...options, clock });
      let result: ExchangeResult | null = null;
      void post(client, origin, { deadlineMs: DEADLINE_MS }).then((got) => (result = got));
      await waitFor(stuck, 'the exchange to hang');
      clock.advance(DEADLINE_MS - 1);
      await turns(20);
      expect(result).toBeNull();
      clock.advance(1);
      return waitFor(() => result, 'the result at the deadline');
    }

    function expectTimeout(result: ExchangeResult, phase: RegExp): void {
      expect(result).toMatchObject({ failure: 'timeout', localShortage: false });
      if (capabilities.namesPhases) expect(result.detail).toMatch(phase);
    }

    test('while its name is looked up', async () => {
      let asked = false;
      let givenUp = false;
      const resolver: NameResolver = {
        resolve: () => ((asked = true), () => (givenUp = true)),
      };
      const result = await expireWhen({ resolver }, 'http://silent.test:1', () => asked);
      expectTimeout(result, /name/);
      if (capabilities.abandonsDials) expect(givenUp).toBe(true);
      expect(result.statusCode).toBeNull();
    });

    test('while it connects', async () => {
      const listener = await startSilentListener();
      cleanups.push(() => listener.close());
      const result = await expireWhen({}, listener.origin, () => turns(50).then(() => true));
      expectTimeout(result, /connection/);
    });

    test('while one address hangs, and another has failed: the failure is named, too', async () => {
      const listener = await startSilentListener();
      cleanups.push(() => listener.close());
      const { port, hostname } = new URL(listener.origin);
      const hanging = { address: hostname, family: 4 };
      const refusing = { address: '127.0.0.99', family: 4 };
      const resolver = answering(() => [refusing, hanging]);
      const result = await expireWhen({ resolver }, `http://two.test:${port}`, () =>
        turns(50).then(() => true),
      );
      expectTimeout(result, /^no connection .*; another address: .*ECONNREFUSED 127.0.0.99/);
    });

    test('in the TLS handshake', async () => {
      let accepted: Socket | null = null;
      const server = createServer((socket) => {
        socket.on('error', () => {});
        socket.resume();
        accepted = socket;
        cleanups.push(() => void socket.destroy());
      });
      const origin = await listening(server, 'https');
      const result = await expireWhen({}, origin, () => accepted !== null);
      expectTimeout(result, /handshake/);
      if (capabilities.abandonsDials) {
        await waitFor(() => accepted?.destroyed, 'the connection to be closed');
      }
    });

    test('before the headers', async () => {
      let asked: Socket | null = null;
      const { origin } = await receiving((socket) => void (asked = socket));
      expectTimeout(await expireWhen({}, origin, () => asked !== null), /headers/);
      await waitFor(() => asked?.destroyed, 'the connection to be closed');
    });

    test('within the body; the status decides, and the part that came is kept', async () => {
      let wrote = false;
      const { origin } = await receiving((socket) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12', () => (wrote = true));
      });
      const read = () => wrote && turns(50).then(() => true);
      const result = await expireWhen({}, origin, read);
      expect(result).toMatchObject({ statusCode: 200, failure: null, response: '12' });
      expect(result.detail).toContain(capabilities.namesPhases ? 'body' : 'deadline');
    });

    test('also when single bytes keep coming', async () => {
      const clock = new ManualClock();
      let sent = 0;
      const { origin } = await receiving((socket) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n');
        const drip = setInterval(() => socket.write('.', () => sent++), 5);
        socket.on('close', () => clearInterval(drip));
      });
      const exchange = post(createClient({ clock }), origin, { deadlineMs: DEADLINE_MS });
      for (let seconds = 0; seconds < DEADLINE_MS / 1_000; seconds++) {
        const before = sent;
        await waitFor(() => sent > before + 1);
        clock.advance(1_000);
      }
      const result = await exchange;
      expect(result).toMatchObject({ statusCode: 200, failure: null });
      expect(result.detail).toContain('deadline');
      expect(result.response.length).toBeGreaterThan(1);
    });

    test('even if the wall clock is set back', async () => {
      const clock = new ManualClock();
      let asked = false;
      const { origin } = await receiving(() => (asked = true));
      const exchange = post(createClient({ clock }), origin, { deadlineMs: DEADLINE_MS });
      await waitFor(() => asked);
      clock.setBy(-3_600_000);
      clock.advance(DEADLINE_MS);
      expect(await exchange).toMatchObject({ failure: 'timeout' });
    });

    test('and does not affect the next exchange of the connection', async () => {
      const clock = new ManualClock();
      const waiting: Socket[] = [];
      const { origin, receiver } = await receiving((socket, number) => {
        if (number === 1) respond('200 OK', OK)(socket);
        else waiting.push(socket);
      });
      const client = createClient({ clock });
      await post(client, origin, { deadlineMs: 100 });
      const second = post(client, origin, { deadlineMs: 1_000 });
      await waitFor(() => waiting.length === 1);
      clock.advance(500);
      respond('201 Made', OK)(waiting[0] as Socket);
      expect(await second).toMatchObject({ statusCode: 201 });
      expect(receiver.connections()).toBe(1);
    });
  });

  describe('failures to connect', () => {
    test('a refused connection names the address', async () => {
      const { receiver, origin } = await receiving(() => {});
      await receiver.close();
      const result = await post(createClient(), origin);
      expect(result).toMatchObject({ failure: 'connection', statusCode: null });
      expect(result.detail).toContain('ECONNREFUSED');
      expect(result.detail).toContain('127.0.0.1');
    });

    test('the callback of a refused exchange can begin the next', async () => {
      const { receiver, origin } = await receiving(() => {});
      await receiver.close();
      const client = createClient();
      const head = 'POST / HTTP/1.1\r\ncontent-length: 0\r\n\r\n';
      const request = { origin, head, body: Buffer.alloc(0), deadlineMs: 5_000 };
      let results = 0;
      await new Promise<void>((resolve) => {
        const again = () => (++results === 5 ? resolve() : client.post(request, again));
        client.post(request, again);
      });
      expect(results).toBe(5);
    });

    test('a name that does not exist', async () => {
      const missing = new NameError('missing.test', 'ENOTFOUND');
      const client = createClient({ resolver: answering(() => missing) });
      expect(await post(client, 'http://missing.test')).toMatchObject({ failure: 'dns' });
    });

    test.each(['http://127.0.0.1:1', 'http://inside.test:1', 'https://[::1]:8443'])(
      'to an address that the guard refuses: %s',
      async (origin) => {
        const client = createClient({ allowNetworks: [] });
        const expected = { failure: 'address', statusCode: null, localShortage: false };
        expect(await post(client, origin)).toMatchObject(expected);
      },
    );
  });

  describe('TLS', () => {
    async function startTlsReceiver(): Promise<{ port: number; resumed: boolean[] }> {
      const resumed: boolean[] = [];
      const server = createTlsServer(SELF_SIGNED, (request, response) => {
        request.resume().on('end', () => {
          response.setHeader('connection', 'close');
          response.end(`${request.headers.host}`);
        });
      });
      server.on('secureConnection', (socket) => resumed.push(socket.isSessionReused()));
      const { port } = new URL(await listening(server, 'https'));
      return { port: Number(port), resumed };
    }

    test('a certificate that names the host is accepted, and the session is resumed later', async () => {
      const { port, resumed } = await startTlsReceiver();
      const client = createClient();
      // The next connection does not always resume it: undici lets the garbage collector take sessions.
      await waitFor(async () => {
        const result = await post(client, `https://receiver.test:${port}`);
        expect(result).toMatchObject({ statusCode: 200, response: `receiver.test:${port}` });
        return resumed.at(-1);
      }, 'a session to be resumed');
      expect(resumed[0]).toBe(false);
    });

    test.each(['other.test', '127.0.0.1'])(
      'a certificate that does not name %s is refused',
      async (host) => {
        const { port } = await startTlsReceiver();
        const result = await post(createClient(), `https://${host}:${port}`);
        expect(result).toMatchObject({ statusCode: null, failure: 'tls' });
      },
    );

    test('a certificate of an unknown authority is refused', async () => {
      const { port } = await startTlsReceiver();
      const client = createClient({ authority: '' });
      const result = await post(client, `https://receiver.test:${port}`);
      expect(result).toMatchObject({ statusCode: null, failure: 'tls' });
    });

    test('a receiver without TLS is refused', async () => {
      const server = createServer((socket) => {
        socket.on('error', () => {});
        socket.end('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n');
      });
      const result = await post(createClient(), await listening(server, 'https'));
      expect(result).toMatchObject({ statusCode: null, failure: 'tls' });
    });
  });

  describe('connections', () => {
    test('one connection serves exchanges one after the other', async () => {
      const { origin, receiver } = await receiving(respond('200 OK', OK));
      const client = createClient();
      for (let i = 0; i < 5; i++) expect((await post(client, origin)).statusCode).toBe(200);
      expect(receiver.connections()).toBe(1);
    });

    const closing: [why: string, onRequest: (socket: Socket, number: number) => void][] = [
      ['that the receiver announces to close', respond('200 OK', `connection: close\r\n${OK}`)],
      ['of HTTP/1.0', (socket) => void socket.write(`HTTP/1.0 200 OK\r\n${OK}`)],
      [
        'that the receiver keeps open only briefly',
        respond('200 OK', `keep-alive: timeout=2\r\n${OK}`),
      ],
      [
        'whose end is the end of the response',
        (socket) => void socket.end('HTTP/1.1 200 OK\r\n\r\nok'),
      ],
      [
        'whose response was cut',
        respond('200 OK', `content-length: 99999\r\n\r\n${'z'.repeat(70_000)}`),
      ],
    ];
    test.each(closing)('a connection %s is not used again', async (_why, onRequest) => {
      const { origin, receiver } = await receiving(onRequest);
      const client = createClient();
      for (let i = 0; i < 2; i++) {
        expect(await post(client, origin)).toMatchObject({ statusCode: 200, failure: null });
      }
      expect(receiver.connections()).toBe(2);
    });

    test('a connection on which unsolicited bytes came is not used again', async () => {
      const sockets: Socket[] = [];
      const { origin, receiver } = await receiving((socket) => {
        sockets.push(socket);
        respond('200 OK', OK)(socket);
      });
      const client = createClient();
      await post(client, origin);
      sockets[0]?.write('HTTP/1.1 500 Sorry\r\n\r\n');
      await waitFor(() => sockets[0]?.destroyed, 'the connection to be closed');
      expect(await post(client, origin)).toMatchObject({ statusCode: 200 });
      expect(receiver.connections()).toBe(2);
    });

    test.runIf(capabilities.closesAfterEarlyResponses)(
      'a connection that answered before the whole request was sent is not used again',
      async () => {
        const server = createServer((socket) => {
          socket.pause();
          socket.on('error', () => {});
          socket.write('HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n');
          cleanups.push(() => void socket.destroy());
        });
        const origin = await listening(server);
        const client = createClient();
        const body = 'z'.repeat(8 * 1024 * 1024);
        for (let i = 0; i < 2; i++) {
          expect(await post(client, origin, { body })).toMatchObject({ statusCode: 413 });
        }
      },
    );

    test('a receiver that ends the connection during the request is not waited for', async () => {
      const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
        socket.on('error', () => {});
        socket.end();
        cleanups.push(() => void socket.destroy());
      });
      const body = 'z'.repeat(8 * 1024 * 1024);
      const result = await post(createClient(), await listening(server), { body });
      expect(result).toMatchObject({ failure: 'connection', statusCode: null });
    });

    test('a connection that breaks within a response means a failure, not a second request', async () => {
      let requests = 0;
      const { origin } = await receiving((socket, number) => {
        requests++;
        if (number === 2) socket.end('HTTP/1.1 2');
        else respond('200 OK', OK)(socket);
      });
      const client = createClient();
      await post(client, origin);
      expect(await post(client, origin)).toMatchObject({ failure: 'connection', statusCode: null });
      expect(requests).toBe(2);
    });

    describe.runIf(capabilities.retriesStaleConnections)('a stale connection', () => {
      test.each([
        ['closed', (socket: Socket) => void socket.end()],
        ['reset', (socket: Socket) => void socket.resetAndDestroy()],
      ])('that is %s at the moment of its reuse costs no failure', async (_how, close) => {
        const { origin, receiver } = await receiving((socket, number) => {
          if (number === 2) close(socket);
          else respond('200 OK', OK)(socket);
        });
        const client = createClient();
        for (let i = 0; i < 4; i++) {
          expect(await post(client, origin)).toMatchObject({ statusCode: 200 });
        }
        expect(receiver.connections()).toBe(4);
      });

      test('on which a 408 comes instead of a response costs no failure', async () => {
        const timedOut = '408 Request Timeout';
        let requests = 0;
        const { origin, receiver } = await receiving((socket, number) => {
          if (++requests > 4) return respond(timedOut, OK)(socket);
          // The body of the 408 ends with the connection.
          if (number === 2) return respond(timedOut, 'connection: close\r\n\r\n<p>Timeout')(socket);
          respond('200 OK', OK)(socket);
        });
        const client = createClient();
        for (let i = 0; i < 2; i++) {
          expect(await post(client, origin)).toMatchObject({ statusCode: 200, response: '' });
        }
        // The next one gets 408 on the new connection, too: that is the response.
        expect(await post(client, origin)).toMatchObject({ statusCode: 408, failure: null });
        expect(receiver.connections()).toBe(3);
        expect(requests).toBe(5);
      });

      test('that is closed long after the request was sent is a failure: the request was read', async () => {
        const clock = new ManualClock();
        let asked: Socket | null = null;
        let requests = 0;
        const { origin } = await receiving((socket, number) => {
          requests++;
          if (number === 2) asked = socket;
          else respond('200 OK', OK)(socket);
        });
        const client = createClient({ clock });
        await post(client, origin);
        const second = post(client, origin);
        const socket = await waitFor(() => asked, 'the second request');
        clock.advance(2_000);
        socket.end();
        expect(await second).toMatchObject({ failure: 'connection', statusCode: null });
        expect(requests).toBe(2);
      });

      test('is replaced by one new connection, not by more', async () => {
        let requests = 0;
        const { origin } = await receiving((socket) => {
          requests++;
          if (requests === 1) respond('200 OK', OK)(socket);
          else socket.end();
        });
        const client = createClient();
        await post(client, origin);
        expect(await post(client, origin)).toMatchObject({ failure: 'connection' });
        expect(requests).toBe(3);
      });
    });
  });

  test('two hundred hanging exchanges do not delay those of another origin', async () => {
    let hanging = 0;
    const sick = await receiving(() => hanging++);
    const healthy = await receiving(respond('200 OK', OK));
    const client = createClient({
      resolver: answering((hostname) => (hostname === 'silent.test' ? null : LOOPBACK)),
    });
    for (let i = 0; i < 100; i++) {
      void post(client, sick.origin);
      void post(client, 'http://silent.test:1');
    }
    await waitFor(() => hanging === 100);
    for (let i = 0; i < 20; i++) {
      expect(await post(client, healthy.origin, { deadlineMs: 10_000 })).toMatchObject({
        statusCode: 200,
      });
    }
    client.abandon();
  });

  describe('the end', () => {
    test('abandoned exchanges end with a local shortage, and later ones are executed', async () => {
      let asked = 0;
      const { origin } = await receiving((socket) => {
        if (++asked > 3) respond('200 OK', OK)(socket);
      });
      const client = createClient();
      const results = [1, 2, 3].map(() => post(client, origin));
      await waitFor(() => asked === 3);
      client.abandon();
      for (const result of await Promise.all(results)) {
        expect(result).toMatchObject({ localShortage: true, statusCode: null });
      }
      expect(await post(client, origin)).toMatchObject({ statusCode: 200, localShortage: false });
    });

    test('an exchange that is abandoned within the body keeps its status', async () => {
      let wrote = false;
      const { origin } = await receiving((socket) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12', () => (wrote = true));
      });
      const client = createClient();
      const exchange = post(client, origin);
      await waitFor(() => wrote);
      await turns(50);
      client.abandon();
      expect(await exchange).toMatchObject({
        statusCode: 200,
        failure: null,
        localShortage: false,
      });
    });

    test('abandoning in the callback of a deadline gives each exchange one result', async () => {
      const clock = new ManualClock();
      let asked = 0;
      const { origin } = await receiving(() => asked++);
      const client = createClient({ clock });
      const results = [1, 2, 3].map(() =>
        post(client, origin, { deadlineMs: 1_000 }, () => client.abandon()),
      );
      await waitFor(() => asked === 3);
      clock.advance(1_000);
      for (const result of await Promise.all(results)) expect(result.statusCode).toBeNull();
    });

    test('stop closes idle connections, ends exchanges and refuses later ones', async () => {
      const clock = new ManualClock();
      const sockets = new Set<Socket>();
      let asked = 0;
      const { origin } = await receiving((socket) => {
        sockets.add(socket);
        if (++asked < 2) respond('200 OK', OK)(socket);
      });
      const idle = await receiving((socket) => {
        sockets.add(socket);
        respond('200 OK', OK)(socket);
      });
      const client = createClient({ clock });
      await post(client, origin);
      await post(client, idle.origin);
      const hanging = post(client, origin);
      await waitFor(() => asked === 2);
      client.stop();
      expect(await hanging).toMatchObject({ localShortage: true });
      expect(await post(client, origin)).toMatchObject({ localShortage: true, statusCode: null });
      await waitFor(() => [...sockets].every((socket) => socket.destroyed), 'no connection left');
      expect(clock.pending).toBe(0);
      client.stop();
    });
  });
}

/** A resolver that answers at once; null: never. */
function answering(answerOf: (hostname: string) => NameAnswer | null): NameResolver {
  return {
    resolve(hostname, onAnswer) {
      const answer = answerOf(hostname);
      if (answer !== null) onAnswer(answer);
      return () => {};
    },
  };
}

const LOOPBACK: NameAnswer = [{ address: '127.0.0.1', family: 4 }];

function originOf({ url }: Pick<RawReceiver, 'url'>): string {
  return new URL(url).origin;
}

/** Gives the event loop some turns, for effects that must not happen or have no sign. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}
