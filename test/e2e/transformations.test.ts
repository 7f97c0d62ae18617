import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { DEFAULT_ORGANIZATION } from '../../src/operations/operations.ts';
import { Webhook } from 'standardwebhooks';
import { apiCalls } from '../support/api-calls.ts';
import { type HttpApp, startHttpApp } from '../support/http-app.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { waitFor } from '../support/wait-for.ts';

/** Transformations of endpoints, set over HTTP and seen by the receiver. */
let app: HttpApp;
let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver();
  app = await startHttpApp({ retrySchedule: [0] });
});
afterAll(async () => {
  await app.close();
  await receiver.close();
});
beforeEach(() => {
  receiver.received.length = 0;
  receiver.answer = (_request, response) => void response.end();
});

const OWN = { organizationId: DEFAULT_ORGANIZATION };
const PATH = (uid: string) => `/app/${uid}/endpoint/e/transformation`;

async function endpointOf(uid: string, code: string, more = {}): Promise<void> {
  const { applications, endpoints } = app.operations;
  await applications.create(OWN, { name: uid, uid });
  await endpoints.create(OWN, uid, {
    url: `${receiver.url}in?a=1`,
    uid: 'e',
    headers: { 'X-Kept': 'of the endpoint', 'X-Changed': 'of the endpoint' },
  });
  const patch = { code, enabled: true, ...more };
  expect(await call('PATCH', PATH(uid), patch)).toEqual({ status: 204, body: null });
}

const { call } = apiCalls(() => app);

async function publish(uid: string, payload: unknown): Promise<string> {
  const input = { eventType: 'invoice.paid', channels: ['eu'], payload };
  return (await app.operations.messages.create(OWN, uid, input)).id;
}

interface Attempted {
  readonly status: number;
  readonly failure?: string;
}

async function attempts(uid: string, id: string, count: number): Promise<Attempted[]> {
  let found: Attempted[] = [];
  await waitFor(
    async () => {
      const { data } = await app.operations.attempts.listByMessage(OWN, uid, id);
      found = data as unknown as Attempted[];
      return found.length >= count;
    },
    `${count} attempts`,
    30_000,
  );
  return found;
}

it('payload, headers, path and method are changed before the signature', async () => {
  await endpointOf(
    'changed',
    `const add = (list) => list.reduce((sum, n) => sum + n, 0);
    function handler(webhook) {
      const { eventType, channels, variables } = webhook;
      webhook.payload = { sum: add(webhook.payload), eventType, channels, variables };
      webhook.headers = { 'x-changed': 'yes' };
      webhook.url = webhook.url.replace('/in?a=1', '/' + eventType + '?b=2');
      webhook.method = 'PUT';
      return webhook;
    }`,
    { variables: { team: 'blue' } },
  );
  const methods: (string | undefined)[] = [];
  receiver.answer = (_request, response) => {
    methods.push(response.req.method);
    response.end();
  };
  await publish('changed', [1, 2, 3]);
  await waitFor(() => receiver.received.length > 0, 'the webhook', 30_000);
  const [got] = receiver.received;
  expect(got).toMatchObject({ path: '/invoice.paid?b=2' });
  expect(methods).toEqual(['PUT']);
  const { headers, body } = got as { headers: Record<string, string>; body: string };
  expect(headers).toMatchObject({ 'x-changed': 'yes', 'x-kept': 'of the endpoint' });
  const { key } = await app.operations.endpoints.getSecret(OWN, 'changed', 'e');
  expect(new Webhook(key).verify(body, headers)).toEqual({
    sum: 6,
    eventType: 'invoice.paid',
    channels: ['eu'],
    variables: { team: 'blue' },
  });
});

