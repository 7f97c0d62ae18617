import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiServer, startApiServer } from '../support/api-server.ts';
import { exchange } from '../support/raw-exchange.ts';

/** Requests that `node:http` itself refuses also get an error body. The fuzzer found these. */
let server: ApiServer;

beforeAll(async () => {
  server = await startApiServer();
});
afterAll(() => server.stop());

it.each([
  ['a path without a slash', 400, '%00/api/v1/health', []],
  ['a header that is none', 400, '/api/v1/health', ['x y: z']],
  ['too large headers', 431, '/api/v1/health', [`x: ${'y'.repeat(20_000)}`]],
  ['an Expect that is not offered', 417, '/api/v1/health', ['expect: x']],
])('%s: %i', async (_what, status, target, headers) => {
  const request = { method: 'GET', target, body: new Uint8Array(), length: undefined, cutAt: null };
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
