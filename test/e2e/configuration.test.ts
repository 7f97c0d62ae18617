import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_ORGANIZATION } from '../../src/operations/operations.ts';
import { type ApiServer, startApiServer } from '../support/api-server.ts';

/** An organization's configuration as one document. */
let server: ApiServer;
let token: string;

beforeEach(async () => {
  server = await startApiServer();
  token = await server.issue({ organizationId: DEFAULT_ORGANIZATION });
});
afterEach(() => server.stop());

interface Answer<T> {
  readonly status: number;
  readonly body: T;
}

async function call<T = Record<string, unknown>>(
  method: string,
  path: string,
  body?: object,
  at = server,
  as = token,
): Promise<Answer<T>> {
  const response = await fetch(`${at.url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${as}`,
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? null : JSON.parse(text)) as T };
}

interface Document {
  eventTypes: { name: string }[];
  applications: {
    uid?: string;
    id?: string;
    name: string;
    endpoints: Record<string, unknown>[];
  }[];
}

const exported = async (query = '', at = server, as = token) =>
  (await call<Document & object>('POST', `/environment/export${query}`, undefined, at, as)).body;
const apply = (document: object, query = '?with_changes=true', at = server, as = token) =>
  call('POST', `/environment/import${query}`, document, at, as);

const DOCUMENT = {
  eventTypes: [{ name: 'invoice.paid', description: 'Paid', schemas: { 1: { type: 'object' } } }],
  applications: [
    {
      uid: 'acme',
      name: 'Acme',
      metadata: { plan: 'pro' },
      endpoints: [
        { uid: 'billing', url: 'https://user:pass@example.com/', eventTypes: ['invoice.paid'] },
        { uid: 'crm', url: 'https://example.com/crm', throttleRate: 5, ordered: true },
      ],
    },
  ],
};

/** An endpoint with every member that an endpoint can have. */
const FULL = {
  uid: 'full',
  url: 'https://user:pass@example.com/full',
  description: 'All of it',
  eventTypes: ['invoice.paid', 'invoice.*'],
  channels: ['eu'],
  filter: { path: '/currency', equal: 'EUR' },
  disabled: true,
  throttleRate: 7,
  version: 2,
  metadata: { a: 'b' },
  concurrency: 3,
  ordered: true,
  policy: { retrySchedule: [1, 2], timeoutMs: 500, success: '200', disableAfter: null },
  headers: { 'X-Tenant': 'acme', Authorization: 'Basic x' },
  authentication: { type: 'basic', username: 'u', password: 'p' },
  signature: { headers: { 'X-Sign': '{signature}' }, content: '{body}', secret: 's' },
  transformation: {
    code: 'function handler(webhook) { return webhook; }',
    enabled: true,
    variables: { room: 'sales-room' },
  },
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
};

it('changes nothing when it is applied a second time', async () => {
  expect(await apply(DOCUMENT, '?dry_run=true')).toMatchObject({
    status: 200,
    body: { dryRun: true, created: 4, updated: 0, unchanged: 0 },
  });
  expect((await call('GET', '/app/acme')).status).toBe(404);
  expect(await apply(DOCUMENT, '')).toEqual({ status: 204, body: null });
  expect((await call('GET', '/app/acme/endpoint/crm')).body).toMatchObject({
    throttleRate: 5,
    ordered: true,
  });
  expect((await apply(DOCUMENT)).body).toMatchObject({ changes: [], unchanged: 4 });
});

it('equals its export, with and without secrets', async () => {
  await apply({
    ...DOCUMENT,
    applications: [
      ...DOCUMENT.applications,
      { uid: 'b', name: 'B', policy: { timeoutMs: 900 }, endpoints: [FULL] },
    ],
  });
  for (const type of ['bearer', 'oauth2']) {
    const authentication =
      type === 'bearer'
        ? { type, token: 't' }
        : {
            type,
            authMethod: 'clientSecretPost',
            clientId: 'c',
            clientSecret: 'cs',
            tokenUrl: 'https://u:p@example.com/token',
            scopes: ['a'],
          };
    const endpoints = [{ uid: type, url: 'https://example.com/', authentication }];
    expect((await apply({ applications: [{ uid: type, name: type, endpoints }] })).status).toBe(
      200,
    );
  }
  await call('POST', '/app', { name: 'Without a uid' });
  await call('POST', '/app/acme/endpoint', { url: 'https://example.com/portal' });
  for (const query of ['', '?with_secrets=true']) {
    const document = await exported(query);
    expect(await apply(document, '?with_changes=true&prune=true')).toMatchObject({
      status: 200,
      body: { changes: [], unchanged: 13 },
    });
  }
});

