import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createIds } from '../../src/domain/ids.ts';
import { DEFAULT_ORGANIZATION } from '../../src/operations/operations.ts';
import { type ApiServer, startApiServer } from '../support/api-server.ts';
import { recordBatch } from '../support/record-batch.ts';

/** Operations of the Svix API other than creating and reading objects. */
const ids = createIds({ now: Date.now });
let server: ApiServer;
let token: string;
let app: string;
let endpoint: string;

beforeAll(async () => {
  server = await startApiServer({ settings: { signatureType: 'ed25519' } });
  token = await server.issue({ organizationId: DEFAULT_ORGANIZATION });
  app = (await call<{ id: string }>('POST', '/app', { name: 'x', uid: 'operated' })).body.id;
  endpoint = await createEndpoint();
});
afterAll(() => server.stop());

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- each test says what it asks for
async function call<T extends object = object>(
  method: string,
  path: string,
  body?: unknown,
  { as = token, key }: { as?: string; key?: string } = {},
) {
  const response = await fetch(`${server.url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${as}`,
      ...(key !== undefined && { 'idempotency-key': key }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, text, body: (text === '' ? null : JSON.parse(text)) as T };
}

async function createEndpoint(fields: object = {}): Promise<string> {
  const url = 'https://example.com/';
  return (await call<{ id: string }>('POST', '/app/operated/endpoint', { url, ...fields })).body.id;
}

async function publish(fields: object = {}): Promise<string> {
  const message = { eventType: 'a.b', payload: { a: 1 }, ...fields };
  return (await call<{ id: string }>('POST', '/app/operated/msg', message)).body.id;
}

/** Records an attempt of the handed-over delivery, as the engine does. */
async function attempted(message: string, to: string, state: 'delivered' | 'exhausted') {
  const handoff = server.handedOver.find((h) => h.messageId === message && h.endpointId === to);
  if (handoff === undefined) throw new Error('it was not handed over');
  const { messageId, endpointId, applicationId, claim } = handoff;
  const succeeded = state === 'delivered';
  const id = ids.next('atmpt');
  await server.storage.record(() =>
    recordBatch({
      records: [
        {
          attempt: {
            id,
            messageId,
            endpointId,
            applicationId,
            number: 1,
            trigger: 'scheduled',
            url: 'https://example.com/',
            startedAt: Date.now(),
            durationMs: 1,
            succeeded,
            failure: succeeded ? null : 'status',
            detail: '',
            statusCode: succeeded ? 200 : 500,
            response: 'private',
            exchange:
              '[1,7,null,null,null,35,"X-Api-Key: ***","v1,x",0,"","HTTP/1.1 500 x\\nX-A: b"]',
          },
          claim,
          next: { state },
        },
      ],
    }),
  );
  return id;
}

interface Listed {
  readonly data: readonly { readonly id: string; readonly status: number; readonly msg?: object }[];
}

describe('the messages of an endpoint', () => {
  it('are listed with the status of each delivery', async () => {
    const to = await createEndpoint();
    const delivered = await publish();
    const failed = await publish({ channels: ['eu'] });
    const cancelled = await publish();
    const sending = await publish({ payload: { digits: 1 } });
    await attempted(delivered, to, 'delivered');
    await attempted(failed, to, 'exhausted');
    await call('DELETE', `/app/operated/msg/${cancelled}/content`);
    const path = `/app/operated/endpoint/${to}/msg`;
    const { body } = await call<Listed>('GET', path);
    const row = (id: string, status: number, statusText: string) =>
      expect.objectContaining({ id, status, statusText, eventType: 'a.b', nextAttempt: null });
    expect(body).toMatchObject({
      done: true,
      data: [
        row(sending, 3, 'sending'),
        row(cancelled, 0, 'success'),
        row(failed, 2, 'fail'),
        row(delivered, 0, 'success'),
      ],
    });
    const found = async (query: string) =>
      (await call<Listed>('GET', `${path}?${query}`)).body.data.map(({ id, status }) => [
        id,
        status,
      ]);
    expect(await found('status=2')).toEqual([[failed, 2]]);
    expect(await found('status=0')).toEqual([[delivered, 0]]);
    expect(await found('status=4&expanded_statuses=true')).toEqual([[cancelled, 4]]);
    expect(await found('channel=eu&event_types=a.b')).toEqual([[failed, 2]]);
    expect(await found('limit=1')).toEqual([[sending, 3]]);
    const neighbour = await call('GET', `/app/other/endpoint/${to}/msg`);
    expect(neighbour.status).toBe(404);
    const { data } = (
      await call<Listed>('GET', `/app/operated/msg/${cancelled}/endpoint?expanded_statuses=true`)
    ).body;
    expect(data.find(({ id }) => id === to)).toMatchObject({ status: 4, statusText: 'canceled' });
    await call('DELETE', `/app/operated/endpoint/${to}`);
  });

  it('have their attempts and exact payloads on request', async () => {
    const to = await createEndpoint();
    const response = await fetch(`${server.url}/api/v1/app/operated/msg`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: '{"eventType":"a.b","payload":{"id":12345678901234567890,"rate":1.0}}',
    });
    const { id } = JSON.parse(await response.text()) as { id: string };
    await attempted(id, to, 'delivered');
    const path = `/app/operated/attempt/endpoint/${to}`;
    const { text, body } = await call<Listed>('GET', `${path}?with_msg=true`);
    expect(body.data).toEqual([expect.objectContaining({ msg: expect.objectContaining({ id }) })]);
    expect(text).toContain('"payload":{"id":12345678901234567890,"rate":1.0}');
    const bare = await call<Listed>('GET', `${path}?with_msg=true&with_content=false`);
    expect(bare.body.data[0]?.msg).toMatchObject({ id, payload: {} });
    expect((await call<Listed>('GET', path)).body.data[0]).not.toHaveProperty('msg');
  });
});

