import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_ORGANIZATION } from '../../src/operations/operations.ts';
import { type ApiServer, startApiServer } from '../support/api-server.ts';

/** Paths and methods: trailing slashes, 405 and 404. */
let server: ApiServer;
let token: string;

beforeAll(async () => {
  server = await startApiServer();
  token = await server.issue({ organizationId: DEFAULT_ORGANIZATION });
  await call('POST', '/app', { name: 'Paths', uid: 'paths' });
});
afterAll(() => server.stop());

async function call(method: string, path: string, body?: object) {
  const response = await fetch(`${server.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, allow: response.headers.get('allow') };
}

describe('a slash at the end of a path', () => {
  it.each([
    ['GET', '/health/', undefined, 204],
    ['GET', '/health/ping/', undefined, 204],
    ['POST', '/app/', { name: 'Slash', uid: 'slash' }, 201],
    ['GET', '/app/', undefined, 200],
    ['GET', '/app/?limit=1', undefined, 200],
    ['GET', '/app/paths/', undefined, 200],
    ['PATCH', '/app/paths/', { name: 'Slashed' }, 200],
    ['POST', '/app/paths/endpoint/', { url: 'https://example.com/', uid: 'e' }, 201],
    ['PUT', '/app/paths/endpoint/e/', { url: 'https://example.com/' }, 200],
    ['GET', '/app/paths/endpoint/e/secret/', undefined, 200],
    ['PUT', '/app/paths/endpoint/e/headers/', { headers: {} }, 204],
    ['POST', '/event-type/', { name: 'a.b', description: '' }, 201],
    ['GET', '/event-type/a.b/', undefined, 200],
    ['POST', '/app/paths/msg/', { eventType: 'a.b', eventId: 'm', payload: {} }, 202],
    ['POST', '/app/paths/msg/?with_content=false', { eventType: 'a.b', payload: {} }, 202],
    ['GET', '/app/paths/msg/m/', undefined, 200],
    ['GET', '/app/paths/attempt/msg/m/', undefined, 200],
    ['POST', '/app/paths/msg/m/endpoint/e/resend/', undefined, 202],
    ['DELETE', '/app/slash/', undefined, 204],
  ] as const)('changes nothing: %s %s', async (method, path, body, status) => {
    const init = { method, headers: { authorization: `Bearer ${token}` } };
    const answer = body
      ? await call(method, path, body)
      : await fetch(`${server.url}/api/v1${path}`, init);
    expect(answer.status).toBe(status);
  });
});

it.each(['QUERY', 'POST'])('%s without a media type is not an internal error', async (method) => {
  const response = await fetch(`${server.url}/api/v1/health`, { method });
  expect(response.status).toBe(405);
});

describe('a path without the method', () => {
  it.each([
    ['DELETE', '/app', 'GET, HEAD, OPTIONS, POST'],
    ['POST', '/app/paths', 'DELETE, GET, HEAD, OPTIONS, PATCH, PUT'],
    ['POST', '/app/paths/', 'DELETE, GET, HEAD, OPTIONS, PATCH, PUT'],
    ['DELETE', '/app/paths/msg', 'GET, HEAD, OPTIONS, POST'],
    ['GET', '/app/paths/endpoint/e/secret/rotate?x=1', 'OPTIONS, POST'],
    ['POST', '/health', 'GET, HEAD, OPTIONS'],
    ['QUERY', '/app', 'GET, HEAD, OPTIONS, POST'],
    ['PROPFIND', '/app', 'GET, HEAD, OPTIONS, POST'],
    ['DELETE', '/%61pp', 'GET, HEAD, OPTIONS, POST'],
    ['DELETE', '/app/a%2Fb/msg', 'GET, HEAD, OPTIONS, POST'],
    ['DELETE', '/app/%0a/msg', 'GET, HEAD, OPTIONS, POST'],
  ])('is 405 with Allow: %s %s', async (method, path, allow) => {
    expect(await call(method, path)).toEqual({ status: 405, allow });
  });

  it.each([
    ['GET', '/nothing'],
    ['GET', '/app//endpoint'],
    ['POST', '/app/paths/nothing/'],
    ['GET', '/app//'],
    ['QUERY', '/nothing'],
    ['DELETE', '/openapiXjson'],
    ['DELETE', '/app%2Fpaths'],
  ])('is 404 where the path does not exist: %s %s', async (method, path) => {
    expect(await call(method, path)).toEqual({ status: 404, allow: null });
  });
});

it.each([
  ['an absolute URL', 'DELETE http://a.example/api/v1/app', 405, 'GET, HEAD, OPTIONS, POST'],
  ['one without a path', 'DELETE http://a.example?x', 405, 'GET, HEAD, OPTIONS'],
  ['a fragment', 'DELETE /api/v1/app#x', 405, 'GET, HEAD, OPTIONS, POST'],
  ['the whole server', 'OPTIONS *', 204, 'DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT'],
])('a request target may be %s: %s', async (_what, line, status, allow) => {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  socket.write(`${line} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n`);
  const answer = await text(socket);
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} .*^allow: ${allow}\r$`, 'ms'));
});
