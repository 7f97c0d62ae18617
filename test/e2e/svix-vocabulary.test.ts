import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_ORGANIZATION } from '../../src/operations/operations.ts';
import { apiCalls } from '../support/api-calls.ts';
import { type ApiServer, startApiServer } from '../support/api-server.ts';
import {
  LIBRARY_OPERATIONS,
  MISSING_OPERATIONS,
  namesIn,
} from '../support/svix-library-contract.ts';

/** Everything that Svix client libraries of all versions can send: each member works or is refused by name. */
let server: ApiServer;
let token: string;

beforeAll(async () => {
  server = await startApiServer();
  token = await server.issue({ organizationId: DEFAULT_ORGANIZATION });
  await call('POST', '/app', { name: 'Words', uid: 'words' });
  await call('POST', '/app/words/endpoint', { url: URL, uid: 'ep' });
  await call('POST', '/event-type', { name: 'a.b', description: '' });
});
afterAll(() => server.stop());

const URL = 'https://example.com/';

const { call } = apiCalls(() => ({ url: server.url, token }));

describe('the names of the client libraries before 2.0', () => {
  it.each([
    ['POST', '/app/words/endpoint', { url: URL, filterTypes: ['a.b'] }, 201],
    ['PUT', '/app/words/endpoint/ep', { url: URL, filterTypes: ['a.b'] }, 200],
    ['PATCH', '/app/words/endpoint/ep', { filterTypes: ['a.b'] }, 200],
  ])('filterTypes filters: %s %s', async (method, path, body, status) => {
    expect(await call(method, path, body)).toMatchObject({
      status,
      body: { eventTypes: ['a.b'], filterTypes: ['a.b'] },
    });
  });

  it('an empty filterTypes is refused, but clears the filter in PATCH', async () => {
    const body = { url: URL, filterTypes: [] };
    expect(await call('POST', '/app/words/endpoint', body)).toMatchObject({
      status: 422,
      body: { detail: [{ loc: ['body', 'filterTypes'] }] },
    });
    expect(await call('PATCH', '/app/words/endpoint/ep', { filterTypes: [] })).toMatchObject({
      body: { eventTypes: null, filterTypes: null },
    });
  });

  it.each([
    ['POST', '/app', { name: 'x', rateLimit: 3 }],
    ['PUT', '/app/words', { name: 'x', rateLimit: 3 }],
    ['PATCH', '/app/words', { rateLimit: 3 }],
    ['POST', '/app/words/endpoint', { url: URL, rateLimit: 3 }],
    ['PUT', '/app/words/endpoint/ep', { url: URL, rateLimit: 3 }],
    ['PATCH', '/app/words/endpoint/ep', { rateLimit: 3 }],
  ])('rateLimit limits, and null clears: %s %s', async (method, path, body) => {
    const set = { throttleRate: 3, rateLimit: 3 };
    expect((await call(method, path, body)).body).toMatchObject(set);
    if (method === 'POST') return;
    const cleared = { throttleRate: null, rateLimit: null };
    expect((await call(method, path, { ...body, rateLimit: null })).body).toMatchObject(cleared);
  });

  it('rateLimit limits an application that comes with a message', async () => {
    const application = { name: 'x', uid: 'brought', rateLimit: 3 };
    await call('POST', '/app/brought/msg', { eventType: 'a.b', payload: {}, application });
    expect((await call('GET', '/app/brought')).body).toMatchObject({ throttleRate: 3 });
  });

  it('version is 1 by default, and is stored', async () => {
    const made = await call('PUT', '/app/words/endpoint/versioned', { url: URL });
    expect(made).toMatchObject({ status: 201, body: { version: 1 } });
    const path = '/app/words/endpoint/versioned';
    expect((await call('PATCH', path, { version: 2 })).body).toMatchObject({ version: 2 });
    expect((await call('PATCH', path, { description: 'x' })).body).toMatchObject({ version: 2 });
    expect((await call('GET', path)).body).toMatchObject({ version: 2 });
    const { body } = await call('POST', '/app/words/endpoint', { url: URL, version: 7 });
    expect(body).toMatchObject({ version: 7 });
    await call('POST', '/app/words/msg', { eventType: 'a.b', eventId: 'm', payload: {} });
    expect((await call('GET', '/app/words/msg/m/endpoint')).body).toMatchObject({
      data: expect.arrayContaining([expect.objectContaining({ version: 7 })]),
    });
    expect((await call('PUT', path, { url: URL })).body).toMatchObject({ version: 1 });
  });
});