it.each([
  ['throws', 'throw new Error("no " + webhook.payload.a)', /threw Error: no 1 at line 1/],
  ['hangs', 'for (;;) {}', /more than 250 ms of CPU|did not end within/],
  [
    'fills memory',
    'const all = []; for (;;) all.push(new Array(1000).fill(1))',
    /of memory|of CPU|did not end within/,
  ],
  ['recurses', 'return handler(webhook)', /threw|lost/],
  ['returns nothing', 'webhook.cancel = true;', /must return the webhook, an object/],
  ['is asynchronous', 'return Promise.resolve(webhook)', /must not be async/],
  ['changes the host', 'webhook.url = "http://127.0.0.2/"; return webhook', /another host/],
  [
    'sets a forbidden header',
    'webhook.headers = { "Webhook-Id": "x" }; return webhook',
    /"Webhook-Id" is set by the server/,
  ],
  [
    'ends a header line',
    String.raw`webhook.headers = { a: "b\r\nc: d" }; return webhook`,
    /cannot hold/,
  ],
])('a program that %s fails the attempt, and nothing is sent', async (name, code, said) => {
  const uid = name.replaceAll(' ', '-');
  await endpointOf(uid, `function handler(webhook) { ${code} }`);
  const id = await publish(uid, { a: 1 });
  const made = await attempts(uid, id, 2);
  for (const attempt of made) {
    expect(attempt).toMatchObject({
      failure: 'transformation',
      detail: expect.stringMatching(said),
    });
  }
  expect(receiver.received).toEqual([]);
});

it('a program that cancels ends the delivery, without a retry or a failure of the endpoint', async () => {
  await endpointOf(
    'cancels',
    'function handler(webhook) { webhook.cancel = true; return webhook; }',
  );
  const id = await publish('cancels', { a: 1 });
  await attempts('cancels', id, 1);
  const { data } = await app.operations.attempts.listByMessage(OWN, 'cancels', id);
  expect(data).toHaveLength(1);
  expect(await call('GET', `/app/cancels/msg/${id}/endpoint?expanded_statuses=true`)).toMatchObject(
    {
      body: { data: [{ status: 4 }] },
    },
  );
  expect(receiver.received).toEqual([]);
});

it('an edit takes effect for the next message, and a disabled program does not run', async () => {
  await endpointOf('edited', 'function handler(webhook) { webhook.payload = 1; return webhook; }');
  await publish('edited', {});
  await waitFor(() => receiver.received.length === 1, 'the first webhook', 30_000);
  await call('PATCH', PATH('edited'), { enabled: false });
  await publish('edited', {});
  await waitFor(() => receiver.received.length === 2, 'the second webhook', 30_000);
  expect(receiver.received.map(({ body }) => body)).toEqual(['1', '{}']);
  expect(await call('GET', PATH('edited'))).toMatchObject({
    body: { enabled: false, variables: null, updatedAt: expect.any(String) },
  });
  await call('PATCH', PATH('edited'), { variables: { key: 'secret' } });
  expect(await call('GET', PATH('edited'))).toMatchObject({
    body: { variables: { key: 'secret' }, variablesWithheld: false },
  });
  const reader = { ...OWN, rights: new Set(['endpoint:read'] as const) };
  const { endpoints } = app.operations;
  expect(await endpoints.getTransformation(reader, 'edited', 'e')).toMatchObject({
    variables: null,
    variablesWithheld: true,
  });
});

it('enabling needs code', async () => {
  await app.operations.applications.create(OWN, { name: 'empty', uid: 'empty' });
  await app.operations.endpoints.create(OWN, 'empty', { url: receiver.url, uid: 'e' });
  const none = {
    code: null,
    enabled: false,
    variables: null,
    variablesWithheld: false,
    updatedAt: null,
  };
  expect(await call('GET', PATH('empty'))).toEqual({ status: 200, body: none });
  expect((await call('PATCH', PATH('empty'), { enabled: true })).status).toBe(422);
  expect((await call('PATCH', PATH('empty'), { code: 'x'.repeat(51_201) })).status).toBe(422);
  const broken = { code: 'function handler(webhook) { return', enabled: true };
  expect(await call('PATCH', PATH('empty'), broken)).toMatchObject({
    status: 422,
    body: { detail: [{ loc: ['body', 'code'], msg: expect.stringMatching(/SyntaxError/) }] },
  });
  const endpoints = [{ uid: 'e', url: receiver.url, transformation: broken }];
  const document = { applications: [{ uid: 'empty', name: 'empty', endpoints }] };
  expect(await call('POST', '/environment/import', document)).toMatchObject({
    status: 422,
    body: {
      detail: [
        {
          loc: ['body', 'applications', '0', 'endpoints', '0', 'transformation', 'code'],
          msg: expect.stringMatching(/SyntaxError/),
        },
      ],
    },
  });
  // The program fails for an example without payload, but perhaps not for real messages.
  const particular = { code: 'function handler({ payload }) { return payload.a.b; }' };
  expect((await call('PATCH', PATH('empty'), particular)).status).toBe(204);
});

