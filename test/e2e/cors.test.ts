import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_ORGANIZATION } from '../../src/operations/operations.ts';
import { type ApiServer, startApiServer } from '../support/api-server.ts';

/** OPTIONS, and the headers that browsers need (CORS). */
const PORTAL = 'https://portal.example.com';
const HEADERS =
  'authorization,content-type,idempotency-key,svix-req-id,svix-retry-count,traceparent,tracestate,user-agent';

let listed: ApiServer;
let open: ApiServer;
let closed: ApiServer;

beforeAll(async () => {
  [listed, open, closed] = await Promise.all([
    startApiServer({ corsOrigins: [PORTAL, 'http://localhost:3000'] }),
    startApiServer({ corsOrigins: ['*'] }),
    startApiServer(),
  ]);
  for (const server of [listed, open, closed]) {
    await call(server, 'POST', '/app', { origin: '' }, '{"name":"Cors","uid":"cors"}');
  }
});
afterAll(() => Promise.all([listed.stop(), open.stop(), closed.stop()]));

async function call(
  server: ApiServer,
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: string,
): Promise<Response> {
  const token = await server.issue({ organizationId: DEFAULT_ORGANIZATION });
  const { origin, ...others } = headers;
  return fetch(`${server.url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      ...(origin && { origin }),
      ...others,
    },
    ...(body !== undefined && { body }),
  });
}

/** The headers of a browser's preflight request. */
const preflight = (origin: string, method: string) => ({
  origin,
  'access-control-request-method': method,
  'access-control-request-headers': HEADERS,
});

function corsOf({ headers }: Response) {
  return { origin: headers.get('access-control-allow-origin'), vary: headers.get('vary') };
}

describe('OPTIONS', () => {
  it.each([
    ['/health', 'GET, HEAD, OPTIONS'],
    ['/app', 'GET, HEAD, OPTIONS, POST'],
    ['/app/', 'GET, HEAD, OPTIONS, POST'],
    ['/app/cors', 'DELETE, GET, HEAD, OPTIONS, PATCH, PUT'],
    ['/app/cors/msg?with_content=true', 'GET, HEAD, OPTIONS, POST'],
    ['/app/cors/endpoint/e/secret/rotate', 'OPTIONS, POST'],
  ])('at %s is 204 with Allow, without a token', async (path, allow) => {
    for (const server of [listed, open, closed]) {
      const response = await fetch(`${server.url}/api/v1${path}`, { method: 'OPTIONS' });
      expect([response.status, response.headers.get('allow')]).toEqual([204, allow]);
      expect(response.headers.get('access-control-allow-methods')).toBeNull();
    }
  });

  it('is 404 at an unknown path', async () => {
    const response = await call(listed, 'OPTIONS', '/nothing', preflight(PORTAL, 'GET'));
    expect(response.status).toBe(404);
    expect(corsOf(response)).toEqual({ origin: PORTAL, vary: 'Origin' });
  });

  it.each(['DELETE', 'GET', 'PATCH', 'PUT'])('allows %s to a listed origin', async (method) => {
    for (const server of [listed, open]) {
      const response = await call(server, 'OPTIONS', '/app/cors', preflight(PORTAL, method));
      expect(response.status).toBe(204);
      expect(corsOf(response)).toEqual(
        server === open ? { origin: '*', vary: null } : { origin: PORTAL, vary: 'Origin' },
      );
      const { headers } = response;
      expect(headers.get('access-control-allow-methods')?.split(', ')).toContain(method);
      const allowed = headers.get('access-control-allow-headers')?.toLowerCase().split(', ');
      expect(allowed?.toSorted()).toEqual(HEADERS.split(','));
      expect(Number(headers.get('access-control-max-age'))).toBeGreaterThan(60);
      expect(headers.get('access-control-allow-credentials')).toBeNull();
    }
  });

  it.each(['https://other.example.com', 'http://portal.example.com', `${PORTAL}:8443`, 'null'])(
    'allows nothing to %s',
    async (origin) => {
      const response = await call(listed, 'OPTIONS', '/app/cors', preflight(origin, 'GET'));
      expect(response.status).toBe(204);
      expect(corsOf(response)).toEqual({ origin: null, vary: 'Origin' });
      expect(response.headers.get('access-control-allow-methods')).toBeNull();
    },
  );
});

describe('an answer names the origin that may read it', () => {
  const message = '{"eventType":"a.b","payload":{}}';
  it.each([
    ['GET', '/health', 204, undefined, {}],
    ['GET', '/app/cors', 200, undefined, {}],
    ['GET', '/app/none', 404, undefined, {}],
    ['GET', '/nothing', 404, undefined, {}],
    ['GET', '/app/%zz', 404, undefined, {}],
    ['GET', `/app/${'x'.repeat(600)}`, 404, undefined, {}],
    ['DELETE', '/app', 405, undefined, {}],
    ['GET', '/app', 401, undefined, { authorization: 'Bearer nothing' }],
    ['POST', '/app', 422, '{', {}],
    ['POST', '/app', 415, 'x', { 'content-type': 'text/plain' }],
    ['POST', '/app', 413, ' '.repeat(2 * 1024 * 1024), {}],
    ['POST', '/app/cors/msg', 202, message, {}],
    ['POST', '/app/cors/msg', 422, '{}', {}],
  ])('%s %s: %i', async (method, path, status, body, headers) => {
    const send = (server: ApiServer, origin: string) =>
      call(server, method, path, { ...headers, origin }, body);
    const response = await send(listed, PORTAL);
    expect(response.status).toBe(status);
    expect(corsOf(response)).toEqual({ origin: PORTAL, vary: 'Origin' });
    expect(corsOf(await send(open, PORTAL))).toEqual({ origin: '*', vary: null });
    expect(corsOf(await send(listed, 'https://other.example.com'))).toMatchObject({ origin: null });
    expect(corsOf(await send(closed, PORTAL))).toEqual({ origin: null, vary: null });
  });

  it.each([
    ['too large headers', 431, `x: ${'y'.repeat(20_000)}`],
    ['a header that is none', 400, 'x y: z'],
    ['an Expect that is not offered', 417, 'expect: x'],
    ['two Host lines', 400, 'host: b'],
  ])('that node:http refuses, too: %s', async (_what, status, line) => {
    const send = async (server: ApiServer, origin: string) => {
      const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
      const head = ['GET /api/v1/app HTTP/1.1', 'host: a', 'connection: close'];
      socket.write(`${[...head, `Origin: ${origin}`, line].join('\r\n')}\r\n\r\n`);
      const answer = await text(socket);
      const [allowed] = /(?<=^access-control-allow-origin: ).*$/m.exec(answer) ?? [null];
      return {
        status: Number(answer.split(' ')[1]),
        allowed,
        varies: /^vary: Origin/m.test(answer),
      };
    };
    expect(await send(listed, PORTAL)).toEqual({ status, allowed: PORTAL, varies: true });
    expect(await send(listed, 'https://other.example.com')).toMatchObject({ allowed: null });
    expect(await send(open, PORTAL)).toEqual({ status, allowed: '*', varies: false });
    expect(await send(closed, PORTAL)).toEqual({ status, allowed: null, varies: false });
  });

  it('varies with the encoding, too, where a file has several', async () => {
    const origin = { origin: PORTAL };
    const { headers } = await fetch(`${listed.url}/docs/swagger-ui.css`, { headers: origin });
    expect(headers.get('vary')).toBe('Origin, Accept-Encoding');
  });

  it('varies with the origin, even for a request without one', async () => {
    expect(corsOf(await call(listed, 'GET', '/app', {}))).toEqual({ origin: null, vary: 'Origin' });
  });
});