type Row = readonly [
  method: string,
  path: string,
  body: object | undefined,
  loc: readonly string[],
];

const MESSAGE = { eventType: 'a.b', payload: {} };
const TYPE = { name: 'vocabulary', description: '' };

describe('a member that is not offered', () => {
  const rows: Row[] = [
    [
      'POST',
      '/app/words/msg',
      { ...MESSAGE, transformationsParams: { rawPayload: 'x', other: 'y' } },
      ['body', 'transformationsParams', 'other'],
    ],
    ['PUT', '/app/words/endpoint/ep', { url: URL, secret: 'whsec_MDEy' }, ['body', 'secret']],
    ['PATCH', '/app/words/endpoint/ep', { secret: 'whsec_MDEy' }, ['body', 'secret']],
    [
      'GET',
      '/app?exclude_apps_with_no_endpoints=true',
      undefined,
      ['query', 'exclude_apps_with_no_endpoints'],
    ],
    [
      'GET',
      '/app?exclude_apps_with_disabled_endpoints=true',
      undefined,
      ['query', 'exclude_apps_with_disabled_endpoints'],
    ],
    ['GET', '/stats/app/words/attempt?event_types=a.b', undefined, ['query', 'event_types']],
    ['POST', '/environment/import', { connectors: [{}] }, ['body', 'connectors']],
  ];
  it.each(rows)('is refused by name: %s %s %j', async (method, path, body, loc) => {
    expect(await call(method, path, body)).toEqual({
      status: 422,
      body: { detail: [{ loc, msg: 'is not supported', type: 'value_error' }] },
    });
  });

  it('is named in the documentation', async () => {
    const docs = await readFile(new globalThis.URL('../../docs/api.md', import.meta.url), 'utf8');
    const names = rows.map(([, , , loc]) => loc.at(-1) ?? '');
    for (const name of names.filter((one) => !/other/i.test(one))) {
      expect(docs).toContain(`\`${name}\``);
    }
  });

  it('is in the list of differences, which has no other member', async () => {
    const file = new globalThis.URL('../../docs/migrating-from-svix.md', import.meta.url);
    const page = await readFile(file, 'utf8');
    const list = page.split('## ').find((part) => part.startsWith('What is not offered')) ?? '';
    const cells = list
      .split('\n')
      .flatMap((line) => (line.startsWith('| ') ? line.split('|')[2] : []));
    const listed = cells.flatMap((cell) =>
      cell?.includes('other than') ? [] : [...(cell ?? '').matchAll(/`(\w+)`/g)],
    );
    const refused = rows
      .map(([, , , loc]) => loc.at(-1) ?? '')
      .filter((one) => !/other/i.test(one));
    expect(new Set(listed.map(([, name]) => name))).toEqual(new Set(refused));
  });
});

