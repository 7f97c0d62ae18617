import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CAPABILITIES,
  OPERATOR_RIGHTS,
  ORGANIZATION_RIGHTS,
  PORTAL_RIGHTS,
  RIGHTS,
  type Right,
  rightsOfCapabilities,
} from '../../src/domain/rights.ts';
import { CONTRACTS } from '../../src/http/contracts/contracts.ts';
import { EXAMPLES } from '../../src/http/openapi/examples.ts';
import { OPERATION_RIGHTS } from '../../src/operations/operation-rights.ts';
import { DEFAULT_ORGANIZATION, type Operations } from '../../src/operations/operations.ts';
import { type ApiServer, startApiServer } from '../support/api-server.ts';

/**
 * Every route with every kind of wrong token. No route is named here: the routes come from the contracts, the
 * operation of a route is observed, and the right for an operation comes from the table of rights.
 */
const OTHER_ORGANIZATION = 'org_000000000000000000000000000';
const NOBODY = 'app_000000000000000000000000000';
const organization = { organizationId: DEFAULT_ORGANIZATION };
const OTHERS = { organizationId: OTHER_ORGANIZATION };

let server: ApiServer;
let owner: string;
let app: string;
let otherApp: string;
let ids: Readonly<Record<string, string>>;
/** The operations that were called since the last request. */
let called: string[] = [];

beforeAll(async () => {
  server = await startApiServer({ withOperations: watched });
  owner = await server.issue(organization);
  const { applications, endpoints, eventTypes, messages, tasks, apiKeys } = server.operations;
  app = (await applications.create(organization, { name: 'A', uid: 'a' })).value.id;
  otherApp = (await applications.create(organization, { name: 'B', uid: 'b' })).value.id;
  const url = 'https://example.com/';
  const endpoint = await endpoints.create(organization, app, { url, ordered: true });
  for (const name of ['secret.type', 'invoice.paid']) {
    await eventTypes.create(organization, { name, description: '' });
  }
  const message = await messages.create(organization, app, { eventType: 'a', payload: 1 });
  const task = await tasks.recover(organization, app, endpoint.id, {
    since: new Date().toISOString(),
  });
  ids = {
    app_id: app,
    endpoint_id: endpoint.id,
    msg_id: message.id,
    attempt_id: 'atmpt_000000000000000000000000000',
    event_type_name: 'secret.type',
    task_id: 'id' in task ? task.id : '',
    env_id: DEFAULT_ORGANIZATION,
    listener_id: 'a-listener-of-the-test',
    request_id: 'lreq_1',
    key_id: (await apiKeys.create(organization, { name: 'k' })).id,
  };
});
afterAll(() => server.stop());

function watched(operations: Operations): Operations {
  const copy: Record<string, unknown> = { ...operations };
  for (const [resource, rights] of Object.entries(OPERATION_RIGHTS)) {
    const part = { ...(operations as unknown as Record<string, object>)[resource] } as Record<
      string,
      (...given: unknown[]) => unknown
    >;
    for (const name of Object.keys(rights)) {
      const call = part[name];
      part[name] = (...given) => {
        called.push(`${resource}.${name}`);
        return call?.(...given);
      };
    }
    copy[resource] = part;
  }
  return copy as unknown as Operations;
}

interface Route {
  readonly method: string;
  readonly path: string;
  readonly body: string | null;
}

const ROUTES: readonly Route[] = Object.entries(CONTRACTS)
  .filter(([, contract]) => contract.open !== true)
  .map(([route, { body }]) => {
    const [method = '', path = ''] = route.split(' ');
    return { method, path, body: body === undefined ? null : JSON.stringify(EXAMPLES[body]) };
  });

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly operation: string | undefined;
}

async function call(
  { method, path, body }: Route,
  token: string | null,
  names: Readonly<Record<string, string>> = ids,
): Promise<Answer> {
  called = [];
  const url = path.replaceAll(/:(\w+)/g, (_, name: string) => names[name] ?? '');
  const response = await fetch(`${server.url}/api/v1${url}`, {
    method,
    headers: {
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...(body !== null && { 'content-type': 'application/json' }),
    },
    body,
  });
  return { status: response.status, text: await response.text(), operation: called[0] };
}