it('contains secrets only on request', async () => {
  await apply({
    eventTypes: DOCUMENT.eventTypes,
    applications: [{ uid: 'b', name: 'B', endpoints: [FULL] }],
  });
  const without = await exported();
  expect(without).toMatchObject({ secrets: 'withheld' });
  const [endpoint] = without.applications[0]?.endpoints ?? [];
  expect(endpoint).toMatchObject({
    url: 'https://example.com/full',
    headers: { 'X-Tenant': 'acme' },
    authentication: { type: 'basic', username: 'u' },
    transformation: { code: FULL.transformation.code, enabled: true },
    withheld: ['url', 'signature.secret', 'transformation.variables', 'headers.Authorization'],
  });
  expect(JSON.stringify(without)).not.toMatch(
    /whsec_|Basic x|user:pass|"password"|sales-room|"secret":"s"/,
  );
  const { secrets, applications } = (await exported('?with_secrets=true')) as Document & {
    secrets: string;
  };
  expect(secrets).toBe('included');
  expect(applications[0]?.endpoints[0]).toMatchObject(FULL);
});

it('moves an organization to another installation', async () => {
  await apply({
    ...DOCUMENT,
    applications: [...DOCUMENT.applications, { uid: 'b', name: 'B', endpoints: [FULL] }],
  });
  await call('POST', '/app', { name: 'Without a uid' });
  const other = await startApiServer();
  try {
    const as = await other.issue({ organizationId: DEFAULT_ORGANIZATION });
    const refused = await apply(await exported(), '', other, as);
    const { detail } = refused.body as { detail: { loc: string[]; msg: string }[] };
    expect(refused.status).toBe(422);
    expect(detail.map(({ loc }) => loc.join('.'))).toEqual([
      'body.applications.0.endpoints.0.withheld',
      'body.applications.1.endpoints.0.withheld',
      'body.applications.1.endpoints.0.withheld',
      'body.applications.1.endpoints.0.withheld',
      'body.applications.1.endpoints.0.withheld',
    ]);
    expect((await exported('', other, as)).applications).toEqual([]);
    const document = await exported('?with_secrets=true');
    expect((await apply(document, '', other, as)).status).toBe(204);
    const { applications } = await exported('?with_secrets=true', other, as);
    expect(applications).toEqual(document.applications);
  } finally {
    await other.stop();
  }
});