describe('what the client libraries can send and Posthaste does not offer', () => {
  const pathOf = (url: string) =>
    url.replace(':app_id', 'words').replace(':endpoint_id', 'ep').replace(/:\w+/g, 'x');
  const refused = Object.entries(LIBRARY_OPERATIONS).flatMap(([route, operation]) =>
    namesIn(operation.refused).map((name) => [route, name] as const),
  );

  it.each(refused)('%s refuses %s', async (route, name) => {
    const [method = '', url = ''] = route.split(' ');
    const answer =
      method === 'GET'
        ? await call(method, `${pathOf(url)}?${name}=true`)
        : await call(method, pathOf(url), { [name]: { a: 1 } });
    expect(answer.status).toBe(422);
    const { detail } = answer.body as { detail: { loc: string[]; msg: string }[] };
    expect(detail.filter(({ loc }) => loc[1] === name).map(({ msg }) => msg)).toEqual([
      'is not supported',
    ]);
  });

  it.each(MISSING_OPERATIONS)('there is no %s', async (route) => {
    const [method = '', url = ''] = route.split(' ');
    const { status, body } = await call(method, pathOf(url), method === 'GET' ? undefined : {});
    expect([404, 405]).toContain(status);
    expect(body).toMatchObject({
      detail: expect.stringMatching(/^(?:No such path$|Not [A-Z]+ at this path)/),
    });
  });
});

describe('groups and feature flags of event types', () => {
  const flags = (featureFlags: string[] | null) => ({
    featureFlags,
    featureFlag: featureFlags?.[0] ?? null,
  });

  it.each([
    [{ featureFlags: ['a', 'b'] }, ['a', 'b']],
    [{ featureFlag: 'a' }, ['a']],
    [{ featureFlags: null, featureFlag: 'a' }, ['a']],
    [{ featureFlags: ['a', 'b'], featureFlag: 'a' }, ['a', 'b']],
    [{ featureFlags: ['a'], featureFlag: null }, ['a']],
    [{ featureFlags: [] }, null],
    [{}, null],
  ])('%j are %j', async (given, expected) => {
    const body = { description: '', groupName: 'g', ...given };
    const out = { groupName: 'g', ...flags(expected) };
    const answer = await call('PUT', '/event-type/flagged', body);
    expect(answer.body).toMatchObject(out);
    expect((await call('PUT', '/event-type/flagged', answer.body as object)).body).toMatchObject(
      out,
    );
    const patched = await call('PATCH', '/event-type/flagged', { description: 'x' });
    expect(patched.body).toMatchObject(out);
    const cleared = { featureFlags: null, groupName: null };
    expect((await call('PATCH', '/event-type/flagged', cleared)).body).toMatchObject({
      ...flags(null),
      groupName: null,
    });
  });

  it('must agree when both names are given', async () => {
    const body = { name: 'disagreeing', description: '', featureFlags: ['a'], featureFlag: 'b' };
    expect(await call('POST', '/event-type', body)).toMatchObject({
      status: 422,
      body: { detail: [{ loc: ['body', 'featureFlag'] }] },
    });
    expect(await call('POST', '/environment/import', { eventTypes: [body] })).toMatchObject({
      status: 422,
      body: { detail: [{ loc: ['body', 'eventTypes', '0', 'featureFlag'] }] },
    });
  });
});

describe('data, another name of payload', () => {
  it.each(['{"a":1.0}', 'null', '12345678901234567890'])('is kept exactly: %s', async (data) => {
    const response = await fetch(`${server.url}/api/v1/app/words/msg`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: `{"eventType":"a.b","data":${data}}`,
    });
    expect(response.status).toBe(202);
    expect(await response.text()).toContain(`"payload":${data}}`);
  });

  it('is refused beside payload', async () => {
    expect(await call('POST', '/app/words/msg', { ...MESSAGE, data: {} })).toMatchObject({
      status: 422,
      body: { detail: [{ loc: ['body', 'data'] }] },
    });
  });

  it('is accepted in-process too', async () => {
    const principal = { organizationId: DEFAULT_ORGANIZATION };
    const input = { eventType: 'a.b', data: [1] };
    const { payload } = await server.operations.messages.create(principal, 'words', input);
    expect(payload).toBe('[1]');
  });
});