describe('a deletion', () => {
  it('of a payload prevents a resend', async () => {
    const id = await publish({ eventId: 'to-expunge' });
    expect(await call('DELETE', '/app/operated/msg/to-expunge/content')).toMatchObject({
      status: 204,
      text: '',
    });
    const path = `/app/operated/msg/${id}`;
    expect((await call('GET', path)).body).toMatchObject({ payload: { expired: true } });
    expect((await call('GET', `${path}?with_content=false`)).body).toMatchObject({ payload: {} });
    expect((await call<Listed>('GET', '/app/operated/msg?limit=1')).body.data[0]).toMatchObject({
      payload: { expired: true },
    });
    expect(await call('POST', `${path}/endpoint/${endpoint}/resend`)).toMatchObject({
      status: 400,
      body: { code: 'missing_payload' },
    });
    expect((await call('DELETE', '/app/operated/msg/none/content')).status).toBe(404);
  });

  it('of the response of an attempt leaves the attempt', async () => {
    const id = await publish();
    const attempt = await attempted(id, endpoint, 'exhausted');
    const path = `/app/operated/msg/${id}/attempt/${attempt}`;
    expect((await call('GET', path)).body).toMatchObject({ response: 'private' });
    expect(await call('DELETE', `${path}/content`)).toMatchObject({ status: 204, text: '' });
    expect((await call('GET', path)).body).toMatchObject({ response: 'EXPUNGED' });
    expect((await call('DELETE', `${path}x/content`)).status).toBe(404);
  });
});

describe('the older lists of attempts', () => {
  it('give the same answers as the newer ones', async () => {
    const id = await publish();
    await attempted(id, endpoint, 'delivered');
    const newer = (await call('GET', `/app/operated/attempt/msg/${id}`)).body;
    expect((await call('GET', `/app/operated/msg/${id}/attempt`)).body).toEqual(newer);
    const ofEndpoint = `/app/operated/msg/${id}/endpoint/${endpoint}/attempt`;
    expect((await call('GET', `${ofEndpoint}?status=0`)).body).toEqual(newer);
    expect((await call<Listed>('GET', `${ofEndpoint}?status=2`)).body.data).toEqual([]);
  });
});