describe('an id that is taken', () => {
  const SECOND = `org_${'2'.repeat(27)}`;
  const WANTED = [
    { eventTypes: null, url: 'https://example.com/one' },
    { eventTypes: ['invoice.paid'], url: 'https://example.com/two' },
  ];

  /** Creates an application and endpoints without uids, and another application with one. */
  async function withoutUids(): Promise<Document> {
    await apply({ ...DOCUMENT, applications: [{ uid: 'acme', name: 'Acme' }] });
    const { body } = await call('POST', '/app', { name: 'Without a uid' });
    for (const app of [String(body['id']), 'acme']) {
      for (const endpoint of WANTED) await call('POST', `/app/${app}/endpoint`, endpoint);
    }
    return exported();
  }

  it('by another organization is replaced by a new id', async () => {
    const document = await withoutUids();
    const as = await server.issue({ organizationId: SECOND });
    const query = '?with_changes=true';
    const planned = await apply(document, '?dry_run=true', server, as);
    expect(planned).toMatchObject({ status: 200, body: { created: 7, unchanged: 1 } });
    expect(await apply(document, query, server, as)).toMatchObject({
      status: 200,
      body: { created: 7, unchanged: 1 },
    });
    const copied = await exported('', server, as);
    const wanted = WANTED.map((endpoint) => expect.objectContaining(endpoint));
    expect(copied.applications).toMatchObject([
      { uid: 'acme', endpoints: expect.arrayContaining(wanted) },
      { name: 'Without a uid', endpoints: expect.arrayContaining(wanted) },
    ]);
    // Neither the same document nor the second organization's own export makes a second copy.
    for (const again of [document, copied]) {
      expect(await apply(again, `${query}&prune=true`, server, as)).toMatchObject({
        status: 200,
        body: { changes: [], unchanged: 8 },
      });
    }
    const [, edited] = structuredClone(document.applications);
    const changed = { applications: [{ ...edited, name: 'Renamed' }] };
    expect((await apply(changed, query, server, as)).body).toMatchObject({ updated: 1 });
    expect((await exported()).applications).toEqual(document.applications);
  });

  it('by another application, or earlier in the document, is replaced by a new id', async () => {
    const [acme] = (await withoutUids()).applications;
    const copies = { applications: ['a', 'b'].map((uid) => ({ ...acme, uid })) };
    expect((await apply(copies)).body).toMatchObject({ created: 6 });
    expect((await apply(copies, '?with_changes=true&prune=true')).body).toMatchObject({
      created: 0,
      updated: 0,
    });
    const elsewhere = await startApiServer();
    try {
      const as = await elsewhere.issue({ organizationId: DEFAULT_ORGANIZATION });
      const document = { ...copies, eventTypes: DOCUMENT.eventTypes };
      const query = '?with_changes=true';
      expect((await apply(document, query, elsewhere, as)).body).toMatchObject({ created: 7 });
      expect((await apply(document, query, elsewhere, as)).body).toMatchObject({ changes: [] });
    } finally {
      await elsewhere.stop();
    }
  });

  it('by a deleted object is replaced by a new id', async () => {
    const document = await withoutUids();
    const [acme, other] = document.applications;
    for (let time = 1; time <= 3; time++) {
      const { applications } = await exported();
      const [endpoint] = applications[0]?.endpoints ?? [];
      const gone = [
        `/app/${applications[1]?.id}`,
        `/app/acme/endpoint/${String(endpoint?.['id'])}`,
      ];
      for (const path of gone) expect((await call('DELETE', path)).status).toBe(204);
      expect((await apply(document)).body).toMatchObject({ created: 4, updated: 0, unchanged: 4 });
      expect((await apply(document, '?prune=true&with_changes=true')).body).toMatchObject({
        changes: [],
      });
    }
    expect([acme?.endpoints.length, other?.endpoints.length]).toEqual([2, 2]);
  });

  it('is refused beside a uid that belongs to another object', async () => {
    const [acme, other] = (await withoutUids()).applications;
    await call('PATCH', `/app/${other?.id}`, { uid: 'named' });
    const [endpoint] = acme?.endpoints ?? [];
    await call('PATCH', `/app/acme/endpoint/${String(endpoint?.['id'])}`, { uid: 'hook' });
    const twice = {
      applications: [
        other,
        { uid: 'named', name: 'Again' },
        { ...acme, endpoints: [endpoint, { uid: 'hook', url: 'https://example.com/' }] },
      ],
    };
    const { status, body } = await apply(twice, '?dry_run=true');
    expect(status).toBe(422);
    const { detail } = body as { detail: { loc: string[] }[] };
    expect(detail.map(({ loc }) => loc.join('.'))).toEqual([
      'body.applications.1',
      'body.applications.2.endpoints.1',
    ]);
  });
});

