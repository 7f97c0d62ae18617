import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEFAULT_ORGANIZATION } from '../../src/operations/operations.ts';
import { apiCalls } from '../support/api-calls.ts';
import { type ApiServer, startApiServer } from '../support/api-server.ts';

/** The event types that an endpoint names must exist, and not be archived. */
let server: ApiServer;
let token: string;
let portal: string;

beforeAll(async () => {
  server = await startApiServer();
  token = await server.issue({ organizationId: DEFAULT_ORGANIZATION });
  const { body } = await call('POST', '/app', { name: 'Types', uid: 'types' });
  const { id } = body as { id: string };
  portal = await server.issue({ organizationId: DEFAULT_ORGANIZATION, applicationId: id });
  await call('PUT', '/app/types/endpoint/e', { url: URL });
  for (const name of ['invoice.paid', 'invoice.sent', 'old']) {
    await call('POST', '/event-type', { name, description: '' });
  }
  await call('DELETE', '/event-type/old');
});
afterAll(() => server.stop());

const URL = 'https://example.com/';

const { call } = apiCalls(() => ({ url: server.url, token }));

const WRITES = [
  ['POST', '/app/types/endpoint', 201],
  ['PUT', '/app/types/endpoint/new', 201],
  ['PUT', '/app/types/endpoint/e', 200],
  ['PATCH', '/app/types/endpoint/e', 200],
] as const;

it.each(WRITES)('existing ones are accepted: %s %s', async (method, path, status) => {
  const body = { url: URL, eventTypes: ['invoice.paid', 'invoice.sent'] };
  expect(await call(method, path, body)).toMatchObject({ status, body });
  await call('DELETE', '/app/types/endpoint/new');
});

it.each(
  WRITES.flatMap(([method, path]) =>
    (['eventTypes', 'filterTypes'] as const).map((field) => [method, path, field] as const),
  ),
)('others are refused, with how to create them: %s %s %s', async (method, path, field) => {
  const body = { url: URL, [field]: ['invoice.paid', 'invoice.piad', 'old'], channels: 1 };
  expect(await call(method, path, body)).toMatchObject({
    status: 422,
    body: {
      detail: [
        { loc: ['body', 'channels'] },
        {
          loc: ['body', field, '1'],
          msg: expect.stringContaining(
            'does not exist; create it first, with POST /api/v1/event-type {"name":"invoice.piad"',
          ),
        },
        { loc: ['body', field, '2'], msg: expect.stringContaining('is archived; restore it') },
      ],
    },
  });
  // A customer cannot create event types.
  expect(await call(method, path, body, { token: portal })).toMatchObject({
    status: 422,
    body: {
      detail: [
        { loc: ['body', 'channels'] },
        { loc: ['body', field, '1'], msg: 'event type does not exist' },
        { loc: ['body', field, '2'], msg: 'event type is archived' },
      ],
    },
  });
});

it('nobody can create an operational event type', async () => {
  const body = { url: URL, eventTypes: ['invoice.paid'] };
  expect(await call('POST', '/operational-webhook/endpoint', body)).toMatchObject({
    status: 422,
    body: { detail: [{ loc: ['body', 'eventTypes', '0'], msg: 'event type does not exist' }] },
  });
});

it('one with a feature flag exists only for portal tokens with the flag', async () => {
  const flagged = { name: 'beta.type', description: '', featureFlag: 'beta' };
  await call('POST', '/event-type', flagged);
  const { body } = await call('GET', '/app/types');
  const applicationId = (body as { id: string }).id;
  const grant = { organizationId: DEFAULT_ORGANIZATION, applicationId };
  const other = await server.issue({ ...grant, featureFlags: ['alpha'] });
  const beta = await server.issue({ ...grant, featureFlags: ['alpha', 'beta'] });
  for (const [by, exists] of [
    [token, true],
    [beta, true],
    [other, false],
    [portal, false],
  ] as const) {
    expect((await call('GET', '/event-type/beta.type', undefined, { token: by })).status).toBe(
      exists ? 200 : 404,
    );
    const list = (await call('GET', '/event-type', undefined, { token: by })).body as {
      data: { name: string }[];
    };
    expect(list.data.some(({ name }) => name === 'beta.type')).toBe(exists);
    const patch = { eventTypes: ['beta.type'] };
    const changed = await call('PATCH', '/app/types/endpoint/e', patch, { token: by });
    expect(changed.status).toBe(exists ? 200 : 422);
  }
});

it('the advice in the error message works', async () => {
  const refused = await call('PATCH', '/app/types/endpoint/e', { eventTypes: ['new.type'] });
  const { detail } = refused.body as { detail: { msg: string }[] };
  const said = /POST \/api\/v1(\S+) (\{.*?\})/.exec(detail[0]?.msg ?? '');
  expect((await call('POST', said?.[1] ?? '', JSON.parse(said?.[2] ?? '') as object)).status).toBe(
    201,
  );
  const taken = await call('PATCH', '/app/types/endpoint/e', { eventTypes: ['new.type'] });
  expect(taken.status).toBe(200);
});

it.each([
  [{ eventTypes: 'invoice.paid' }, ['body', 'eventTypes']],
  [{ eventTypes: [1] }, ['body', 'eventTypes', '0']],
  [{ eventTypes: ['a b'] }, ['body', 'eventTypes', '0']],
  [{ eventTypes: Array.from({ length: 1_001 }, (_, i) => `t${i}`) }, ['body', 'eventTypes']],
])('names of another form are refused by their form: %.60j', async (body, loc) => {
  expect(await call('PATCH', '/app/types/endpoint/e', body)).toMatchObject({
    status: 422,
    body: { detail: [{ loc }] },
  });
});

it('a pattern is accepted even if no type matches, and gets every message below its name', async () => {
  const { status } = await call('PUT', '/app/types/endpoint/pattern', {
    url: URL,
    eventTypes: ['none.yet.*', 'receipt.*'],
  });
  expect(status).toBe(201);
  const targets = async (eventType: string) => {
    const published = await call('POST', '/app/types/msg', { eventType, payload: {} });
    const { id } = published.body as { id: string };
    const { body } = await call('GET', `/app/types/msg/${id}/endpoint`);
    return (body as { data: { uid: string }[] }).data.filter(({ uid }) => uid === 'pattern').length;
  };
  expect(await targets('receipt.made.twice')).toBe(1);
  expect(await targets('receipt')).toBe(0);
});

it.each(['*', '.*', 'a*', 'a.*.b', '*.a', 'a.**', 'a.* '])(
  'a star in another place is refused, with the grammar: %j',
  async (name) => {
    const body = { eventTypes: ['invoice.paid', name] };
    expect(await call('PATCH', '/app/types/endpoint/e', body)).toMatchObject({
      status: 422,
      body: {
        detail: [
          { loc: ['body', 'eventTypes', '1'], msg: expect.stringContaining('such as invoice.*') },
        ],
      },
    });
  },
);

it('a portal token may test filters, without a body', async () => {
  await call('POST', '/app/types/msg', { eventType: 'receipt.made', payload: {} });
  const path = '/app/types/endpoint/pattern/filter/test';
  expect(await call('POST', path, undefined, { token: portal })).toMatchObject({
    status: 200,
    body: { data: expect.arrayContaining([expect.objectContaining({ matches: true })]) },
  });
  expect(
    await call('POST', path, { eventTypes: ['x'], limit: 1 }, { token: portal }),
  ).toMatchObject({
    status: 200,
    body: { data: [{ matches: false, reason: 'eventType' }], done: false },
  });
  expect((await call('POST', path, { filter: [], tests: 1 }, { token: portal })).status).toBe(422);
});