describe('statistics of an endpoint', () => {
  it('count its attempts', async () => {
    const to = await createEndpoint();
    const path = `/app/operated/endpoint/${to}/stats`;
    const none = { success: 0, pending: 0, sending: 0, fail: 0, canceled: 0 };
    expect((await call('GET', path)).body).toEqual(none);
    await attempted(await publish(), to, 'delivered');
    await attempted(await publish(), to, 'exhausted');
    await attempted(await publish(), to, 'exhausted');
    expect((await call('GET', path)).body).toEqual({ ...none, success: 1, fail: 2 });
    const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
    const before = `${path}?since=${daysAgo(20)}&until=${daysAgo(1)}`;
    expect((await call('GET', before)).body).toEqual(none);
  });

  it.each([
    ['since', -29 * 86_400_000],
    ['until', 3_600_000],
  ])('%s has bounds', async (name, offsetMs) => {
    const at = new Date(Date.now() + offsetMs).toISOString();
    const path = `/app/operated/endpoint/${endpoint}/stats?${name}=${at}`;
    expect(await call('GET', path)).toMatchObject({ status: 400, body: { code: 'invalid_range' } });
  });
});

describe('send-example', () => {
  const path = () => `/app/operated/endpoint/${endpoint}/send-example`;

  it('sends only to this endpoint, whatever its filters are', async () => {
    await call('POST', '/event-type', {
      name: 'with.example',
      description: '',
      schemas: { 1: { type: 'object', examples: [{ n: 1 }, { n: 2 }] } },
    });
    await call('POST', '/event-type', { name: 'without.example', description: '' });
    const filtered = await createEndpoint({ eventTypes: ['without.example'], disabled: true });
    const to = `/app/operated/endpoint/${filtered}/send-example`;
    const sent = await call<{ id: string }>('POST', to, { eventType: 'with.example' });
    expect(sent).toMatchObject({
      status: 200,
      body: { eventType: 'with.example', payload: { n: 1 } },
    });
    const { data } = (await call<Listed>('GET', `/app/operated/msg/${sent.body.id}/endpoint`)).body;
    expect(data).toEqual([expect.objectContaining({ id: filtered, status: 1 })]);
    const second = await call('POST', to, { eventType: 'with.example', exampleIndex: 1 });
    expect(second.body).toMatchObject({ payload: { n: 2 } });
    const ping = await call('POST', to, { eventType: 'svix.ping' });
    expect(ping).toMatchObject({ status: 200, body: { payload: { success: true } } });
    expect(await call('POST', to, { eventType: 'without.example' })).toMatchObject({
      status: 400,
      body: { code: 'invalid_scheme' },
    });
    expect((await call('POST', to, { eventType: 'no.such.type' })).status).toBe(404);
    expect((await call('POST', to, {})).status).toBe(422);
  });

  it('sends once for an idempotency key', async () => {
    const ping = () =>
      call<{ id: string }>('POST', path(), { eventType: 'svix.ping' }, { key: 'k' });
    const [one, two] = [await ping(), await ping()];
    expect(two).toEqual(one);
    const other = await createEndpoint();
    const elsewhere = `/app/operated/endpoint/${other}/send-example`;
    const sent = await call('POST', elsewhere, { eventType: 'svix.ping' }, { key: 'k' });
    expect(sent.body).not.toEqual(one.body);
  });
});