it('the number and characters of channels are those of the client libraries', async () => {
  const channels = ['tenant:7', 'a+b', ...Array.from({ length: 8 }, (_, n) => `c${n}`)];
  const body = { url: URL, channels: ['tenant:7', 'a+b'] };
  expect(await call('POST', '/app/words/endpoint', body)).toMatchObject({ status: 201, body });
  const sent = await call('POST', '/app/words/msg', { ...MESSAGE, channels });
  expect(sent).toMatchObject({ status: 202, body: { channels } });
  for (const channel of ['tenant:7', 'a+b']) {
    const path = `/app/words/msg?limit=1&channel=${encodeURIComponent(channel)}`;
    expect((await call('GET', path)).body).toMatchObject({ data: [sent.body] });
  }
  const many = { ...MESSAGE, channels: [...channels, 'eleventh'] };
  expect((await call('POST', '/app/words/msg', many)).status).toBe(422);
});

describe('a raw text', () => {
  const XML = { rawPayload: '<a n="1"/>', contentType: 'text/xml; charset=utf-8' };
  const params = (contentType?: object, more?: object) => ({
    ...MESSAGE,
    transformationsParams: { rawPayload: XML.rawPayload, headers: contentType, ...more },
  });
  it.each([
    ['as messageInRaw sends it', params({ 'content-type': XML.contentType }), XML],
    ['its header in any case', params({ 'Content-Type': XML.contentType }), XML],
    ['without a media type', params(), { ...XML, contentType: 'application/json' }],
    ['beside no payload', { eventType: 'a.b', ...XML }, XML],
    ['beside an empty payload', { ...MESSAGE, ...XML }, XML],
    ['empty', { eventType: 'a.b', ...XML, rawPayload: '' }, { ...XML, rawPayload: '' }],
  ])('is published and shown: %s', async (_what, body, shown) => {
    const published = await call('POST', '/app/words/msg', body);
    expect(published).toMatchObject({ status: 202, body: { payload: {}, ...shown } });
    const path = `/app/words/msg/${(published.body as { id: string }).id}`;
    expect((await call('GET', path)).body).toEqual(published.body);
    expect((await call('GET', '/app/words/msg?limit=1')).body).toMatchObject({
      data: [published.body],
    });
    const { rawPayload: _, ...hidden } = published.body as { rawPayload: string };
    expect((await call('GET', `${path}?with_content=false`)).body).toEqual(hidden);
    expect((await call('GET', '/app/words/msg?limit=1&with_content=false')).body).toMatchObject({
      data: [hidden],
    });
  });

  it('is not shown in a JSON message', async () => {
    const { body } = await call('POST', '/app/words/msg', MESSAGE);
    expect(body).not.toHaveProperty('rawPayload');
    expect(body).not.toHaveProperty('contentType');
  });

  const HEADERS = ['body', 'transformationsParams', 'headers'];
  const INVALID = { 'content-type': 'text/xml\r\nX-More: 1' };
  it.each([
    ['a header line smuggled in', params(INVALID), [...HEADERS, 'content-type']],
    ['no media type', params({ 'content-type': 'xml' }), [...HEADERS, 'content-type']],
    ['a number as media type', params({ 'content-type': 7 }), [...HEADERS, 'content-type']],
    [
      'the header twice',
      params({ 'content-type': 'a/b', 'Content-Type': 'a/c' }),
      [...HEADERS, 'Content-Type'],
    ],
    [
      'a media type without the text',
      { ...MESSAGE, transformationsParams: { headers: { 'content-type': 'text/xml' } } },
      [...HEADERS, 'content-type'],
    ],
    ['the same in our words', { ...MESSAGE, contentType: 'text/xml' }, ['body', 'contentType']],
    [
      'no media type in our words',
      { ...MESSAGE, ...XML, contentType: 'x' },
      ['body', 'contentType'],
    ],
    [
      'a long media type',
      { ...MESSAGE, ...XML, contentType: `a/${'b'.repeat(254)}` },
      ['body', 'contentType'],
    ],
    ['a text that is none', { ...MESSAGE, rawPayload: 7 }, ['body', 'rawPayload']],
    [
      'a text that is none, in the words of Svix',
      params(undefined, { rawPayload: 7 }),
      ['body', 'transformationsParams', 'rawPayload'],
    ],
    ['a NUL character', { ...MESSAGE, rawPayload: 'a\u0000b' }, ['body', 'rawPayload']],
    ['half a surrogate pair', { ...MESSAGE, rawPayload: '\ud800' }, ['body', 'rawPayload']],
    ['a payload beside it', { ...params(), payload: { a: 1 } }, ['body', 'payload']],
    ['two texts', { ...params(), ...XML }, ['body', 'transformationsParams']],
  ])('is refused by name: %s', async (_what, body, loc) => {
    expect(await call('POST', '/app/words/msg', body)).toMatchObject({
      status: 422,
      body: { detail: [{ loc }] },
    });
  });
});

