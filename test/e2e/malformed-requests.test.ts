import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
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
