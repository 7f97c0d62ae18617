import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_ORGANIZATION } from '../../src/operations/operations.ts';
import { type ApiServer, startApiServer } from '../support/api-server.ts';

/** Parts of the API that client libraries do not show: exact bytes, headers and bodies of errors. */
let server: ApiServer;
let token: string;

beforeAll(async () => {
  server = await startApiServer({ bodyLimitBytes: 20_000 });
  token = await server.issue({ organizationId: DEFAULT_ORGANIZATION });
  await post('/app', '{"name":"Raw","uid":"raw"}');
});
afterAll(() => server.stop());

async function call(method: string, path: string, init: RequestInit = {}) {
  const headers = { authorization: `Bearer ${token}`, ...(init.headers as object) };
  const response = await fetch(`${server.url}/api/v1${path}`, { ...init, method, headers });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

function post(path: string, body: string | Uint8Array<ArrayBuffer>, headers: object = {}) {
  return call('POST', path, { body, headers: { 'content-type': 'application/json', ...headers } });
}

const get = (path: string) => call('GET', path);

function detailOf({ status, text }: { status: number; text: string }) {
  return { status, ...(JSON.parse(text) as { detail: unknown }) };
}

describe('a payload', () => {
  const texts = [
    '{"n":12345678901234567890,"one":1.0,"big":1e400,"neg":-0.0,"exp":1E+2}',
    '{"z":1,"a":2,"10":3,"1":4}',
    '{"s":"\\u0041\\/\\ud83d\\ude00 \\ud800 é 😀 \\"quoted\\" \\\\"}',
    '{ "spaced" : [ 1 , 2 ,\n\t3 ] , "empty" : { } }',
    '{"twice":1,"twice":2,"__proto__":{"x":1},"constructor":{"prototype":{}}}',
    '[1,2.50,[]]',
    '"text"',
    '12345678901234567890.10',
    'null',
    'false',
  ];

  it.each(texts)('%s keeps its text, from publication to delivery and lists', async (payload) => {
    const { id } = JSON.parse(
      (await post('/app/raw/endpoint', '{"url":"https://example.com/"}')).text,
    ) as { id: string };
    const created = await post('/app/raw/msg', `{"payload" :\n ${payload} , "eventType":"a.b"}`);
    expect(created.status).toBe(202);
    expect(created.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(created.text).toContain(`"payload":${payload}}`);
    const message = (JSON.parse(created.text) as { id: string }).id;
    expect((await get(`/app/raw/msg/${message}`)).text).toBe(created.text);
    expect((await get('/app/raw/msg?limit=1')).text).toContain(`[${created.text}]`);
    const handoff = server.handedOver.find(
      ({ messageId, endpointId }) => messageId === message && endpointId === id,
    );
    expect(handoff?.payload).toBe(payload);
  });

  it('is the last of several members of that name, as with JSON.parse', async () => {
    const { text } = await post('/app/raw/msg', '{"payload":1,"eventType":"a","payload":2.0}');
    expect(text).toContain('"payload":2.0}');
  });

  it('is left out on request', async () => {
    const { text } = await post('/app/raw/msg?with_content=false', '{"eventType":"a","payload":1}');
    const { id } = JSON.parse(text) as { id: string };
    expect(text).toContain('"payload":{}}');
    expect((await get(`/app/raw/msg/${id}?with_content=false`)).text).toBe(text);
    expect((await get('/app/raw/msg?limit=1&with_content=false')).text).toContain(`[${text}]`);
  });
});

it.each(['bearer', 'BEARER '])('a token may stand behind "%s "', async (scheme) => {
  const headers = { authorization: `${scheme} ${token}` };
  expect((await call('GET', '/app', { headers })).status).toBe(200);
});

describe('a refusal', () => {
  it.each([
    ['is missing', undefined],
    ['is of another scheme', 'Basic dXNlcjpwYXNz'],
    ['is empty', 'Bearer '],
    ['is no JWT', 'Bearer nonsense'],
    ['has the algorithm none', 'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJvcmdfeCJ9.'],
  ])('is 401 when the token %s', async (_, authorization) => {
    const response = await fetch(`${server.url}/api/v1/app`, {
      headers: authorization === undefined ? {} : { authorization },
    });
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({
      code: 'authentication_failed',
      detail: expect.any(String),
    });
  });

  it('is 404 for an unknown path', async () => {
    for (const path of ['/nothing', '/app/%zz', `/app/${'a'.repeat(600)}`, '/app/%00']) {
      const { status, text } = await get(path);
      expect({ path, status }).toEqual({ path, status: 404 });
      expect(JSON.parse(text)).toEqual({ code: 'not_found', detail: expect.any(String) });
    }
  });

  it('is 413 for a body that is too large', async () => {
    const { status, text } = await post('/app', JSON.stringify({ name: 'x'.repeat(20_000) }));
    expect({ status, body: JSON.parse(text) as unknown }).toEqual({
      status: 413,
      body: { code: 'payload_too_large', detail: expect.any(String) },
    });
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'nonsense'])(
    'is 415 for a body of type %s',
    async (type) => {
      const { status, text } = await post('/app', '{"name":"x"}', { 'content-type': type });
      expect({ status, body: JSON.parse(text) as unknown }).toEqual({
        status: 415,
        body: { code: 'unsupported_media_type', detail: expect.any(String) },
      });
    },
  );

  it.each([
    ['/app', 'gzip', '{"name":"Zipped"}', 201],
    ['/app/raw/msg', 'gzip', '{"eventType":"a.b","payload":1}', 202],
    ['/app/raw/msg', 'identity, BR', '{"eventType":"a.b","payload":1}', 202],
  ])('is 415 at %s for a body with content-encoding: %s', async (path, coding, body, accepted) => {
    const headers = { 'idempotency-key': `${path} as ${coding}` };
    const refused = await post(path, gzipSync(body), { ...headers, 'content-encoding': coding });
    expect({ status: refused.status, body: JSON.parse(refused.text) as unknown }).toEqual({
      status: 415,
      body: { code: 'unsupported_content_encoding', detail: expect.stringContaining(coding) },
    });
    expect(refused.headers.get('accept-encoding')).toBe('identity');
    // The refused request has not used the key up.
    const sent = await post(path, body, { ...headers, 'content-encoding': 'Identity' });
    expect(sent.status).toBe(accepted);
  });

  it.each([
    ['not JSON', '{"name":'],
    ['empty', ''],
    ['not an object', '[]'],
    ['not UTF-8', Buffer.from('{"name":"\xff"}', 'latin1')],
  ])('is 422 for a body that is %s', async (_, body) => {
    expect(detailOf(await post('/app', body))).toEqual({
      status: 422,
      detail: [{ loc: ['body'], msg: expect.any(String), type: expect.any(String) }],
    });
  });

  it('is 422 for a body that poisons prototypes', async () => {
    expect(detailOf(await post('/app', '{"name":"x","__proto__":{"uid":"y"}}'))).toMatchObject({
      status: 422,
      detail: [{ loc: ['body', '__proto__'] }],
    });
    const nested = '{"name":"x","metadata":{"__proto__":"y"}}';
    expect(detailOf(await post('/app', nested))).toMatchObject({
      status: 422,
      detail: [{ loc: ['body', 'metadata', '__proto__'] }],
    });
  });

  it('is 422 for a message without a payload', async () => {
    expect(detailOf(await post('/app/raw/msg', '{"eventType":"a"}'))).toEqual({
      status: 422,
      detail: [
        {
          loc: ['body', 'payload'],
          msg: 'is required: any JSON value',
          type: 'value_error.missing',
        },
      ],
    });
  });

  it.each([
    ['/app?limit=0', 'limit'],
    ['/app?limit=251', 'limit'],
    ['/app?limit=many', 'limit'],
    ['/app?limit=1&limit=2', 'limit'],
    ['/app?order=sideways', 'order'],
    ['/app?iterator=app_short', 'iterator'],
    ['/app?iterator=-', 'iterator'],
    ['/app/raw/msg?with_content=maybe', 'with_content'],
    ['/app/raw/msg?before=yesterday', 'before'],
    ['/app/raw/msg?event_types=a%20b', 'event_types'],
    ['/app/raw/msg?channel=', 'channel'],
    ['/event-type?include_archived=1', 'include_archived'],
  ])('is 422 for %s, with the place in the query', async (path, name) => {
    const { status, detail } = detailOf(await get(path));
    const [fault, ...others] = detail as { loc: string[] }[];
    expect({ status, loc: fault?.loc.slice(0, 2), others }).toEqual({
      status: 422,
      loc: ['query', name],
      others: [],
    });
  });

  it('is 503 with the reason at health/ready while the storage fails', async () => {
    const ready = () => fetch(`${closing.url}/api/v1/health/ready`);
    const closing = await startApiServer();
    const fresh = await startApiServer();
    expect((await fetch(`${fresh.url}/api/v1/health/ready/`)).status).toBe(204);
    await closing.storage.stop();
    const answer = await ready();
    expect(answer.status).toBe(503);
    expect(await answer.json()).toEqual({ code: 'stopping', detail: expect.any(String) });
    expect((await fetch(`${closing.url}/api/v1/health`)).status).toBe(204);
    await Promise.all([closing.stop(), fresh.stop()]);
  });

  it('is 503 with the reason when the storage is closed', async () => {
    const closed = await startApiServer();
    const bearer = await closed.issue({ organizationId: DEFAULT_ORGANIZATION });
    await closed.storage.stop();
    const response = await fetch(`${closed.url}/api/v1/app`, {
      headers: { authorization: `Bearer ${bearer}` },
    });
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await response.json()).toEqual({ code: 'stopping', detail: expect.any(String) });
    await closed.stop();
  });
});

describe('a server', () => {
  it('answers the health check without a token', async () => {
    for (const method of ['GET', 'HEAD']) {
      const response = await fetch(`${server.url}/api/v1/health`, { method });
      expect(response.status).toBe(204);
    }
  });

  it('answers malformed HTTP and too long headers, and closes the connection', async () => {
    expect(await exchange('NONSENSE\r\n\r\n')).toMatch(/^HTTP\/1.1 400 /);
    const long = `GET / HTTP/1.1\r\nhost: x\r\nx-long: ${'a'.repeat(20_000)}\r\n\r\n`;
    expect(await exchange(long)).toMatch(/^HTTP\/1.1 431 /);
  });

  async function exchange(text: string): Promise<string> {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.write(text);
    await once(socket, 'close');
    return answer;
  }

  it.each([
    'transfer-encoding: chunked\r\n\r\n0',
    'content-type: application/x-www-form-urlencoded\r\ncontent-length: 0',
  ])('takes an empty body for none: %j', async (rest) => {
    const head = `POST /api/v1/app/raw/msg/expunge-all-contents HTTP/1.1\r\nhost: x\r\nconnection: close\r\n`;
    const answer = await exchange(`${head}authorization: Bearer ${token}\r\n${rest}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 202 /);
  });

  it('finds a uid of the greatest length', async () => {
    const uid = 'u'.repeat(256);
    await post('/app', JSON.stringify({ name: 'Long', uid }));
    expect(JSON.parse((await get(`/app/${uid}`)).text)).toMatchObject({ uid });
  });

  it('finishes the request in flight when it closes, and closes the connection', async () => {
    // A grace period longer than a test may take.
    const closing = await startApiServer({ closeGraceMs: 600_000 });
    const { socket, answer } = await beginRequest(closing);
    const stopped = closing.stop();
    socket.write(':"x"}');
    await once(socket, 'close');
    await stopped;
    expect(answer()).toMatch(/^HTTP\/1.1 100 [^]*HTTP\/1.1 201 /);
  });

  it('cuts an unfinished request at the end of the grace period', async () => {
    const closing = await startApiServer({ closeGraceMs: 50 });
    const { socket, answer } = await beginRequest(closing);
    await Promise.all([once(socket, 'close'), closing.stop()]);
    expect(answer()).not.toContain('201');
  });

  /** Sends a request without the end of its body, and waits until the server has read the head. */
  async function beginRequest(to: ApiServer) {
    const bearer = await to.issue({ organizationId: DEFAULT_ORGANIZATION });
    const socket = connect(Number(new URL(to.url).port), '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    const head = `POST /api/v1/app HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${bearer}\r\n`;
    socket.write(`${head}content-type: application/json\r\nexpect: 100-continue\r\n`);
    socket.write('content-length: 12\r\n\r\n{"name"');
    await once(socket, 'data');
    return { socket, answer: () => text };
  }
});

describe('the status', () => {
  it('shows processes and backlog to a token of the organization, not to a portal', async () => {
    const status = await get('/status');
    expect(JSON.parse(status.text)).toMatchObject({
      processes: [{ number: expect.any(Number), isAlive: true }],
      backlog: { waiting: expect.any(Number) },
    });
    const portal = await server.issue({
      organizationId: DEFAULT_ORGANIZATION,
      applicationId: 'app_1',
    });
    const refused = await call('GET', '/status', {
      headers: { authorization: `Bearer ${portal}` },
    });
    expect(refused.status).toBe(403);
  });

  it('shows endpoints in trouble and attempts of all applications', async () => {
    const app = JSON.parse((await post('/app', '{"name": "In trouble"}')).text) as { id: string };
    const { text } = await post(
      `/app/${app.id}/endpoint`,
      '{"url": "https://user:password@example.com/", "disabled": true}',
    );
    const endpoint = JSON.parse(text) as { id: string };
    const { data, isComplete } = JSON.parse((await get('/status/endpoint')).text) as {
      data: { id: string }[];
      isComplete: boolean;
    };
    expect(isComplete).toBe(true);
    expect(data.find(({ id }) => id === endpoint.id)).toMatchObject({
      appId: app.id,
      appName: 'In trouble',
      url: 'https://example.com/',
      disabled: true,
      disabledReason: 'manual',
      failingSince: null,
    });
    const statistics = await get('/stats/attempt?period=OneDay');
    expect(JSON.parse(statistics.text)).toMatchObject({ total: { successCount: 0 } });
  });
});