describe('a value without a meaning', () => {
  it.each([
    [
      'POST',
      '/app/words/msg',
      {
        ...MESSAGE,
        eventId: null,
        channels: null,
        application: null,
        tags: [],
        deliverAt: null,
        transformationsParams: { rawPayload: null, headers: {} },
        payloadRetentionPeriod: 90,
        payloadRetentionHours: null,
      },
      202,
    ],
    ['GET', '/app/words/msg?tag=x', undefined, 200],
    ['POST', '/app/words/msg', { ...MESSAGE, payloadRetentionPeriod: 5 }, 202],
    ['POST', '/app/words/msg', { ...MESSAGE, tags: null, transformationsParams: null }, 202],
    [
      'POST',
      '/app/words/msg',
      { ...MESSAGE, rawPayload: null, contentType: null, transformationsParams: {} },
      202,
    ],
    [
      'POST',
      '/app/words/msg',
      { ...MESSAGE, transformationsParams: { headers: { 'content-type': null, other: null } } },
      202,
    ],
    ['POST', '/app/words/msg', { ...MESSAGE, headers: null }, 202],
    ['PUT', '/app/words/endpoint/ep', { url: URL, secret: null }, 200],
    // The Python library sends null for what was set to None.
    [
      'POST',
      '/app/words/endpoint',
      { url: URL, description: null, disabled: null, ordered: null },
      201,
    ],
    ['PUT', '/app/words/endpoint/ep', { url: URL, description: null, disabled: null }, 200],
    ['PATCH', '/app/words/endpoint/ep', { description: null }, 200],
    ['PUT', '/event-type/y', { description: '', archived: null, deprecated: null }, 201],
    ['DELETE', '/event-type/y?expunge=true', undefined, 204],
    [
      'POST',
      '/event-type/import/openapi',
      { spec: { openapi: '3.1.0', webhooks: {} }, dryRun: null, replaceAll: null },
      200,
    ],
    [
      'POST',
      '/app/words/endpoint/ep/bulk-replay',
      { since: '2026-01-01T00:00:00Z', eventTypes: [], dryRun: null },
      202,
    ],
    ['PATCH', '/app/words/endpoint/ep', { secret: null, metadata: null }, 200],
    ['PATCH', '/app/words', { metadata: null }, 200],
    ['PUT', '/event-type/y', { description: '', groupName: null, featureFlags: [] }, 201],
    ['PUT', '/event-type/y', { description: '', name: 'another' }, 200],
    ['PATCH', '/event-type/y', { groupName: null, featureFlags: null }, 200],
    [
      'POST',
      '/auth/app-portal-access/words',
      { featureFlags: [], application: null, readOnly: null, capabilities: null, expiry: null },
      200,
    ],
    ['GET', '/app/words/endpoint/ep/msg?expanded_statuses=true', undefined, 200],
    ['GET', '/app?exclude_apps_with_no_endpoints=false', undefined, 200],
    ['GET', '/app?exclude_apps_with_svix_play_endpoints=true', undefined, 200],
    ['GET', '/app/stats/count-active?exclude_svix_play=true', undefined, 200],
    ['GET', '/stats/endpoint/count?exclude_svix_play=true', undefined, 200],
    ['GET', '/app?with_content=true', undefined, 200],
    ['GET', '/app/words/endpoint?with_content=false', undefined, 200],
    ['GET', '/app/words/attempt/endpoint/ep?with_msg=false&expanded_statuses=true', undefined, 200],
    ['GET', '/app/words/attempt/msg/m?expanded_statuses=true', undefined, 200],
    // The Python library sends an empty list so.
    ['GET', '/app/words/msg?event_types=', undefined, 200],
    ['GET', '/app/words/attempt/msg/m?event_types[]=', undefined, 200],
    ['GET', '/stats/app/words/attempt?event_types=', undefined, 200],
  ])('is taken: %s %s %j', async (method, path, body, status) => {
    expect((await call(method, path, body)).status).toBe(status);
  });
});

