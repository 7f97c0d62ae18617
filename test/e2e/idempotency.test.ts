import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/domain/clock.ts';
import { PosthasteError } from '../../src/domain/errors.ts';
import { OPERATIONAL_ORGANIZATION } from '../../src/domain/operational-event.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { type ApiServer, startApiServer } from '../support/api-server.ts';

const HOUR_MS = 3_600_000;
let folder: string;
let server: ApiServer;
/** Each test has its own organization on the shared server. */
let principal: { readonly organizationId: string };
let token: string;
let organizations = 0;
let laterMs = 0;
/** Names of storage calls that are executed and whose answers are lost. */
let unanswered: Set<string>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'posthaste-idempotency-'));
  await start();
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  laterMs = 0;
  unanswered = new Set();
  await enterOrganization();
});

async function start(): Promise<void> {
  const now = () => Date.now() + laterMs;
  server = await startApiServer({
    folder,
    clock: { ...systemClock, now, scheduleNow: now },
    withStorage: losingAnswers,
  });
}

/** Goes on in a new, empty organization. */
async function enterOrganization(): Promise<void> {
  principal = { organizationId: `org_${++organizations}` };
  token = await server.issue(principal);
}

function losingAnswers<T extends object>(part: T): T {
  return new Proxy(part, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member === 'object' && member !== null) return losingAnswers(member);
      if (typeof member !== 'function') return member;
      return async (...given: unknown[]) => {
        const answer: unknown = await Reflect.apply(member, target, given);
        if (!unanswered.has(String(name))) return answer;
        throw new PosthasteError('storage_unavailable', 'the connection is lost');
      };
    },
  });
}

interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
}

async function post(
  path: string,
  body: string | null,
  key: string | null,
  as = token,
): Promise<Answer> {
  const response = await fetch(`${server.url}/api/v1${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${as}`,
      ...(body !== null && { 'content-type': 'application/json' }),
      ...(key !== null && { 'idempotency-key': key }),
    },
    body,
  });
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    text: await response.text(),
  };
}

interface Case {
  readonly path: string;
  readonly body: string;
  /** The body of another request to the same route. */
  readonly other: string;
  /** The storage call that writes. */
  readonly writes: keyof Storage | 'create' | 'update' | 'end' | 'add' | 'expire' | 'apply';
  /** Returns the number of effects. */
  readonly count: () => Promise<number>;
}

const { applications, endpoints, eventTypes, messages, operationalWebhooks } = {
  applications: () => server.operations.applications,
  endpoints: () => server.operations.endpoints,
  eventTypes: () => server.operations.eventTypes,
  messages: () => server.operations.messages,
  operationalWebhooks: () => server.operations.operationalWebhooks,
};

async function withApplication(): Promise<{ id: string }> {
  return (await applications().create(principal, { name: 'A', uid: 'a' })).value;
}

async function withEndpoint(): Promise<{ app: string; endpoint: string }> {
  const { id: app } = await withApplication();
  const input = { url: 'https://example.com/', uid: 'e' };
  return { app, endpoint: (await endpoints().create(principal, app, input)).id };
}

async function published(): Promise<{ id: string }> {
  const { app } = await withEndpoint();
  return messages().create(principal, app, { eventType: 'a', payload: 1 });
}

/** Counts the successful calls of a method from now on. */
function counted<Name extends string>(
  target: Record<Name, (...given: never[]) => Promise<unknown>>,
  name: Name,
): () => Promise<number> {
  const call = target[name];
  let effects = 0;
  target[name] = async (...given) => {
    const answer = await call.apply(target, given);
    effects++;
    return answer;
  };
  onTestFinished(() => void (target[name] = call));
  return async () => effects;
}

const starting = (name: string, since: string) => async (): Promise<Case> => {
  await withEndpoint();
  return {
    path: `/app/a/endpoint/e/${name}`,
    body: JSON.stringify({ [since]: new Date().toISOString() }),
    other: JSON.stringify({ [since]: new Date(Date.now() - 1_000).toISOString() }),
    writes: 'create',
    count: async () => (await server.operations.tasks.list(principal)).data.length,
  };
};