/** Calls the route for an organization without any objects, so that the call changes nothing. */
async function rightOf(route: Route): Promise<Right | null> {
  const { operation } = await call(
    route,
    await server.issue({ organizationId: OTHER_ORGANIZATION }),
    {
      ...ids,
      env_id: OTHER_ORGANIZATION,
    },
  );
  const [resource = '', name = ''] = operation?.split('.') ?? [];
  const rights = (
    OPERATION_RIGHTS as Readonly<Record<string, Readonly<Record<string, Right | null>>>>
  )[resource];
  if (rights === undefined || !(name in rights))
    throw new Error(`${route.path} calls ${operation}`);
  return rights[name] ?? null;
}

async function keyWith(of: typeof organization, scopes: readonly Right[]): Promise<string> {
  const { apiKeys } = server.operations;
  return (await apiKeys.create(of, { name: 'k', scopes: [...scopes] })).token;
}

const code = (text: string): unknown => (JSON.parse(text) as { code?: string }).code;

describe('an invalid token', () => {
  const secret = new TextEncoder().encode('a secret of at least thirty-two bytes');
  const claims = () => new SignJWT({ sub: DEFAULT_ORGANIZATION });
  const minute = 60;

  const tokens: Readonly<Record<string, () => Promise<string | null> | string | null>> = {
    'is missing': () => null,
    'is broken': () => `${owner}x`,
    'is of another algorithm': () => claims().setProtectedHeader({ alg: 'HS512' }).sign(secret),
    'has no signature': () =>
      `${btoa('{"alg":"none"}')}.${btoa(`{"sub":"${DEFAULT_ORGANIZATION}"}`)}.`,
    'has expired': () =>
      claims()
        .setProtectedHeader({ alg: 'HS256' })
        .setExpirationTime(Date.now() / 1000 - minute)
        .sign(secret),
    'is a portal token with an unknown capability': () =>
      new SignJWT({ sub: app, org: DEFAULT_ORGANIZATION, capabilities: ['All'] })
        .setProtectedHeader({ alg: 'HS256' })
        .sign(secret),
    'is a session without an end': () =>
      new SignJWT({ sub: app, org: DEFAULT_ORGANIZATION, sessionId: 's' })
        .setProtectedHeader({ alg: 'HS256' })
        .sign(secret),
    'is no API key': () => `phk_${'0'.repeat(43)}`,
    'is an API key that was revoked': async () => {
      const { id, token } = await server.operations.apiKeys.create(organization, { name: 'k' });
      expect((await call({ method: 'GET', path: '/app', body: null }, token)).status).toBe(200);
      await server.operations.apiKeys.expire(organization, id, {});
      return token;
    },
    'is a portal token that logged out': async () => {
      const token = await server.issue({ ...organization, applicationId: app });
      const out = { method: 'POST', path: '/auth/logout', body: null };
      expect((await call(out, token)).status).toBe(204);
      return token;
    },
    'is a portal token whose session was ended': async () => {
      const session = { applicationId: app, sessionId: 'u1', expiresInSeconds: 60 };
      const token = await server.issue({ ...organization, ...session });
      await server.operations.portalAccess.expireAll(organization, app, { sessionIds: ['u1'] });
      return token;
    },
    'is a portal token of an application whose tokens were ended': async () => {
      const token = await server.issue({ ...organization, applicationId: otherApp });
      await server.operations.portalAccess.expireAll(organization, otherApp, {});
      return token;
    },
  };

  it.each(Object.entries(tokens))('is refused: it %s', async (_, make) => {
    const token = await make();
    for (const route of ROUTES) {
      const { status, text, operation } = await call(route, token);
      expect([route, status, code(text), operation]).toEqual([
        route,
        401,
        'authentication_failed',
        undefined,
      ]);
    }
  });
});