describe('access to the portal', () => {
  interface Access {
    readonly url: string;
    readonly token: string;
  }

  it('is a token for one application, with feature flags, for a week', async () => {
    await call('POST', '/event-type', {
      name: 'flagged',
      description: '',
      featureFlag: 'beta',
      schemas: { 1: { type: 'object', examples: [{ secret: true }] } },
    });
    const grant = (body: object | null) =>
      call<Access>('POST', '/auth/app-portal-access/operated', body);
    const { status, body } = await grant({ featureFlags: ['beta'] });
    expect(status).toBe(200);
    expect(body.url).toBe(`${server.url}/portal#token=${body.token}`);
    const as = body.token;
    expect((await call('GET', '/app/operated', undefined, { as })).body).toMatchObject({ id: app });
    expect((await call('GET', '/event-type/flagged', undefined, { as })).status).toBe(200);
    expect((await call('POST', '/app', { name: 'x' }, { as })).status).toBe(403);
    const plain = (await grant({})).body.token;
    expect((await call('GET', '/event-type/flagged', undefined, { as: plain })).status).toBe(404);
    const example = (token: string) =>
      call(
        'POST',
        `/app/operated/endpoint/${endpoint}/send-example`,
        { eventType: 'flagged' },
        { as: token },
      );
    expect((await example(plain)).status).toBe(404);
    expect((await example(as)).status).toBe(200);
    const { exp, iat } = JSON.parse(
      Buffer.from(as.split('.')[1] ?? '', 'base64url').toString(),
    ) as { exp: number; iat: number };
    expect(Math.ceil(exp - iat)).toBe(7 * 24 * 60 * 60);
    const contradiction = { readOnly: true, capabilities: ['ViewBase', 'ManageEndpoint'] };
    const path = '/auth/app-portal-access/operated';
    expect((await call('POST', path, {}, { as })).status).toBe(403);
    for (const refused of [{ capabilities: [] }, { sessionId: '' }, contradiction]) {
      expect((await grant(refused)).status).toBe(422);
    }
    expect((await grant({ expiry: 60 })).status).toBe(422);
    const capabilities = ['ViewBase', 'ViewEndpointSecret'];
    const views = (await grant({ readOnly: true, capabilities })).body.token;
    const secret = `/app/operated/endpoint/${endpoint}/secret`;
    expect((await call('GET', secret, undefined, { as: views })).status).toBe(200);
    expect((await call('POST', `${secret}/rotate`, {}, { as: views })).status).toBe(403);
  });

  it('creates the application that is given', async () => {
    const path = '/auth/app-portal-access/newcomer';
    expect((await call('POST', path, {})).status).toBe(404);
    const application = { name: 'x', uid: 'another' };
    expect((await call('POST', path, { application })).status).toBe(422);
    const right = { ...application, uid: 'newcomer' };
    const granted = await call<Access>('POST', path, { application: right }, { key: 'n' });
    expect(granted.status).toBe(200);
    expect(await call('POST', path, { application: right }, { key: 'n' })).toEqual(granted);
    await call('POST', path, { application: { ...right, name: 'changed' } });
    expect((await call('GET', '/app/newcomer')).body).toMatchObject({ name: 'x' });
  });

  it('has an older path, with a body that may be null', async () => {
    const path = '/auth/dashboard-access/operated';
    expect((await call('POST', path, null)).status).toBe(200);
    expect((await call('POST', path)).status).toBe(200);
  });
});

it('a portal may read messages and attempts, but not delete their contents', async () => {
  const as = await server.issue({ organizationId: DEFAULT_ORGANIZATION, applicationId: app });
  const id = await publish();
  for (const [method, path] of [
    ['DELETE', `/app/operated/msg/${id}/content`],
    ['DELETE', `/app/operated/msg/${id}/attempt/atmpt_1/content`],
  ] as const) {
    expect((await call(method, path, undefined, { as })).status).toBe(403);
  }
  const lists = [`endpoint/${endpoint}/msg`, `endpoint/${endpoint}/stats`, `msg/${id}/attempt`];
  for (const path of lists) {
    expect((await call('GET', `/app/operated/${path}`, undefined, { as })).status).toBe(200);
  }
});