it('a simulation answers with the request that would be sent, the same each time, or with the error', async () => {
  await endpointOf('simulated', 'function handler(webhook) { return webhook; }');
  const input = {
    code: `function handler(webhook) {
      webhook.payload = { now: Date.now() === new Date().getTime(), host: typeof process, f: typeof fetch };
      webhook.url += '&c=3';
      return webhook;
    }`,
    eventType: 'a',
    payload: {},
  };
  expect(await call('POST', `${PATH('simulated')}/simulate`, input)).toEqual({
    status: 200,
    body: {
      url: `${receiver.url}in?a=1&c=3`,
      payload: '{"now":true,"host":"undefined","f":"undefined"}',
      method: 'POST',
      cancel: false,
      headers: {},
    },
  });
  // Two slashes at the beginning of a path must not name another host.
  const slashes = `function handler(webhook) {
    webhook.url = webhook.url.replace('/in?a=1', '//elsewhere.test/?b=1');
    return webhook;
  }`;
  const shown = await call('POST', `${PATH('simulated')}/simulate`, { ...input, code: slashes });
  expect(shown.body).toMatchObject({ url: `${receiver.url}/elsewhere.test/?b=1` });
  expect((await call('PATCH', PATH('simulated'), { code: slashes })).status).toBe(204);
  await publish('simulated', {});
  await waitFor(() => receiver.received.length > 0, 'the webhook', 30_000);
  const [{ path, headers } = { path: '', headers: {} }] = receiver.received;
  expect([path, headers['host']]).toEqual(['//elsewhere.test/?b=1', new URL(receiver.url).host]);
  const wrong = { ...input, code: 'function handler( {' };
  expect(await call('POST', `${PATH('simulated')}/simulate`, wrong)).toMatchObject({
    status: 422,
    body: { detail: [{ loc: ['body', 'code'], msg: expect.stringMatching(/SyntaxError/) }] },
  });
});

it('statistics count attempts at which a program cancelled the delivery', async () => {
  const code = `function handler(webhook) {
    webhook.cancel = webhook.payload !== 1;
    return webhook;
  }`;
  await endpointOf('counted', code);
  for (const payload of [1, 2, 3]) await attempts('counted', await publish('counted', payload), 1);
  const { body } = await call('GET', '/stats/app/counted/attempt?period=OneDay');
  expect(body).toMatchObject({
    total: { successCount: 1, failureCount: 0, canceledCount: 2, results: { transformation: 2 } },
  });
  const { data } = body as { data: { canceledCount: number[] } };
  expect(data.canceledCount.reduce((sum, count) => sum + count, 0)).toBe(2);
  const since = new Date(Date.now() - 3_600_000).toISOString();
  const period = `since=${since}&until=${new Date().toISOString()}`;
  for (const filter of ['', '&event_types=invoice.paid']) {
    const byType = await call('GET', `/app/counted/stats/attempts?${period}${filter}`);
    expect(byType.body).toMatchObject({
      by_event_type: { 'invoice.paid': { success: 1, failure: 0, canceled: 2 } },
      total_success: 1,
      total_failure: 0,
      total_canceled: 2,
    });
  }
});