it('changes members that differ, and keeps members that the document leaves out', async () => {
  await apply(DOCUMENT);
  const secret = (await call('GET', '/app/acme/endpoint/billing/secret')).body;
  const document = {
    applications: [
      {
        uid: 'acme',
        name: 'Acme Inc.',
        endpoints: [{ uid: 'billing', url: 'https://example.com/', description: 'x' }],
      },
    ],
  };
  expect((await apply(document)).body).toEqual({
    dryRun: false,
    created: 0,
    updated: 2,
    deleted: 0,
    unchanged: 0,
    changes: [
      { action: 'update', kind: 'application', name: 'acme', fields: ['name'] },
      { action: 'update', kind: 'endpoint', name: 'acme/billing', fields: ['description'] },
    ],
  });
  expect((await call('GET', '/app/acme')).body).toMatchObject({ metadata: { plan: 'pro' } });
  expect((await call('GET', '/app/acme/endpoint/crm')).status).toBe(200);
  expect((await call('GET', '/app/acme/endpoint/billing/secret')).body).toEqual(secret);
  const { applications } = await exported('?with_secrets=true');
  expect(applications[0]?.endpoints[0]).toMatchObject({ url: 'https://user:pass@example.com/' });
});

it('changes a transformation, and keeps one that it does not name', async () => {
  const withEndpoint = (endpoint: object) => ({
    applications: [
      { uid: 'b', name: 'B', endpoints: [{ uid: 'full', url: FULL.url, ...endpoint }] },
    ],
  });
  const transformation = () =>
    call('GET', '/app/b/endpoint/full/transformation').then(({ body }) => body);
  await apply(withEndpoint({ transformation: FULL.transformation }));
  expect(await transformation()).toMatchObject(FULL.transformation);
  expect((await apply(withEndpoint({}))).body).toMatchObject({ changes: [] });
  const disabled = { transformation: { enabled: false } };
  expect((await apply(withEndpoint(disabled))).body).toMatchObject({
    changes: [{ fields: ['transformation'] }],
  });
  expect(await transformation()).toMatchObject({ ...FULL.transformation, enabled: false });
  await apply(withEndpoint({ transformation: null }));
  expect(await transformation()).toMatchObject({ code: null, variables: null });
  const { status, body } = await apply(withEndpoint({ transformation: { enabled: true } }));
  expect(status).toBe(422);
  expect(JSON.stringify(body)).toContain('"transformation","enabled"');
});

it('leaves out endpoints of listeners, and does not prune them', async () => {
  await apply(DOCUMENT);
  const listener = await call('PUT', `/app/acme/listener/${'a'.repeat(24)}`, {});
  expect(listener.status).toBeLessThan(300);
  const document = await exported();
  const [{ endpoints } = { endpoints: [] }] = document.applications;
  expect(endpoints).toHaveLength(2);
  expect(await apply(document, '?prune=true&with_changes=true')).toMatchObject({
    body: { deleted: 0 },
  });
  expect((await call<{ data: object[] }>('GET', '/app/acme/endpoint')).body.data).toHaveLength(3);
});

it('prunes only in lists that the document has', async () => {
  await apply(DOCUMENT);
  await call('PUT', '/app/other', { name: 'Other' });
  await call('PUT', '/event-type/old', { description: '' });
  const some = { applications: [{ uid: 'acme', name: 'Acme', endpoints: [] }] };
  const changes = [
    { action: 'delete', kind: 'application', name: 'other', fields: [] },
    { action: 'delete', kind: 'endpoint', name: 'acme/billing', fields: [] },
    { action: 'delete', kind: 'endpoint', name: 'acme/crm', fields: [] },
  ];
  expect((await apply(some, '?dry_run=true&prune=true')).body).toMatchObject({ changes });
  expect((await apply(some, '?with_changes=true&prune=true')).body).toMatchObject({ changes });
  expect((await call('GET', '/app/other')).status).toBe(404);
  expect((await call('GET', '/event-type/old')).body).toMatchObject({ archived: false });
  expect((await apply({ eventTypes: [] }, '?prune=true')).status).toBe(204);
  expect((await call('GET', '/event-type/old')).body).toMatchObject({ archived: true });
  expect((await call('GET', '/app/acme')).status).toBe(200);
});

