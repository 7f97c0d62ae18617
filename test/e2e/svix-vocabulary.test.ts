import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_ORGANIZATION } from '../../src/operations/operations.ts';
import { type ApiServer, startApiServer } from '../support/api-server.ts';

/** What the Svix client libraries of all versions can send: each member works or is refused by name. */
let server: ApiServer;
let token: string;

beforeAll(async () => {
  server = await startApiServer();
  token = await server.issue({ organizationId: DEFAULT_ORGANIZATION });
  await call('POST', '/app', { name: 'Words', uid: 'words' });
  await call('POST', '/app/words/endpoint', { url: URL, uid: 'ep' });
});
afterAll(() => server.stop());

const URL = 'https://example.com/';

async function call(method: string, path: string, body?: object) {
  const response = await fetch(`${server.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : (JSON.parse(text) as object) };
}

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

  it('an empty filterTypes is refused, and in PATCH clears', async () => {
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

  it('rateLimit limits an application that a message brings with it', async () => {
    const application = { name: 'x', uid: 'brought', rateLimit: 3 };
    await call('POST', '/app/brought/msg', { eventType: 'a.b', payload: {}, application });
    expect((await call('GET', '/app/brought')).body).toMatchObject({ throttleRate: 3 });
  });

  it('version is 1 unless set, and stays', async () => {
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