const switching = (name: string) => async (): Promise<Case> => {
  await withEndpoint();
  return {
    path: `/app/a/endpoint/e/${name}`,
    body: '{}',
    other: '{ }',
    writes: 'update',
    count: counted(server.storage.endpoints, 'update'),
  };
};

const changingHead = (name: string) => async (): Promise<Case> => {
  const { app, endpoint } = await withEndpoint();
  await endpoints().patch(principal, app, endpoint, { ordered: true });
  const { id } = await messages().create(principal, app, { eventType: 'a', payload: 1 });
  return {
    path: `/app/a/endpoint/e/head/${name}`,
    body: JSON.stringify({ msgId: id }),
    other: ` ${JSON.stringify({ msgId: id })}`,
    writes: 'changeDeliveries',
    count: counted(server.storage, 'changeDeliveries'),
  };
};

/** By route. Every POST of the API has an entry here or below. */
const CASES: Readonly<Record<string, () => Promise<Case>>> = {
  '/app': async () => ({
    path: '/app',
    body: '{"name":"Made"}',
    other: '{"name":"Other"}',
    writes: 'create',
    count: async () => (await applications().list(principal)).data.length,
  }),
  '/app/:app_id/endpoint': async () => {
    const { id } = await withApplication();
    return {
      path: '/app/a/endpoint',
      body: '{"url":"https://example.com/"}',
      other: '{"url":"https://example.com/other"}',
      writes: 'create',
      count: async () => (await endpoints().list(principal, id)).data.length,
    };
  },
  '/app/:app_id/endpoint/:endpoint_id/secret/rotate': async () => {
    const { app, endpoint } = await withEndpoint();
    return {
      path: '/app/a/endpoint/e/secret/rotate',
      body: '{"gracePeriodSeconds":60}',
      other: '{"gracePeriodSeconds":61}',
      writes: 'update',
      async count() {
        const found = await server.storage.endpoints.get(app, endpoint);
        return (found?.secrets.length ?? 0) - 1;
      },
    };
  },
  '/event-type/import/openapi': async () => ({
    path: '/event-type/import/openapi',
    body: '{"spec":{"openapi":"3.1.0","webhooks":{"made":{}}}}',
    other: '{"spec":{"openapi":"3.1.0","webhooks":{"other":{}}}}',
    writes: 'apply',
    count: async () => (await eventTypes().list(principal)).data.length,
  }),
  '/event-type': async () => ({
    path: '/event-type',
    body: '{"name":"made","description":""}',
    other: '{"name":"other","description":""}',
    writes: 'create',
    count: async () => (await eventTypes().list(principal)).data.length,
  }),
  '/environment/import': async () => ({
    path: '/environment/import?with_changes=true',
    body: '{"applications":[{"uid":"made","name":"Made"}]}',
    other: '{"applications":[{"uid":"other","name":"Other"}]}',
    writes: 'apply',
    count: async () => (await applications().list(principal)).data.length,
  }),
  '/app/:app_id/msg': async () => {
    await withApplication();
    return {
      path: '/app/a/msg',
      body: '{"eventType":"a.b","payload":1}',
      other: '{"eventType":"a.b","payload":2}',
      writes: 'acceptMessages',
      count: async () => (await messages().list(principal, 'a')).data.length,
    };
  },
  '/app/:app_id/endpoint/:endpoint_id/send-example': async () => {
    await withEndpoint();
    const schemas = { 1: { examples: [{ n: 1 }] } };
    await eventTypes().create(principal, { name: 'shown', description: '', schemas });
    return {
      path: '/app/a/endpoint/e/send-example',
      body: '{"eventType":"svix.ping"}',
      other: '{"eventType":"shown"}',
      writes: 'acceptMessages',
      count: async () => (await messages().list(principal, 'a')).data.length,
    };
  },
  '/app/:app_id/msg/batch': async () => {
    await withApplication();
    return {
      path: '/app/a/msg/batch',
      body: '{"messages":[{"eventType":"a.b","payload":1}]}',
      other: '{"messages":[{"eventType":"a.b","payload":2}]}',
      writes: 'acceptMessages',
      count: async () => (await messages().list(principal, 'a')).data.length,
    };
  },
  '/app/:app_id/msg/bulk-expunge': async () => {
    const { id } = await published();
    return {
      path: '/app/a/msg/bulk-expunge',
      body: JSON.stringify({ ids: [id] }),
      other: JSON.stringify({ ids: [id, 'other'] }),
      writes: 'expunge',
      count: counted(server.storage, 'expunge'),
    };
  },
  '/app/:app_id/msg/expunge-all-contents': async () => {
    await published();
    return {
      path: '/app/a/msg/expunge-all-contents',
      body: '{}',
      other: '{ }',
      writes: 'create',
      count: async () => (await server.operations.tasks.list(principal)).data.length,
    };
  },
  '/stats/usage/app': async () => ({
    path: '/stats/usage/app',
    body: '{"since":"2026-01-01T00:00:00Z","until":"2026-01-02T00:00:00Z"}',
    other: '{"since":"2026-01-01T00:00:00Z","until":"2026-01-03T00:00:00Z"}',
    writes: 'create',
    count: async () => (await server.operations.tasks.list(principal)).data.length,
  }),
  '/app/:app_id/msg/:msg_id/cancel': async () => {
    const { id } = await published();
    return {
      path: `/app/a/msg/${id}/cancel`,
      body: '{}',
      other: '{ }',
      writes: 'cancelMessage',
      count: counted(server.storage, 'cancelMessage'),
    };
  },
  '/operational-webhook/endpoint': async () => {
    const count = async () => (await operationalWebhooks().list(principal)).data.length;
    // Creates the application of these endpoints first, because its creation is a write too.
    await count();
    return {
      path: '/operational-webhook/endpoint',
      body: '{"url":"https://example.com/"}',
      other: '{"url":"https://example.com/other"}',
      writes: 'create',
      count,
    };
  },
  '/operational-webhook/endpoint/:endpoint_id/secret/rotate': async () => {
    const input = { url: 'https://example.com/', uid: 'e' };
    const { id } = await operationalWebhooks().create(principal, input);
    return {
      path: '/operational-webhook/endpoint/e/secret/rotate',
      body: '{"gracePeriodSeconds":60}',
      other: '{"gracePeriodSeconds":61}',
      writes: 'update',
      async count() {
        const application = await server.storage.applications.get(
          OPERATIONAL_ORGANIZATION,
          principal.organizationId,
        );
        const found = await server.storage.endpoints.get(application?.id ?? '', id);
        return (found?.secrets.length ?? 0) - 1;
      },
    };
  },
  '/app/:app_id/endpoint/:endpoint_id/recover': starting('recover', 'since'),
  '/app/:app_id/endpoint/:endpoint_id/replay-missing': starting('replay-missing', 'since'),
  '/app/:app_id/endpoint/:endpoint_id/bulk-replay': starting('bulk-replay', 'since'),
  '/app/:app_id/endpoint/:endpoint_id/cancel-msgs': starting('cancel-msgs', 'createdBefore'),
  '/app/:app_id/endpoint/:endpoint_id/pause': switching('pause'),
  '/app/:app_id/endpoint/:endpoint_id/resume': switching('resume'),
  '/app/:app_id/endpoint/:endpoint_id/head/retry': changingHead('retry'),
  '/app/:app_id/msg/:msg_id/endpoint/:endpoint_id/resend': async () => {
    const { app, endpoint } = await withEndpoint();
    const { id } = await messages().create(principal, app, { eventType: 'a', payload: 1 });
    const count = counted(server.storage, 'scheduleDelivery');
    return {
      path: `/app/a/msg/${id}/endpoint/${endpoint}/resend`,
      body: '{}',
      other: '{ }',
      writes: 'scheduleDelivery',
      count,
    };
  },
};