it('does not enable an endpoint that the engine has disabled', async () => {
  await apply(DOCUMENT);
  const acme = await server.storage.applications.get(DEFAULT_ORGANIZATION, 'acme');
  const found = await server.storage.endpoints.get(acme?.id ?? '', 'crm');
  if (found === null) throw new Error('there is no endpoint');
  const disabled = { at: 1, reason: 'failing' } as const;
  await server.storage.endpoints.update({ ...found, disabled }, found);
  await apply(await exported());
  expect((await call('GET', '/app/acme/endpoint/crm')).body).toMatchObject({
    disabledReason: 'failing',
  });
});

it('rotates to another secret of the endpoint', async () => {
  await apply({
    applications: [{ uid: 'b', name: 'B', endpoints: [{ uid: 'e', url: FULL.url }] }],
  });
  const before = await server.storage.applications.get(DEFAULT_ORGANIZATION, 'b');
  const endpoints = [{ uid: 'e', url: FULL.url, secret: FULL.secret }];
  const document = { applications: [{ uid: 'b', name: 'B', endpoints }] };
  expect((await apply(document)).body).toMatchObject({ changes: [{ fields: ['secret'] }] });
  const stored = await server.storage.endpoints.get(before?.id ?? '', 'e');
  expect(stored?.secrets).toMatchObject([{ key: FULL.secret }, { expiresAt: expect.any(Number) }]);
  expect((await apply(document)).body).toMatchObject({ changes: [] });
});

describe('a wrong document', () => {
  it('is refused as a whole, with every error and its place', async () => {
    const wrong = {
      eventTypes: [
        { name: 'a b', description: '' },
        { name: 'ok', description: '', schemas: { 1: { type: 'x' } } },
      ],
      applications: [
        { uid: 'a', name: 'A', nmae: 'A' },
        {
          uid: 'b',
          name: 'B',
          endpoints: [
            { url: 'https://example.com/' },
            { uid: 'e', url: 'http://10.0.0.1/' },
            { uid: 'f', url: 'https://example.com/', secret: 'whsec_short' },
          ],
        },
        { uid: 'b', name: 'B' },
        7,
      ],
    };
    const { status, body } = await apply(wrong);
    expect(status).toBe(422);
    const { detail } = body as { detail: { loc: string[] }[] };
    expect(detail.map(({ loc }) => loc.join('.')).toSorted()).toEqual([
      'body.applications.0.nmae',
      'body.applications.1.endpoints.0.uid',
      'body.applications.1.endpoints.1.url',
      'body.applications.1.endpoints.2.secret',
      'body.applications.2',
      'body.applications.3',
      'body.eventTypes.0.name',
      'body.eventTypes.1.schemas.1.type',
    ]);
    expect(await exported()).toMatchObject({ eventTypes: [], applications: [] });
  });

  it.each([
    [
      {
        applications: [
          { uid: 'a', name: 'A', endpoints: [{ uid: 'e', url: FULL.url, eventTypes: ['none'] }] },
        ],
      },
      'eventTypes.0',
    ],
    [
      {
        applications: [
          {
            uid: 'a',
            name: 'A',
            endpoints: [{ uid: 'e', url: FULL.url, authentication: { type: 'bearer' } }],
          },
        ],
      },
      'authentication.token',
    ],
    [{ applications: [{ id: 'app_x', name: 'A' }] }, 'applications.0.id'],
    [{ settings: { a: 1 } }, 'settings.a'],
    [{ connectors: [{}] }, 'connectors'],
    [{ eventType: [] }, 'eventType'],
    [{ version: 2 }, 'version'],
    [[], 'body'],
  ])('is refused by name: %j', async (document, place) => {
    const { status, body } = await apply(document);
    expect(status).toBe(422);
    const [error] = (body as { detail: { loc: string[] }[] }).detail;
    expect(error?.loc.join('.')).toMatch(new RegExp(`${place}$`));
  });

  it('has bounds on objects, errors and characters', async () => {
    const many = {
      eventTypes: Array.from({ length: 10_001 }, (_, n) => ({ name: `t${n}`, description: '' })),
    };
    expect(await apply(many)).toMatchObject({ status: 422, body: { detail: [{ loc: ['body'] }] } });
    const wrong = { applications: Array.from({ length: 500 }, () => 7) };
    const { body } = await apply(wrong);
    expect((body as { detail: object[] }).detail).toHaveLength(101);
    const large = { eventTypes: [], x: 'x'.repeat(9 * 1024 * 1024) };
    expect((await apply(large)).status).toBe(413);
  });
});