describe('an unknown member', () => {
  it.each<Row>([
    ['POST', '/app', { name: 'x', nmae: 'y' }, ['body', 'nmae']],
    ['PUT', '/app/words', { name: 'x', nmae: 'y' }, ['body', 'nmae']],
    ['PATCH', '/app/words', { nmae: 'y' }, ['body', 'nmae']],
    ['POST', '/app/words/endpoint', { url: URL, eventType: ['a'] }, ['body', 'eventType']],
    ['PUT', '/app/words/endpoint/ep', { url: URL, eventType: ['a'] }, ['body', 'eventType']],
    ['PATCH', '/app/words/endpoint/ep', { eventType: ['a'] }, ['body', 'eventType']],
    ['PUT', '/app/words/endpoint/ep/headers', { headers: {}, header: {} }, ['body', 'header']],
    ['PATCH', '/app/words/endpoint/ep/headers', { header: {} }, ['body', 'header']],
    ['POST', '/app/words/endpoint/ep/secret/rotate', { grace: 1 }, ['body', 'grace']],
    ['POST', '/event-type', { ...TYPE, schema: {} }, ['body', 'schema']],
    ['POST', '/app/words/msg', { ...MESSAGE, channel: 'a' }, ['body', 'channel']],
    [
      'POST',
      '/app/words/msg',
      { ...MESSAGE, application: { name: 'x', uid: 'words', nmae: 'y' } },
      ['body', 'application', 'nmae'],
    ],
    ['POST', '/app?get_if_exist=true', { name: 'x' }, ['query', 'get_if_exist']],
    ['GET', '/app/words?limit=1', undefined, ['query', 'limit']],
    ['PUT', '/app/words?x', { name: 'x' }, ['query', 'x']],
    ['PATCH', '/app/words?x', {}, ['query', 'x']],
    ['DELETE', '/app/nobody?x', undefined, ['query', 'x']],
    ['POST', '/app/words/endpoint?x', { url: URL }, ['query', 'x']],
    ['GET', '/app/words/endpoint/ep?x', undefined, ['query', 'x']],
    ['PUT', '/app/words/endpoint/ep?x', { url: URL }, ['query', 'x']],
    ['PATCH', '/app/words/endpoint/ep?x', {}, ['query', 'x']],
    ['DELETE', '/app/words/endpoint/nobody?x', undefined, ['query', 'x']],
    ['GET', '/app/words/endpoint/ep/secret?x', undefined, ['query', 'x']],
    ['POST', '/app/words/endpoint/ep/secret/rotate?x', undefined, ['query', 'x']],
    ['GET', '/app/words/endpoint/ep/headers?x', undefined, ['query', 'x']],
    ['PUT', '/app/words/endpoint/ep/headers?x', { headers: {} }, ['query', 'x']],
    ['PATCH', '/app/words/endpoint/ep/headers?x', {}, ['query', 'x']],
    ['POST', '/event-type?x', TYPE, ['query', 'x']],
    ['GET', '/event-type/a.b?x', undefined, ['query', 'x']],
    ['PUT', '/event-type/a.b?x', { description: '' }, ['query', 'x']],
    ['PATCH', '/event-type/a.b?x', {}, ['query', 'x']],
    ['DELETE', '/event-type/nothing?expung=true', undefined, ['query', 'expung']],
    ['POST', '/app/words/msg?with_contents=false', MESSAGE, ['query', 'with_contents']],
    ['GET', '/app/words/msg/m?x', undefined, ['query', 'x']],
    ['POST', '/app/words/msg/m/endpoint/ep/resend?x', undefined, ['query', 'x']],
    ['GET', '/app/words/msg/m/attempt/a?x', undefined, ['query', 'x']],
    ['GET', '/app?limits=1', undefined, ['query', 'limits']],
    ['GET', '/app/words/endpoint?event_types=a', undefined, ['query', 'event_types']],
    ['GET', '/event-type?archived=true', undefined, ['query', 'archived']],
    ['GET', '/app/words/msg?event_type=a', undefined, ['query', 'event_type']],
    ['GET', '/app/words/msg/m/endpoint?status=1', undefined, ['query', 'status']],
    ['GET', '/app/words/attempt/msg/m?statuses=1', undefined, ['query', 'statuses']],
    ['GET', '/app/words/attempt/endpoint/ep?endpoint_id=1', undefined, ['query', 'endpoint_id']],
    [
      'GET',
      '/app/words/msg/m/endpoint/ep/attempt?endpoint_id=1',
      undefined,
      ['query', 'endpoint_id'],
    ],
    // The names of the client libraries' options are not those of the parameters.
    ['GET', '/app/words/msg?withContent=false', undefined, ['query', 'withContent']],
    ['GET', '/app/words/msg/m?withContent=false', undefined, ['query', 'withContent']],
    ['POST', '/app/words/msg?withContent=false', MESSAGE, ['query', 'withContent']],
    ['POST', '/app?getIfExists=true', { name: 'x' }, ['query', 'getIfExists']],
    ['DELETE', '/event-type/nothing?Expunge=true', undefined, ['query', 'Expunge']],
    ['GET', '/app/words/attempt/endpoint/ep?with_Msg=true', undefined, ['query', 'with_Msg']],
    ['GET', '/app/words/endpoint/ep/msg?event__types=a', undefined, ['query', 'event__types']],
  ])('is refused by name: %s %s %j', async (method, path, body, loc) => {
    expect(await call(method, path, body)).toMatchObject({
      status: 422,
      body: { detail: [{ loc, type: 'value_error.extra' }] },
    });
  });

  it('is reported together with all other errors', async () => {
    const body = { eventType: 'a b', one: 1, two: 2, deliverAt: 'x', payload: {} };
    const { body: refusal } = await call('POST', '/app/words/msg', body);
    const { detail } = refusal as { detail: { loc: string[] }[] };
    expect(detail.map(({ loc }) => loc.join('.')).toSorted()).toEqual([
      'body.deliverAt',
      'body.eventType',
      'body.one',
      'body.two',
    ]);
  });
});

