import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_ORGANIZATION } from '../../src/operations/operations.ts';
import { type ApiServer, startApiServer } from '../support/api-server.ts';

let server: ApiServer;
let token: string;
let keys = 0;

beforeAll(async () => {
  server = await startApiServer();
  token = await server.issue({ organizationId: DEFAULT_ORGANIZATION });
  await post('/app', { name: 'Acme', uid: 'acme' });
  await post('/app/acme/endpoint', { url: 'https://example.com/', uid: 'ep' });
  await post('/app/acme/msg', { eventType: 'a', payload: 1, eventId: 'message' });
});
afterAll(() => server.stop());

const newKey = () => `key ${keys++}`;

async function post(path: string, body: unknown, key: string | null = null) {
  const response = await fetch(`${server.url}/api/v1${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(key !== null && { 'idempotency-key': key }),
    },
    body: body === undefined ? null : JSON.stringify(body),
  });
  return { status: response.status, body: await response.text() };
}

/** A request for every POST of the API, and another one; `null`: there is no other body. */
const REQUESTS: Readonly<Record<string, readonly [path: string, body: unknown, other: unknown]>> = {
  '/api/v1/app': ['/app', { name: 'One' }, { name: 'Two' }],
  '/api/v1/app/:app_id/endpoint': [
    '/app/acme/endpoint',
    { url: 'https://example.com/one' },
    { url: 'https://example.com/two' },
  ],
  '/api/v1/app/:app_id/endpoint/:endpoint_id/secret/rotate': [
    '/app/acme/endpoint/ep/secret/rotate',
    undefined,
    { gracePeriodSeconds: 1 },
  ],
  '/api/v1/event-type': [
    '/event-type',
    { name: 'one', description: '' },
    { name: 'two', description: '' },
  ],
  '/api/v1/app/:app_id/msg': [
    '/app/acme/msg',
    { eventType: 'a', payload: 1 },
    { eventType: 'a', payload: 2 },
  ],
  '/api/v1/app/:app_id/msg/:msg_id/endpoint/:endpoint_id/resend': [
    '/app/acme/msg/message/endpoint/ep/resend',
    undefined,
    null,
  ],
};

it('every POST of the API is tried here', () => {
  const posts = server.routes.filter(({ method }) => method === 'POST').map(({ url }) => url);
  expect([...new Set(posts)].toSorted()).toEqual(Object.keys(REQUESTS).toSorted());
});

describe.each(Object.entries(REQUESTS))('POST %s with a key', (_route, [path, body, other]) => {
  it('gets the same answer again', async () => {
    const key = newKey();
    const first = await post(path, body, key);
    expect(first.status).toBeLessThan(300);
    expect(await post(path, body, key)).toEqual(first);
    expect(await post(`${path}/`, body, key)).toEqual(first);
  });

  it('is done once when it comes many times at once', async () => {
    // An event type can't be made twice, key or not.
    const fresh = path === '/event-type' ? { name: 'at.once', description: '' } : body;
    const key = newKey();
    const answers = await Promise.all([1, 2, 3, 4].map(() => post(path, fresh, key)));
    expect(answers[0]?.status).toBeLessThan(300);
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  });

  it.skipIf(other === null)('is refused for another request', async () => {
    const key = newKey();
    await post(path, path === '/event-type' ? { name: 'three', description: '' } : body, key);
    const refused = await post(path, other, key);
    expect(refused.status).toBe(422);
    expect(refused.body).toContain('"loc":["header","idempotency-key"]');
  });

  it('is refused with a key that is too long', async () => {
    expect((await post(path, body, 'k'.repeat(257))).status).toBe(422);
  });
});

it('a repeated rotation makes no second secret', async () => {
  const path = '/app/acme/endpoint/ep/secret/rotate';
  const key = newKey();
  const first = await post(path, undefined, key);
  await post(path, undefined, key);
  const endpoint = await server.storage.endpoints.get(await applicationId(), 'ep');
  expect(JSON.parse(first.body)).toEqual({ key: endpoint?.secrets[0]?.key });
});

it('a request that was refused leaves its key free', async () => {
  const key = newKey();
  expect((await post('/app', { name: 7 }, key)).status).toBe(422);
  expect((await post('/app', { name: 'Seven' }, key)).status).toBe(201);
});

it('one key of another path is another request', async () => {
  const key = newKey();
  expect((await post('/app', { name: 'One' }, key)).status).toBe(201);
  expect((await post('/event-type', { name: 'path', description: '' }, key)).status).toBe(422);
});

it('keys of a portal are its own', async () => {
  const key = newKey();
  const path = '/app/acme/endpoint';
  await post(path, { url: 'https://example.com/mine' }, key);
  const organizationToken = token;
  token = await server.issue({
    organizationId: DEFAULT_ORGANIZATION,
    applicationId: await applicationId(),
  });
  const theirs = await post(path, { url: 'https://example.com/theirs' }, key);
  token = organizationToken;
  expect(theirs.status).toBe(201);
});

async function applicationId(): Promise<string> {
  const application = await server.storage.applications.get(DEFAULT_ORGANIZATION, 'acme');
  return application?.id ?? '';
}