it('is refused to portals, and shows only its own organization', async () => {
  await apply(DOCUMENT);
  const { body } = await call('GET', '/app/acme');
  const portal = await server.issue({
    organizationId: DEFAULT_ORGANIZATION,
    applicationId: String(body['id']),
  });
  for (const path of ['/environment/export', '/environment/import']) {
    expect((await call('POST', path, {}, server, portal)).status).toBe(403);
  }
  const organizationId = `org_${'2'.repeat(27)}`;
  const stranger = await server.issue({ organizationId });
  expect(await exported('', server, stranger)).toMatchObject({ eventTypes: [], applications: [] });
});

it('starts again when somebody else changes something during the import', async () => {
  await apply(DOCUMENT);
  const { configuration } = server.storage;
  const original = configuration.apply.bind(configuration);
  let interfered = false;
  configuration.apply = async (...given) => {
    if (!interfered) {
      interfered = true;
      await call('PATCH', '/app/acme', { metadata: { plan: 'free' } });
    }
    return original(...given);
  };
  const document = { applications: [{ uid: 'acme', name: 'Renamed' }] };
  expect((await apply(document)).body).toMatchObject({ updated: 1 });
  expect((await call('GET', '/app/acme')).body).toMatchObject({
    name: 'Renamed',
    metadata: { plan: 'free' },
  });
});

it('waits for another import of the organization, and does not count its edits as foreign', async () => {
  await apply(DOCUMENT);
  const { configuration } = server.storage;
  const applied = vi.spyOn(configuration, 'apply');
  const named = (name: string) => apply({ applications: [{ uid: 'acme', name }] });
  const answers = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map(named));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  expect(applied).toHaveBeenCalledTimes(answers.length);
});

describe('an import in the audit', () => {
  const entries = async () => {
    const { body } = await call<{ data: { operation: string; objects: object }[] }>(
      'GET',
      '/audit?order=ascending&operation=configuration.import',
    );
    return body.data.map(({ objects }) => objects);
  };

  it('has an entry for each changed object', async () => {
    await apply(DOCUMENT);
    const endpointId = expect.stringMatching(/^ep_/);
    const all = [{ eventType: 'invoice.paid' }, {}, { endpointId }, { endpointId }];
    expect(await entries()).toEqual(all);
    await apply(DOCUMENT);
    await apply({ applications: [{ uid: 'acme', name: 'Other' }] }, '?dry_run=true');
    expect(await entries()).toEqual(all);
    await apply({ applications: [{ uid: 'acme', name: 'Other' }] });
    expect(await entries()).toEqual([...all, {}]);
  });
});

it('shows secrets only to tokens that may read them', async () => {
  await apply(DOCUMENT);
  const key = await server.operations.apiKeys.create(
    { organizationId: DEFAULT_ORGANIZATION },
    { name: 'reader', scopes: ['read'] },
  );
  expect(await exported('', server, key.token)).toMatchObject({ secrets: 'withheld' });
  const path = '/environment/export?with_secrets=true';
  expect(await call('POST', path, {}, server, key.token)).toMatchObject({
    status: 403,
    body: { code: 'insufficient_permissions' },
  });
});

it('reads each application and its endpoints once for an import', async () => {
  await apply(DOCUMENT);
  const { applications, endpoints } = server.storage;
  const reads = [vi.spyOn(applications, 'get'), vi.spyOn(endpoints, 'all')];
  const [acme] = DOCUMENT.applications;
  const edited = { ...DOCUMENT, eventTypes: [], applications: [{ ...acme, name: 'Acme Ltd' }] };
  const { body } = await apply(edited);
  expect(body).toMatchObject({ updated: 1, unchanged: 2 });
  expect(reads.map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
});