const KEYS = '/management/authentication/:env_id/api-token';
const ownKeys = () => KEYS.replace(':env_id', principal.organizationId);

const CASES_OF_ACCESS: typeof CASES = {
  '/auth/app/:app_id/expire-all': async () => {
    await withApplication();
    return {
      path: '/auth/app/a/expire-all',
      body: '{}',
      other: '{"expiry":1}',
      writes: 'add',
      count: counted(server.storage.revocations, 'add'),
    };
  },
  [KEYS]: async () => ({
    path: ownKeys(),
    body: '{"name":"Made"}',
    other: '{"name":"Other"}',
    writes: 'create',
    count: async () => (await server.operations.apiKeys.list(principal)).data.length,
  }),
  [`${KEYS}/:key_id/expire`]: async () => {
    const { id } = await server.operations.apiKeys.create(principal, { name: 'k' });
    return {
      path: `${ownKeys()}/${id}/expire`,
      body: '{"expiry":60}',
      other: '{"expiry":1}',
      writes: 'expire',
      count: counted(server.storage.apiKeys, 'expire'),
    };
  },
};

/** Routes whose effect cannot happen twice, with any key. */
const CASES_OF_ONE_EFFECT: typeof CASES = {
  '/app/:app_id/endpoint/:endpoint_id/head/skip': changingHead('skip'),
  '/background-task/:task_id/cancel': async () => {
    const { app, endpoint } = await withEndpoint();
    const input = { since: new Date().toISOString() };
    const out = await server.operations.tasks.recover(principal, app, endpoint, input);
    return {
      path: `/background-task/${'id' in out ? out.id : ''}/cancel`,
      body: '{}',
      other: '{ }',
      writes: 'end',
      count: counted(server.storage.tasks, 'end'),
    };
  },
};

