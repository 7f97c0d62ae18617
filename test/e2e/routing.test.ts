import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEFAULT_ORGANIZATION, type RoutingOut } from '../../src/operations/operations.ts';
import { apiCalls } from '../support/api-calls.ts';
import { type ApiServer, startApiServer } from '../support/api-server.ts';

/** Reports on which endpoints get a message, and why others do not. */
let server: ApiServer;
let token: string;
beforeAll(async () => {
  server = await startApiServer();
  token = await server.issue({ organizationId: DEFAULT_ORGANIZATION });
});
afterAll(() => server.stop());

/** The answer to a publish or to a list. */
interface Answer {
  readonly id: string;
  readonly routing?: RoutingOut[];
  readonly data: (RoutingOut & { status: number | null })[];
  readonly iterator: string;
}

const { call } = apiCalls<Answer>(() => ({ url: server.url, token }));

async function register(app: string, endpoints: Record<string, object>) {
  await call('POST', '/app', { name: app, uid: app });
  for (const [uid, fields] of Object.entries(endpoints)) {
    const { status } = await call('POST', `/app/${app}/endpoint`, {
      url: 'https://example.com/',
      uid,
      ...fields,
    });
    expect(status).toBe(201);
  }
}

const reasonsOf = (routing: readonly RoutingOut[]) =>
  Object.fromEntries(routing.map(({ endpointUid, reason }) => [endpointUid, reason]));

const LARGE = { path: '/total', atLeast: 500 };

it('a publish says on request which endpoints get the message, and why others do not', async () => {
  await register('explained', {
    all: {},
    off: { disabled: true },
    typed: { eventTypes: ['other.*'] },
    channelled: { channels: ['eu'] },
    large: { filter: LARGE },
  });
  const path = '/app/explained/msg';
  const input = { eventType: 'a.b', payload: { total: 5, text: 'ä' }, eventId: 'mine' };
  const key = { headers: { 'idempotency-key': 'once' } };
  const first = await call('POST', `${path}?explain=true`, input, key);
  expect(first.status).toBe(202);
  const { id, routing = [] } = first.body;
  expect(reasonsOf(routing)).toEqual({
    all: null,
    off: 'disabled',
    typed: 'eventType',
    channelled: 'channel',
    large: 'filter',
  });
  expect(routing.find(({ endpointUid }) => endpointUid === 'large')).toEqual({
    endpointId: expect.stringMatching(/^ep_/),
    endpointUid: 'large',
    matches: false,
    reason: 'filter',
    detail: '/total must be at least 500, and is 5',
  });
  expect(server.handedOver.filter(({ messageId }) => messageId === id)).toHaveLength(1);

  const again = await call('POST', `${path}?explain=true&with_content=false`, input, key);
  expect(again.body).toMatchObject({ id, payload: {}, routing });
  const plain = await call('POST', path, input, key);
  expect(plain.body).toEqual({ ...first.body, routing: undefined });
  expect((await call('POST', `${path}?explain=yes`, input)).status).toBe(422);
});

it('a detail that is not ASCII arrives unchanged', async () => {
  await register('umlauts', { named: { filter: { path: '/name', equal: 'Zoë' } } });
  const { body } = await call('POST', '/app/umlauts/msg?explain=true&with_content=false', {
    eventType: 'a.b',
    payload: { name: 'Jürgen' },
  });
  expect(body.routing?.[0]?.detail).toMatch(/Zoë.*Jürgen/);
});

it('a stored message has the same report, with the standing of each delivery, also after changes', async () => {
  await register('stored', {
    got: {},
    typed: { eventTypes: ['other.*'] },
    off: { disabled: true },
  });
  const { body: message } = await call('POST', '/app/stored/msg', {
    eventType: 'a.b',
    payload: {},
  });
  await call('PATCH', '/app/stored/endpoint/off', { disabled: false });
  await register('stored', { late: {}, large: { filter: LARGE } });
  const path = `/app/stored/msg/${message.id}/routing`;
  const { body, status } = await call('GET', path);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    done: true,
    data: [
      { endpointUid: 'got', matches: true, reason: null, status: 3, statusText: 'sending' },
      { endpointUid: 'typed', matches: false, reason: 'eventType', status: null, statusText: null },
      { endpointUid: 'off', matches: true, reason: 'later', detail: /changed or enabled after/ },
      { endpointUid: 'late', matches: true, reason: 'later' },
      { endpointUid: 'large', matches: false, reason: 'filter' },
    ].map(({ detail, ...row }) => ({
      ...row,
      ...(detail && { detail: expect.stringMatching(detail) }),
    })),
  });
  const page = await call('GET', `${path}?limit=2`);
  expect(page.body).toMatchObject({ done: false, data: body.data.slice(0, 2) });
  const next = await call('GET', `${path}?limit=250&iterator=${page.body.iterator}`);
  expect(next.body).toMatchObject({ done: true, data: body.data.slice(2) });

  await fetch(`${server.url}/api/v1/app/stored/msg/${message.id}/content`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${token}` },
  });
  const expunged = await call('GET', `${path}?expanded_statuses=true`);
  expect(reasonsOf(expunged.body.data)).toMatchObject({ got: null, large: 'expunged' });
  expect(expunged.body.data[0]?.status).toBe(4);
});

it('a test message is told from one that an endpoint missed', async () => {
  await register('tested', { one: {}, other: {}, typed: { eventTypes: ['other.*'] } });
  const test = { eventType: 'svix.ping' };
  const { body } = await call('POST', '/app/tested/endpoint/one/send-example', test);
  const routing = await call('GET', `/app/tested/msg/${body.id}/routing`);
  expect(reasonsOf(routing.body.data)).toEqual({ one: null, other: 'test', typed: 'eventType' });
});