it('of an answer can be sent back', async () => {
  for (const path of ['/app/words', '/app/words/endpoint/ep', '/event-type/y']) {
    const { body } = await call('GET', path);
    const { disabled: _, ...input } = body as { disabled?: boolean };
    expect(await call('PUT', path, input)).toMatchObject({ status: 200 });
    expect(await call('PATCH', path, input)).toMatchObject({ status: 200 });
  }
});

describe('lists of names in a query', () => {
  it.each([
    'event_types=list.a,list.b',
    'event_types=list.a&event_types=list.b',
    'event_types[]=list.a&event_types[]=list.b',
    'event_types[0]=list.a&event_types[1]=list.b',
    'event_types%5B%5D=list.a&event_types%5B%5D=list.b',
  ])('filter: %s', async (query) => {
    await call('PUT', '/app/lists', { name: 'x' });
    for (const eventType of ['list.a', 'list.b', 'list.c']) {
      const eventId = eventType;
      await call('POST', '/app/lists/msg', { eventType, eventId, payload: {} });
    }
    const { body } = await call('GET', `/app/lists/msg?${query}`);
    const { data } = body as { data: { eventType: string }[] };
    expect(data.map(({ eventType }) => eventType).toSorted()).toEqual(['list.a', 'list.b']);
  });
});