/** Routes that make a token, which exists only in the answer. */
const WITHOUT_EFFECT = ['/auth/app-portal-access/:app_id', '/auth/dashboard-access/:app_id'];

/** Routes that end their own token, so that a repetition is refused. */
const REFUSED_AGAIN = ['/auth/logout'];

/** Routes that change nothing, so that a repetition is executed again. */
const READING = [
  '/app/:app_id/endpoint/:endpoint_id/filter/test',
  '/app/:app_id/msg/precheck/active',
  '/app/:app_id/endpoint/:endpoint_id/transformation/simulate',
  '/environment/export',
  '/auth/renew',
];

it('every POST of the API is tested here', () => {
  const posts = server.routes.filter(({ method }) => method === 'POST');
  const routes = posts
    .map(({ url }) => url.replace('/api/v1', ''))
    .filter((route) => !READING.includes(route));
  const tried = [
    ...Object.keys({ ...CASES, ...CASES_OF_ACCESS, ...CASES_OF_ONE_EFFECT }),
    ...WITHOUT_EFFECT,
    ...REFUSED_AGAIN,
  ];
  expect(routes.toSorted()).toEqual(tried.toSorted());
});

describe.each(Object.entries(CASES_OF_ONE_EFFECT))('POST %s', (_route, begin) => {
  it('has one effect and one answer for a key, and is refused with another key', async () => {
    const { path, body, other, count } = await begin();
    const all = await Promise.all(Array.from({ length: 4 }, () => post(path, body, 'key')));
    expect(all[0]?.status).toBeLessThan(300);
    all.push(await post(path, body, 'key'));
    expect(new Set(all.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await count()).toBe(1);
    expect((await post(path, other, 'key')).status).toBe(422);
    expect((await post(path, other, 'another key')).status).toBe(409);
  });

  it('has one effect when its answer is lost', async () => {
    const { path, body, writes, count } = await begin();
    unanswered.add(writes);
    expect((await post(path, body, 'key')).status).toBe(503);
    unanswered.clear();
    expect((await post(path, body, 'key')).status).toBeLessThan(300);
    expect(await count()).toBe(1);
  });
});

describe.each(Object.entries({ ...CASES, ...CASES_OF_ACCESS }))('POST %s', (_route, begin) => {
  it('has one effect and one answer for a key', async () => {
    const { path, body, count } = await begin();
    const first = await post(path, body, 'key');
    expect(first.status).toBeLessThan(300);
    expect(await post(path, body, 'key')).toEqual(first);
    expect(await post(path.replace(/(\?|$)/, '/$1'), body, 'key')).toEqual(first);
    expect(await count()).toBe(1);
  });

  it('gives the same answer with a key and without', async () => {
    const { path, body, other } = await begin();
    const [keyed, plain] = [await post(path, body, 'key'), await post(path, other, null)];
    expect([keyed.status, keyed.type]).toEqual([plain.status, plain.type]);
    expect(shapeOf(keyed)).toEqual(shapeOf(plain));
  });

  it('refuses another body with the same key, and accepts it with another key', async () => {
    const { path, body, other, count } = await begin();
    const first = await post(path, body, 'key');
    const refused = await post(path, other, 'key');
    expect(refused.status).toBe(422);
    expect(JSON.parse(refused.text)).toMatchObject({
      code: 'idempotency_key_reused',
      detail: [{ loc: ['header', 'idempotency-key'] }],
    });
    expect(await count()).toBe(1);
    expect((await post(path, other, 'another key')).status).toBe(first.status);
    expect(await count()).toBe(2);
  });

  it('has one effect and one answer for simultaneous requests', async () => {
    const { path, body, count } = await begin();
    const all = await Promise.all(Array.from({ length: 8 }, () => post(path, body, 'key')));
    expect(all[0]?.status).toBeLessThan(300);
    expect(new Set(all.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await count()).toBe(1);
  });

  it('has one effect when its answer is lost', async () => {
    const { path, body, writes, count } = await begin();
    unanswered.add(writes);
    expect((await post(path, body, 'key')).status).toBe(503);
    unanswered.clear();
    expect((await post(path, body, 'key')).status).toBeLessThan(300);
    expect(await count()).toBe(1);
  });

  it.each(['', 'k'.repeat(257)])('refuses the key %j', async (key) => {
    const { path, body, count } = await begin();
    const refused = await post(path, body, key);
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('idempotency-key');
    expect(await count()).toBe(0);
  });
});

it('every POST gives the same answer after a restart, for 12 hours', async () => {
  const tried: (Case & { route: string; first: Answer; enter: () => void })[] = [];
  for (const [route, begin] of Object.entries({ ...CASES, ...CASES_OF_ACCESS })) {
    await enterOrganization();
    const [own, ownToken] = [principal, token];
    const enter = () => void ([principal, token] = [own, ownToken]);
    const one = await begin();
    tried.push({ ...one, route, enter, first: await post(one.path, one.body, 'key') });
  }
  await server.stop();
  laterMs = 11.9 * HOUR_MS;
  await start();
  for (const { route, enter, path, body, first } of tried) {
    enter();
    expect({ route, ...(await post(path, body, 'key')) }).toEqual({ route, ...first });
  }
  laterMs = 12.1 * HOUR_MS;
  for (const { route, enter, path, body, count } of tried) {
    // The count of these effects does not survive the restart.
    if (/resend|pause|resume|head|expire|expunge|\/cancel$/.test(path)) continue;
    enter();
    await post(path, body.replace('made', 'made.later'), 'key');
    expect([route, await count()]).toEqual([route, path.includes('rotate') ? 1 : 2]);
  }
});

function shapeOf({ text }: Answer): Record<string, string> {
  const body = JSON.parse(text || '{}') as object;
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [name, typeof value]));
}

