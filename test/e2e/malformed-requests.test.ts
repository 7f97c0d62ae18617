import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEFAULT_ORGANIZATION } from '../../src/operations/operations.ts';
import { type ApiServer, startApiServer } from '../support/api-server.ts';
import { exchange } from '../support/raw-exchange.ts';

/** Requests that `node:http` itself refuses also get an error body. The fuzzer found these. */
let server: ApiServer;

beforeAll(async () => {
  server = await startApiServer();
});
afterAll(() => server.stop());

it('a request without a Host line: 400, but not in HTTP/1.0', async () => {
  const answer = async (version: string) => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.write(`GET /api/v1/health HTTP/${version}\r\nConnection: close\r\n\r\n`);
    return text(socket);
  };
  expect(await answer('1.1')).toMatch(/^HTTP\/1\.1 400 .*{"code":"malformed_request"/s);
  expect(await answer('1.0')).toMatch(/^HTTP\/1\.1 204 /);
});

it('a transfer coding other than chunked is 415', async () => {
  const token = await server.issue({ organizationId: DEFAULT_ORGANIZATION });
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  const lines = [
    'POST /api/v1/app HTTP/1.1',
    'Host: a',
    'Connection: close',
    `Authorization: Bearer ${token}`,
    'Content-Type: application/json',
    'Transfer-Encoding: gzip, chunked',
  ];
  socket.write(`${lines.join('\r\n')}\r\n\r\n2\r\n{}\r\n0\r\n\r\n`);
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 415 .*"transfer-encoding: gzip, chunked/s);
});

it.each(['a@b', 'a, b', 'a b', 'a/b', 'a:b', '[::1', '\x80'])(
  'a Host line with %j is 400, for a publish too',
  async (host) => {
    for (const line of ['GET /api/v1/health', 'POST /api/v1/app/x/msg']) {
      const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
      const head = `${line} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer x\r\n`;
      const body = 'Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}';
      socket.end(Buffer.from(head + body, 'latin1'));
      expect(await text(socket)).toMatch(
        /^HTTP\/1\.1 400 .*"The request has a malformed Host line"/s,
      );
    }
  },
);

it.each(['', 'a', 'a.example:80', 'a_b', '127.0.0.1:', '[::1]:8080', '%C3%A9'])(
  'a Host line with %j is taken',
  async (host) => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.write(`GET /api/v1/health HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 204 /);
  },
);

it.each([
  ['a path without a slash', 400, '%00/api/v1/health', []],
  ['a header that is none', 400, '/api/v1/health', ['x y: z']],
  ['CONNECT', 400, 'a.example:80', []],
  ['too large headers', 431, '/api/v1/health', [`x: ${'y'.repeat(20_000)}`]],
  ['an Expect that is not offered', 417, '/api/v1/health', ['expect: x']],
])('%s: %i', async (what, status, target, headers) => {
  const method = what === 'CONNECT' ? what : 'GET';
  const request = { method, target, body: new Uint8Array(), length: undefined, cutAt: null };
  const tokens = { organization: '', portal: '' };
  const [answer] = await exchange(
    server.url,
    { ...request, headers: ['host: a', ...headers] },
    tokens,
  );
  expect(answer?.status).toBe(status);
  expect(JSON.parse(answer?.body ?? '')).toEqual({
    code: 'malformed_request',
    detail: expect.any(String),
  });
});