it('new endpoints sign with ed25519 when the setting says so', async () => {
  const path = `/app/operated/endpoint/${await createEndpoint()}/secret`;
  expect((await call('GET', path)).body).toMatchObject({ key: expect.stringMatching(/^whpk_/) });
  const rotated = await call('POST', `${path}/rotate`, {});
  expect(rotated.body).toMatchObject({ key: expect.stringMatching(/^whpk_/) });
});

describe('calls of the client libraries about messages', () => {
  it('return the payload as the published text, until it is deleted', async () => {
    const id = await publish({ payload: [1] });
    const path = `/app/operated/msg/${id}`;
    expect((await call('GET', `${path}/raw`)).body).toEqual({ payload: '[1]' });
    await call('DELETE', `${path}/content`);
    expect((await call('GET', `${path}/raw`)).body).toEqual({ payload: '{"expired":true}' });
  });

  it('return the headers of an attempt', async () => {
    const id = await publish();
    const attempt = await attempted(id, endpoint, 'exhausted');
    const path = `/app/operated/msg/${id}/attempt/${attempt}`;
    expect((await call('GET', `${path}/headers`)).body).toEqual({
      sentHeaders: expect.objectContaining({ 'webhook-id': id, 'webhook-signature': 'v1,x' }),
      responseHeaders: [['X-A', 'b']],
      sensitive: ['X-Api-Key'],
    });
    await call('DELETE', `${path}/content`);
    const none = { sentHeaders: {}, responseHeaders: null, sensitive: [] };
    expect((await call('GET', `${path}/headers`)).body).toEqual(none);
  });

  it('say whether any endpoint would get a message', async () => {
    await call('POST', '/app', { name: 'x', uid: 'asked' });
    const url = 'https://example.com/';
    const filter = { path: '/a', equal: 1 };
    const fields = { url, channels: ['eu'], eventTypes: ['a.*'], filter };
    await call('POST', '/app/asked/endpoint', fields);
    const ask = async (input: object) =>
      (await call('POST', '/app/asked/msg/precheck/active', input)).body;
    expect(await ask({ eventType: 'a.b', channels: ['eu', 'us'] })).toEqual({ active: true });
    expect(await ask({ eventType: 'a.b' })).toEqual({ active: false });
    expect(await ask({ eventType: 'b', channels: ['eu'] })).toEqual({ active: false });
  });
});

it('an endpoint is shown as rate limited while due deliveries wait for its rate', async () => {
  const slow = await createEndpoint({ ordered: true, throttleRate: 1 });
  const ordered = await createEndpoint({ ordered: true });
  const status = async (of: string) =>
    (await call('GET', `/app/operated/endpoint/${of}/rate-limit-status`)).body;
  expect(await status(slow)).toEqual({ status: 'Ok' });
  await publish();
  expect(await status(slow)).toEqual({ status: 'RateLimited' });
  expect(await status(ordered)).toEqual({ status: 'Ok' });
});

it('send-example accepts a payload, whose event type need not exist', async () => {
  const path = `/app/operated/endpoint/${endpoint}/send-example`;
  const ping = await call('POST', path, { eventType: 'svix.ping', payload: null });
  expect(ping.body).toMatchObject({ payload: { success: true } });
  const edited = { eventType: 'edited.by-hand', payload: { total: 7 } };
  const { status, body } = await call<{ id: string }>('POST', path, edited);
  expect({ status, body }).toMatchObject({
    status: 200,
    body: { ...edited, tags: ['posthaste/test'] },
  });
  const tagged = await call<Listed>('GET', '/app/operated/msg?tag=posthaste/test');
  expect(tagged.body.data.map(({ id }) => id)).toContain(body.id);
  const targets = await call<Listed>('GET', `/app/operated/msg/${body.id}/endpoint`);
  expect(targets.body.data).toMatchObject([{ id: endpoint }]);
  const both = { ...edited, exampleIndex: 1 };
  expect(await call('POST', path, both)).toMatchObject({
    status: 422,
    body: { detail: [{ loc: ['body', 'exampleIndex'] }] },
  });
});