it('a key belongs to a route, its parameters and a token', async () => {
  const { app } = await withEndpoint();
  await applications().create(principal, { name: 'B', uid: 'b' });
  const portal = await server.issue({ ...principal, applicationId: app });
  const body = '{"url":"https://example.com/"}';
  const answers = [
    await post('/app/a/endpoint', body, 'key'),
    await post('/app/b/endpoint', body, 'key'),
    await post('/app/a/endpoint', body, 'key', portal),
    await post('/app/a/endpoint/e/secret/rotate', '{}', 'key'),
  ];
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 200]);
  expect(new Set(answers.map(({ text }) => text)).size).toBe(4);
  const refused = await post('/app/b/endpoint', body, 'key', portal);
  expect(refused.status).toBe(404);
});

it.each(['/app', '/app/a/msg', '/app/a/msg/batch'])(
  'a repeated key is refused: %s',
  async (path) => {
    await withApplication();
    const asked = httpRequest(`${server.url}/api/v1${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'idempotency-key': ['one', 'two'],
      },
    }).end('{}');
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(422);
    expect(await json(response)).toMatchObject({
      detail: expect.arrayContaining([
        expect.objectContaining({ loc: ['header', 'idempotency-key'], msg: 'must be given once' }),
      ]),
    });
  },
);

it('a key may have commas', async () => {
  const first = await post('/app', '{"name":"Made"}', 'one, two');
  expect(first.status).toBe(201);
  expect(await post('/app', '{"name":"Made"}', 'one, two')).toEqual(first);
});

it('the query belongs to the request', async () => {
  await withApplication();
  const body = '{"name":"X","uid":"a"}';
  const first = await post('/app?get_if_exists=true', body, 'key');
  expect(first.status).toBe(200);
  expect((await post('/app', body, 'key')).status).toBe(422);
  await applications().delete(principal, 'a');
  expect(await post('/app?get_if_exists=true', body, 'key')).toEqual(first);
});

it('simultaneous calls to get or create have one effect and one answer', async () => {
  const all = await Promise.all(
    Array.from({ length: 8 }, () =>
      post('/app?get_if_exists=true', '{"name":"X","uid":"x"}', 'key'),
    ),
  );
  expect(new Set(all.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  expect(all[0]?.status).toBe(201);
});

it('a restored event type is restored once', async () => {
  await eventTypes().create(principal, { name: 'again', description: '', archived: true });
  const body = '{"name":"again","description":"restored"}';
  const first = await post('/event-type', body, 'key');
  expect(first.status).toBe(201);
  await eventTypes().delete(principal, 'again');
  expect(await post('/event-type', body, 'key')).toEqual(first);
  expect(await eventTypes().get(principal, 'again')).toMatchObject({ archived: true });
});

it('a refusal does not use the key up', async () => {
  const body = '{"url":"https://example.com/","eventTypes":["late"]}';
  await withApplication();
  expect((await post('/app/a/endpoint', body, 'key')).status).toBe(422);
  await eventTypes().create(principal, { name: 'late', description: '' });
  expect((await post('/app/a/endpoint', body, 'key')).status).toBe(201);
});

it('the tenth rotation can be repeated with its key, although an eleventh is refused', async () => {
  await withEndpoint();
  const path = '/app/a/endpoint/e/secret/rotate';
  for (let n = 1; n < 10; n++) expect((await post(path, '{}', `key ${n}`)).status).toBe(200);
  const all = await Promise.all(Array.from({ length: 4 }, () => post(path, '{}', 'tenth')));
  expect(new Set(all.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  expect(all[0]?.status).toBe(200);
});

it('access to the portal creates its application once', async () => {
  const path = '/auth/app-portal-access/new';
  const body = '{"application":{"name":"New","uid":"new"}}';
  const all = await Promise.all(Array.from({ length: 8 }, () => post(path, body, 'key')));
  expect(new Set(all.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  expect(all[0]?.status).toBe(200);
  expect((await post(path, '{}', 'key')).status).toBe(422);
  expect((await applications().list(principal)).data).toHaveLength(1);
});
