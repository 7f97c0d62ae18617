import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEFAULT_ORGANIZATION } from '../../src/operations/operations.ts';
import { type ApiServer, startApiServer } from '../support/api-server.ts';
import { ManualClock } from '../support/manual-clock.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const owner = { organizationId: DEFAULT_ORGANIZATION };
const clock = new ManualClock(1_780_000_000_000);

let server: ApiServer;
let app: string;

beforeAll(async () => {
  server = await startApiServer({ clock });
  app = (await server.operations.applications.create(owner, { name: 'A' })).value.id;
});
afterAll(() => server.stop());

const grant = async (input: object = {}) =>
  (await server.operations.portalAccess.grant(owner, app, { expiry: 3_600, ...input })).token;

async function call(method: string, path: string, token: string) {
  const response = await fetch(`${server.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
  });
  return {
    status: response.status,
    body: JSON.parse((await response.text()) || 'null') as Record<string, unknown> | null,
  };
}

async function renew(token: string): Promise<string> {
  const { status, body } = await call('POST', '/auth/renew', token);
  expect(status).toBe(200);
  return String(body?.['token']);
}

const status = async (token: string) => (await call('GET', `/app/${app}/endpoint`, token)).status;

it('gives a token with the same rights, for the same time', async () => {
  const first = await grant({
    capabilities: ['CreateAttempts'],
    featureFlags: ['beta'],
    sessionId: 's',
  });
  clock.advance(HOUR_MS / 2);
  const second = await renew(first);
  clock.advance(HOUR_MS * 0.75);
  expect(await status(first)).toBe(401);
  expect(await status(second)).toBe(200);
  const { exp: _1, nbf: _2, ...before } = decodeJwt(first);
  const { exp: _3, nbf: _4, ...after } = decodeJwt(second);
  expect(after).toEqual(before);
  const who = (await call('GET', '/auth/whoami', second)).body;
  expect(who).toMatchObject({ appId: app, sessionId: 's' });
  expect(who?.['expiresAt']).toBe(new Date(Number(decodeJwt(second).exp) * 1000).toISOString());
  clock.advance(HOUR_MS);
  expect((await call('POST', '/auth/renew', second)).status).toBe(401);
});

it('ends a week after the first token was issued', async () => {
  const issuedAt = clock.now();
  let token = await grant({ expiry: 24 * 3_600 });
  for (let day = 0; day < 7; day++) {
    clock.advance(DAY_MS - HOUR_MS);
    token = await renew(token);
  }
  clock.advance(issuedAt + 7 * DAY_MS - HOUR_MS - clock.now());
  token = await renew(token);
  expect(await status(token)).toBe(200);
  clock.advance(HOUR_MS + 11_000);
  expect(await status(token)).toBe(401);
});

it('gives a token that ends when the token before it is ended', async () => {
  const [first, other] = [await grant(), await grant()];
  clock.advance(1_000);
  const [second, third] = [await renew(first), await renew(other)];
  expect((await call('POST', '/auth/logout', first)).status).toBe(204);
  expect([await status(second), await status(third)]).toEqual([401, 200]);
  // This token was issued before the others ended, although it is renewed later.
  await server.operations.portalAccess.expireAll(owner, app, { expiry: 60 });
  clock.advance(30_000);
  const fourth = await renew(third);
  clock.advance(31_000);
  expect(await status(fourth)).toBe(401);
});

it('is for portal tokens only', async () => {
  const organization = await server.issue(owner);
  const { token: key } = await server.operations.apiKeys.create(owner, { name: 'k', appId: app });
  for (const token of [organization, key]) {
    expect((await call('POST', '/auth/renew', token)).status).toBe(403);
  }
});
