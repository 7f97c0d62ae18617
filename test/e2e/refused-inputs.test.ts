import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateAsymmetricSecret } from '../../src/domain/signatures.ts';
import { DEFAULT_ORGANIZATION } from '../../src/operations/operations.ts';
import { type ApiServer, startApiServer } from '../support/api-server.ts';

/** Inputs that were once accepted, or caused an internal error, and must be refused with their place. */
let server: ApiServer;
let token: string;

beforeAll(async () => {
  server = await startApiServer();
  token = await server.issue({ organizationId: DEFAULT_ORGANIZATION });
  await call('POST', '/app', '{"name":"Refused","uid":"refused"}');
});
afterAll(() => server.stop());

async function call(method: string, path: string, body: string | null, more: object = {}) {
  const response = await fetch(`${server.url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== null && { 'content-type': 'application/json' }),
      ...more,
    },
    body,
  });
  return { status: response.status, body: await response.json() };
}

const LIKE_AN_ID = '0'.repeat(27);
const URL = '"url":"https://example.com/"';

it.each([
  ['POST', '/app', `{"name":"x","uid":"app_${LIKE_AN_ID}"}`, ['body', 'uid']],
  ['PUT', '/app/refused', `{"name":"x","uid":"app_${LIKE_AN_ID}"}`, ['body', 'uid']],
  ['PATCH', '/app/refused', `{"uid":"app_${LIKE_AN_ID}"}`, ['body', 'uid']],
  ['POST', '/app/refused/endpoint', `{${URL},"uid":"ep_${LIKE_AN_ID}"}`, ['body', 'uid']],
  [
    'POST',
    '/app/refused/msg',
    `{"eventType":"a","payload":{},"eventId":"msg_${LIKE_AN_ID}"}`,
    ['body', 'eventId'],
  ],
])('a uid that looks like an id is refused: %s %s', async (method, path, body, loc) => {
  expect(await call(method, path, body)).toEqual({
    status: 422,
    body: { detail: [{ loc, msg: 'must not have the form of an id', type: 'value_error' }] },
  });
});

it.each([
  ['POST', '/app/refused/endpoint', { uid: 'a' }],
  ['PUT', '/app/refused/endpoint/new', {}],
  ['PUT', '/app/refused/endpoint/guarded', {}],
  ['PATCH', '/app/refused/endpoint/guarded', {}],
])('an address that the guard would refuse is refused: %s %s', async (method, path, more) => {
  await call('PUT', '/app/refused/endpoint/guarded', `{${URL}}`);
  const url = 'http://169.254.169.254/latest';
  const msg = expect.stringContaining('only when allowNetworks (POSTHASTE_ALLOW_NETWORKS)');
  expect(await call(method, path, JSON.stringify({ ...more, url, channels: 1 }))).toMatchObject({
    status: 422,
    body: { detail: [{ loc: ['body', 'url'], msg }, { loc: ['body', 'channels'] }] },
  });
  expect(
    await call(method, path, JSON.stringify({ ...more, url: 'http://localhost/' })),
  ).toMatchObject({
    body: { url: 'http://localhost/' },
  });
});

it.each([
  ['POST', '/event-type', { name: 'schemas', description: '' }],
  ['PUT', '/event-type/schemas', { description: '' }],
  ['PATCH', '/event-type/usual', {}],
])('what is not JSON Schema is refused: %s %s', async (method, path, more) => {
  await call('PUT', '/event-type/usual', '{"description":""}');
  const body = { ...more, schemas: { 1: { readOnly: 15 } }, deprecated: 1 };
  expect(await call(method, path, JSON.stringify(body))).toMatchObject({
    status: 422,
    body: {
      detail: [{ loc: ['body', 'deprecated'] }, { loc: ['body', 'schemas', '1', 'readOnly'] }],
    },
  });
});

const deep = (levels: number) => '[{"a":'.repeat(levels / 2) + '1' + '}]'.repeat(levels / 2);

it.each([
  ['POST', '/app', (value: string) => `{"name":"x","metadata":${value}}`],
  ['POST', '/app', (value: string) => `{"name":"x","metadata":{"a":${value}}}`],
  ['POST', '/app', (value: string) => `{"name":"x","policy":${value}}`],
  ['POST', '/app', (value: string) => value],
  ['POST', '/app/refused/endpoint', (value: string) => `{${URL},"headers":{"x":${value}}}`],
  ['POST', '/app/refused/endpoint', (value: string) => `{${URL},"id":1,"eventTypes":${value}}`],
  ['PUT', '/event-type/deep', (value: string) => `{"description":"","schemas":${value}}`],
  ['PUT', '/event-type/deep', (value: string) => `{"description":"","schemas":{"1":${value}}}`],
  ['PUT', '/event-type/deep', (value: string) => `{"description":"","featureFlags":${value}}`],
  ['POST', '/app/refused/msg', (v: string) => `{"eventType":"a","payload":{},"tags":${v}}`],
  [
    'POST',
    '/app/refused/msg',
    (v: string) => `{"eventType":"a","payload":{},"transformationsParams":{"x":${v}}}`,
  ],
])('nesting that is too deep is 422: %s %s %s', async (method, path, body) => {
  for (const levels of [2_000, 100_000]) {
    expect(await call(method, path, body(deep(levels)))).toMatchObject({ status: 422 });
  }
  expect(server.logged).toEqual([]);
});

const SIMULATE = '/app/refused/endpoint/deep/transformation/simulate';
const SEND_EXAMPLE = '/app/refused/endpoint/deep/send-example';
it.each([
  [SIMULATE, '{"code":"function handler(w) { return w }","eventType":"a","payload":'],
  [SEND_EXAMPLE, '{"eventType":"a","payload":'],
])('a payload that is too deep to be printed again is 422: POST %s', async (path, start) => {
  await call('PUT', '/app/refused/endpoint/deep', `{${URL}}`);
  // V8 prints objects by recursion when their members have numbers as names.
  const payload = `${'{"1":'.repeat(20_000)}1${'}'.repeat(20_000)}`;
  expect(await call('POST', path, `${start}${payload}}`)).toMatchObject({
    status: 422,
    body: { detail: [{ loc: ['body', 'payload'] }] },
  });
  expect(server.logged).toEqual([]);
});

it.each([
  ['POST', '/app', '{"name":"x","policy":{"retrySchdule":[1]}}'],
  ['PATCH', '/app/refused', '{"policy":{"retrySchdule":[1]}}'],
  ['POST', '/app/refused/endpoint', `{${URL},"policy":{"retrySchdule":[1]}}`],
])('a member that policy does not have is refused: %s %s', async (method, path, body) => {
  expect(await call(method, path, body)).toMatchObject({
    status: 422,
    body: { detail: [{ loc: ['body', 'policy', 'retrySchdule'], type: 'value_error.extra' }] },
  });
});

it.each([
  ['POST', '/app', (text: string) => ({ name: text }), ['name']],
  ['PATCH', '/app/refused', (text: string) => ({ name: text }), ['name']],
  [
    'POST',
    '/app/refused/endpoint',
    (text: string) => ({ url: 'https://example.com/', description: text }),
    ['description'],
  ],
  ['PUT', '/event-type/text', (text: string) => ({ description: text }), ['description']],
  [
    'POST',
    `/management/authentication/${DEFAULT_ORGANIZATION}/api-token`,
    (text: string) => ({ name: text }),
    ['name'],
  ],
  [
    'POST',
    '/app/refused/msg',
    (text: string) => ({ eventType: 'a', payload: {}, rawPayload: text }),
    ['rawPayload'],
  ],
])(
  'text that a database would change or refuse is 422: %s %s',
  async (method, path, bodyOf, at) => {
    for (const [text, msg] of [
      ['a\0', 'has a NUL character, which PostgreSQL cannot hold'],
      ['a\ud800', 'has half of a surrogate pair, which UTF-8 cannot carry'],
    ] as const) {
      expect(await call(method, path, JSON.stringify(bodyOf(text)))).toEqual({
        status: 422,
        body: { detail: [{ loc: ['body', ...at], msg, type: 'value_error' }] },
      });
    }
  },
);

it('keys of a batch that UTF-8 would make equal are refused', async () => {
  const item = { eventType: 'a', payload: {} };
  const messages = ['\ud800', '\udbff'].map((idempotencyKey) => ({ ...item, idempotencyKey }));
  const { body } = await call('POST', '/app/refused/msg/batch', JSON.stringify({ messages }));
  expect(body).toMatchObject({ results: [{ status: 422 }, { status: 422 }] });
});

it('a schema of usual depth, and a payload of any depth, are accepted', async () => {
  const schemas = `{"1":{"properties":${'{"a":'.repeat(90)}{}${'}'.repeat(90)}}}`;
  const made = await call('PUT', '/event-type/usual', `{"description":"","schemas":${schemas}}`);
  expect([200, 201]).toContain(made.status);
  const body = `{"eventType":"a","payload":${deep(2_000)}}`;
  expect(await call('POST', '/app/refused/msg', body)).toMatchObject({ status: 202 });
});

it.each(['whsec', 'whsk'])('a rotation of a %s secret answers with the new one', async (kind) => {
  const path = `/app/refused/endpoint/rotate-${kind}`;
  const secret = kind === 'whsk' ? `,"secret":"${generateAsymmetricSecret()}"` : '';
  await call('POST', '/app/refused/endpoint', `{${URL},"uid":"rotate-${kind}"${secret}}`);
  const rotated = await call('POST', `${path}/secret/rotate`, '{}');
  expect(rotated.status).toBe(200);
  const shown = await fetch(`${server.url}/api/v1${path}/secret`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(rotated.body).toEqual(await shown.json());
  expect(rotated.body).toEqual({
    key: expect.stringMatching(kind === 'whsk' ? /^whpk_/ : /^whsec_/),
  });
});

it('the eleventh rotation within a day is 400', async () => {
  await call('PUT', '/app/refused/endpoint/rotated', `{${URL}}`);
  const rotate = () =>
    fetch(`${server.url}/api/v1/app/refused/endpoint/rotated/secret/rotate`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    });
  for (let i = 0; i < 10; i++) expect((await rotate()).status).toBe(200);
  const refused = await rotate();
  expect(refused.status).toBe(400);
  expect(await refused.json()).toMatchObject({ code: 'too_many_secrets' });
});

describe('errors in query, key and body', () => {
  it.each([
    [
      'POST',
      '/app?get_if_exists=maybe',
      { nmae: 'x' },
      ['body.name', 'body.nmae', 'query.get_if_exists'],
    ],
    [
      'POST',
      '/app/refused/endpoint?a=1&b=2',
      { url: 'ftp://x' },
      ['body.url', 'query.a', 'query.b'],
    ],
    [
      'POST',
      '/app/refused/msg?with_content=x',
      { eventType: 'a b', tags: ['x y'] },
      ['body.eventType', 'body.payload', 'body.tags.0', 'query.with_content'],
    ],
    ['POST', '/app/refused/msg?x=1', { eventType: 'a' }, ['body.payload', 'query.x']],
    ['PATCH', '/event-type/a?x=1', { schemas: 7 }, ['body.schemas', 'query.x']],
    ['POST', '/app?x=1', undefined, ['body', 'query.x']],
    ['POST', '/app/refused/endpoint/e/secret/rotate?x=1', undefined, ['query.x']],
    [
      'GET',
      '/app/refused/msg?limit=0&with_content=x',
      undefined,
      ['query.limit', 'query.with_content'],
    ],
  ])('is told together: %s %s %j', async (method, path, body, places) => {
    const key = method === 'POST' ? { 'idempotency-key': 'k'.repeat(257) } : {};
    const refused = await call(method, path, body ? JSON.stringify(body) : null, key);
    expect(refused.status).toBe(422);
    const { detail } = refused.body as { detail: { loc: string[] }[] };
    const header = method === 'POST' ? ['header.idempotency-key'] : [];
    expect(detail.map(({ loc }) => loc.join('.')).toSorted()).toEqual(
      [...places, ...header].toSorted(),
    );
  });
});

const IN_QUERY = ['header.idempotency-key', 'query.fooBar'];
const LITERAL = 'http://169.254.169.254/';
const OAUTH = { type: 'oauth2', authMethod: 'clientSecretBasic', clientId: 'a', tokenUrl: LITERAL };

describe('all errors are told at once', () => {
  it.each([
    [
      'POST',
      '/app/refused/endpoint',
      { url: LITERAL, secret: 'a', rateLimit: 1, throttleRate: 2, uid: 'a b', x: 1 },
      ['rateLimit', 'secret', 'uid', 'url', 'x'],
    ],
    [
      'PUT',
      '/app/refused/endpoint/a%20b',
      { url: LITERAL, filterTypes: ['a'], eventTypes: ['b'], x: 1 },
      ['path.endpoint_id', 'eventTypes.0', 'filterTypes', 'filterTypes.0', 'url', 'x'],
    ],
    ['POST', '/app', { name: '', rateLimit: 1, throttleRate: 2, x: 1 }, ['name', 'rateLimit', 'x']],
    ['PUT', '/app/a%20b', { name: '', x: 1 }, ['path.app_id', 'name', 'x']],
    [
      'PUT',
      '/event-type/a%20b',
      { description: 1, x: 1 },
      ['path.event_type_name', 'description', 'x'],
    ],
    ['PUT', '/app/refused/listener/short', { eventTypes: 1 }, ['path.listener_id', 'eventTypes']],
    [
      'POST',
      '/app/refused/endpoint/guarded/secret/rotate',
      { key: 'a', gracePeriodSeconds: -1 },
      ['gracePeriodSeconds', 'key'],
    ],
    [
      'POST',
      '/environment/import?dry_run=x&prune=y',
      {
        x: 1,
        eventTypes: [{ name: 'a b', description: '', schemas: { 1: { type: 5 } } }],
        applications: [
          {
            name: '',
            uid: 'a b',
            endpoints: [{ url: LITERAL, secret: 'a', authentication: OAUTH }],
          },
        ],
      },
      [
        'query.dry_run',
        'query.prune',
        'x',
        'eventTypes.0.name',
        'eventTypes.0.schemas.1.type',
        'applications.0.name',
        'applications.0.uid',
        'applications.0.endpoints.0.url',
        'applications.0.endpoints.0.authentication.tokenUrl',
        'applications.0.endpoints.0.secret',
      ],
    ],
    ['POST', '/app/refused/endpoint/guarded/pause', { until: 1, x: 1 }, ['until', 'x']],
    ['POST', '/app/refused/msg/expunge-all-contents', { x: 1 }, ['x']],
    ['DELETE', '/app/refused/endpoint/guarded', { x: 1 }, ['x']],
  ])('%s %s', async (method, path, body, places) => {
    await call('PUT', '/app/refused/endpoint/guarded', `{${URL}}`);
    const wanted = places.map((place) => (/^(path|query)\./.test(place) ? place : `body.${place}`));
    expect(placesIn(await call(method, path, JSON.stringify(body)))).toEqual(wanted.toSorted());
  });

  it.each([
    ['POST', '/app/refused/endpoint', { url: 'a', secret: 'a', x: 1 }, ['secret', 'url', 'x']],
    ['POST', '/app/refused/msg', { eventType: 'a b', x: 1 }, ['eventType', 'payload', 'x']],
    ['POST', '/environment/import?prune=y', { version: 2, x: 1 }, ['version', 'x']],
    ['POST', '/app/refused/endpoint/guarded/pause', { x: 1 }, ['x']],
  ])('those of query and key, too: %s %s', async (method, path, body, places) => {
    const target = `${path}${path.includes('?') ? '&' : '?'}fooBar=1`;
    const key = { 'idempotency-key': 'k'.repeat(300) };
    const answer = await call(method, target, JSON.stringify(body), key);
    const others = path.includes('prune') ? [...IN_QUERY, 'query.prune'] : IN_QUERY;
    const wanted = [...others, ...places.map((place) => `body.${place}`)];
    expect(placesIn(answer)).toEqual(wanted.toSorted());
  });

  it.each([
    ['/app?fooBar=1&limit=0', ['fooBar', 'limit']],
    ['/stats/attempt?startDate=x&end_date=y', ['end_date', 'startDate']],
    ['/app/refused/msg?event_types[0]=%25&withContent=x', ['event_types.0', 'withContent']],
  ])('under the names that the query has: %s', async (path, names) => {
    const wanted = names.map((name) => `query.${name}`);
    expect(placesIn(await call('GET', path, null))).toEqual(wanted);
  });
});

it.each(['', 'null', '{}'])('an operation without input takes the body %j', async (body) => {
  await call('PUT', '/app/refused/endpoint/guarded', `{${URL}}`);
  const answer = await call('POST', '/app/refused/endpoint/guarded/pause', body);
  expect(answer.status).toBe(200);
});

function placesIn({ status, body }: { status: number; body: unknown }): string[] {
  expect(status).toBe(422);
  const { detail } = body as { detail: { loc: string[] }[] };
  return detail.map(({ loc }) => loc.join('.')).toSorted();
}