it('null clears a description, and is refused for a switch that a PATCH could turn off', async () => {
  const path = '/app/words/endpoint/nulls';
  await call('PUT', path, { url: URL, description: 'x', disabled: true });
  const cleared = await call('PATCH', path, { description: null });
  expect(cleared.body).toMatchObject({ description: '', disabled: true });
  expect(await call('PATCH', path, { disabled: null })).toMatchObject({
    status: 422,
    body: { detail: [{ loc: ['body', 'disabled'] }] },
  });
});

it('an empty list of event types selects all', async () => {
  await call('PUT', '/app/empty-list', { name: 'x' });
  await call('POST', '/app/empty-list/endpoint', { url: URL, uid: 'ep' });
  const { body } = await call('POST', '/app/empty-list/msg', MESSAGE);
  for (const list of ['msg', 'endpoint/ep/msg']) {
    const all = await call('GET', `/app/empty-list/${list}?event_types=`);
    expect(all.body).toMatchObject({ data: [{ id: (body as { id: string }).id }] });
  }
});

describe('before and after', () => {
  it('after is inclusive, before is exclusive', async () => {
    await call('PUT', '/app/times', { name: 'x' });
    const { body } = await call('POST', '/app/times/msg', MESSAGE);
    const { timestamp } = body as { timestamp: string };
    const count = async (query: string) => {
      const answer = await call('GET', `/app/times/msg?${query}`);
      return (answer.body as { data: unknown[] }).data.length;
    };
    expect(await count(`after=${timestamp}`)).toBe(1);
    expect(await count(`before=${timestamp}`)).toBe(0);
    const later = new Date(Date.parse(timestamp) + 1).toISOString();
    expect(await count(`after=${later}`)).toBe(0);
    expect(await count(`before=${later}`)).toBe(1);
    // A plus sign that was not escaped, and the form of Svix's tests.
    expect(await count(`after=${timestamp.replace('Z', '+00:00')}`)).toBe(1);
    const printed = timestamp.replace('T', ' ').replace('Z', '000000 UTC');
    expect(await count(`after=${encodeURIComponent(printed)}`)).toBe(1);
  });
});

it('the tasks of cancel-msgs, which client libraries do not know, are listed on request', async () => {
  await call('PUT', '/app/words/endpoint/ep', { url: URL });
  const body = { createdBefore: '2026-01-01T00:00:00Z' };
  expect((await call('POST', '/app/words/endpoint/ep/cancel-msgs', body)).status).toBe(204);
  const kinds = async (query: string) => {
    const list = (await call('GET', `/background-task?limit=250${query}`)).body;
    return new Set((list as { data: { task: string }[] }).data.map(({ task }) => task));
  };
  expect(await kinds('')).not.toContain('endpoint.cancel-msgs');
  expect(await kinds('&expanded_tasks=true')).toContain('endpoint.cancel-msgs');
  expect(await kinds('&task=endpoint.cancel-msgs')).toEqual(new Set(['endpoint.cancel-msgs']));
  const principal = { organizationId: DEFAULT_ORGANIZATION };
  const { data } = await server.operations.tasks.list(principal);
  expect(data[0]?.task).toBe('endpoint.cancel-msgs');
});

it('deleteHeaders removes headers in upper or lower case', async () => {
  const path = '/app/words/endpoint/ep/headers';
  await call('PUT', path, { headers: { 'X-One': '1', 'X-Two': '2', 'X-Three': '3' } });
  const patch = { headers: { 'x-four': '4' }, deleteHeaders: ['x-one', 'x-absent'] };
  expect((await call('PATCH', path, patch)).status).toBe(204);
  expect((await call('PATCH', path, { deleteHeaders: ['X-TWO'] })).status).toBe(204);
  expect((await call('GET', path)).body).toEqual({
    headers: { 'X-Three': '3', 'x-four': '4' },
    sensitive: [],
  });
});