describe('a good token', () => {
  it('reaches nothing of another organization', async () => {
    const token = await server.issue({ organizationId: OTHER_ORGANIZATION });
    for (const route of ROUTES) {
      // PUT would create the event type.
      const names = route.method === 'PUT' ? { ...ids, event_type_name: 'another.type' } : ids;
      const { status, text } = await call(route, token, names);
      const isNamed = /:(app|event_type|task|env)_/.test(route.path);
      if (isNamed && status !== 201) expect([route, status]).toEqual([route, 404]);
      for (const id of status === 404 ? [] : Object.values(ids)) {
        expect([route, text]).not.toEqual([route, expect.stringContaining(id)]);
      }
    }
  });

  it.each(['portal token', 'API key'])(
    'that is a %s does not reach another application',
    async (kind) => {
      const token =
        kind === 'API key'
          ? (await server.operations.apiKeys.create(organization, { name: 'k', appId: 'b' })).token
          : await server.issue({ ...organization, applicationId: NOBODY });
      for (const route of ROUTES.filter(({ path }) => /:(app_id|task_id)/.test(path))) {
        const { status } = await call(route, token);
        expect([route, status]).toEqual([route, expect.toBeOneOf([403, 404])]);
      }
    },
  );

  it.each(['organization token', 'portal token', 'API key'])(
    'that is an %s does not reach objects of one application by the path of another',
    async (kind) => {
      const { endpoints, messages, apiKeys } = server.operations;
      const url = 'https://example.com/';
      const own = await endpoints.create(organization, otherApp, { url, ordered: true });
      const message = await messages.create(organization, otherApp, { eventType: 'a', payload: 1 });
      const names = { ...ids, app_id: otherApp, endpoint_id: own.id, msg_id: message.id };
      const inSession = { applicationId: otherApp, sessionId: kind };
      const token =
        kind === 'API key'
          ? (await apiKeys.create(organization, { name: 'k', appId: 'b' })).token
          : await server.issue({
              ...organization,
              ...(kind === 'portal token' && { ...inSession, expiresInSeconds: 60 }),
            });
      for (const name of ['endpoint_id', 'msg_id']) {
        for (const route of ROUTES.filter(
          ({ path }) => path.includes(`:app_id/`) && path.includes(`:${name}`),
        )) {
          const { status, text } = await call(route, token, { ...names, [name]: ids[name] ?? '' });
          // Attempts of deleted endpoints stay listed, so an empty list gives nothing away.
          const isEmpty = status === 200 && text.startsWith('{"data":[],');
          expect([name, route, isEmpty ? 404 : status]).toEqual([
            name,
            route,
            expect.toBeOneOf([403, 404]),
          ]);
        }
      }
      await endpoints.delete(organization, otherApp, own.id);
    },
  );

  it('may call an operation exactly when it has the right for it', async () => {
    const rights = RIGHTS.filter((right) => OPERATOR_RIGHTS.has(right));
    const keys = new Map<Right | null, { all: string; only: string }>();
    for (const right of rights) {
      const others = rights.filter((other) => other !== right);
      // Only keys of the operator can have rights over the installation.
      const holder = ORGANIZATION_RIGHTS.has(right) ? OTHERS : organization;
      const [all, only] = [await keyWith(organization, others), await keyWith(holder, [right])];
      keys.set(right, { all, only });
    }
    const some = {
      all: await keyWith(organization, ['audit:read']),
      only: await keyWith(OTHERS, ['audit:read']),
    };
    for (const route of ROUTES) {
      const needed = await rightOf(route);
      const { all, only } = keys.get(needed) ?? some;
      const without = await call(route, all);
      expect([route, without.status === 403]).toEqual([route, needed !== null]);
      // A key cannot create a key with more rights than its own.
      const body = route.body?.replace('"publish"', '"key:write"') ?? null;
      const names = { ...ids, env_id: OTHER_ORGANIZATION };
      const mayOnly = await call({ ...route, body }, only, names);
      expect([route, mayOnly.status === 403]).toEqual([
        route,
        needed?.startsWith('session:') === true,
      ]);
    }
  });

  it('of another organization than the operator sees nothing of the machines', async () => {
    const route = { method: 'GET', path: '/status/settings', body: null };
    expect((await call(route, owner)).status).toBe(200);
    const everything = await server.operations.apiKeys.create(OTHERS, { name: 'all' });
    const named = await keyWith(OTHERS, ['installation:read']);
    for (const token of [await server.issue(OTHERS), everything.token, named]) {
      expect((await call(route, token)).status).toBe(403);
      const { text } = await call({ ...route, path: '/auth/whoami' }, token);
      expect(text).not.toContain('installation:read');
    }
  });

  it.each(CAPABILITIES)('of a portal has the rights of its capability %s', async (capability) => {
    const held = rightsOfCapabilities([capability]);
    for (const route of ROUTES) {
      const needed = await rightOf(route);
      const token = await server.issue({
        ...organization,
        applicationId: NOBODY,
        capabilities: [capability],
      });
      const { status } = await call(route, token);
      const isRefused = needed !== null && !held.has(needed);
      expect([route, status === 403]).toEqual([route, isRefused]);
    }
  });

  it('of a portal has no right that is kept for organizations', () => {
    expect([...PORTAL_RIGHTS].toSorted()).toEqual([
      'application:read',
      'attempt:write',
      'endpoint-secret:read',
      'endpoint-secret:write',
      'endpoint:read',
      'endpoint:write',
      'event-type:read',
      'message:read',
      'session:end',
      'session:renew',
      'task:read',
      'transformation:write',
    ]);
  });
});
