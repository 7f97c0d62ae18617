import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  OPERATIONAL_EVENT_TYPES,
  OPERATIONAL_ORGANIZATION,
} from '../../src/domain/operational-event.ts';
import { DEFAULT_ORGANIZATION } from '../../src/operations/operations.ts';
import { verify } from '../../src/receiver/index.ts';
import { type HttpApp, startHttpApp } from '../support/http-app.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { waitFor } from '../support/wait-for.ts';

const LIST = '/operational-webhook/endpoint';
const OWNER = { organizationId: DEFAULT_ORGANIZATION };
let receiver: Receiver;
let app: HttpApp;

beforeEach(async () => {
  receiver = await startReceiver();
  app = await startHttpApp({ retrySchedule: '0.01,0.01,0.01,0.01', disableAfter: '8 failures' });
});
afterEach(async () => {
  await app.close();
  await receiver.close();
});

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters
async function call<T>(method: string, path: string, body?: unknown, token = app.token) {
  const answer = await fetch(`${app.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: (text === '' ? null : JSON.parse(text)) as T };
}

interface Told {
  readonly type: string;
  readonly data: Record<string, unknown>;
}

/** Waits until the operational endpoint got `count` events, and returns them. */
function told(count: number): Promise<Told[]> {
  return waitFor(() => {
    const requests = receiver.received.filter(({ path }) => path === '/told');
    return requests.length >= count && requests.map(({ body }) => JSON.parse(body) as Told);
  }, `${count} operational webhooks`);
}

const answering = (status: (path: string) => number) => {
  receiver.answer = (request, response) => response.writeHead(status(request.path)).end();
};

test('operational webhooks tell of endpoints and deliveries, signed, and never of themselves', async () => {
  const created = await call<{ id: string }>('POST', LIST, { url: `${receiver.url}told` });
  expect(created.status).toBe(201);
  const { key } = (await call<{ key: string }>('GET', `${LIST}/${created.body.id}/secret`)).body;

  await call('POST', '/app', { name: 'Acme', uid: 'acme' });
  const url = `${receiver.url}customer`;
  const { id } = (await call<{ id: string }>('POST', '/app/acme/endpoint', { url, uid: 'one' }))
    .body;
  await call('PATCH', '/app/acme/endpoint/one', { description: 'changed' });
  await call('PATCH', '/app/acme/endpoint/one', { disabled: true });
  await call('PATCH', '/app/acme/endpoint/one', { disabled: false });
  const events = await told(4);
  expect(events.map(({ type }) => type).toSorted()).toEqual([
    'endpoint.created',
    'endpoint.disabled',
    'endpoint.enabled',
    'endpoint.updated',
  ]);
  expect(events.find(({ type }) => type === 'endpoint.created')?.data).toMatchObject({
    appUid: 'acme',
    endpointId: id,
    endpointUid: 'one',
  });
  const [request] = receiver.received.filter(({ path }) => path === '/told');
  expect(request && verify(request.body, request.headers, key)).toMatchObject({ ok: true });

  // All five attempts fail. Events come at half and at three quarters of eight failures, and at eight.
  answering((path) => (path === '/customer' ? 500 : 200));
  const message = { eventType: 'a', payload: {} };
  const { id: msgId } = (await call<{ id: string }>('POST', '/app/acme/msg', message)).body;
  await told(7);
  await call('POST', '/app/acme/msg', message);
  const more = (await told(9)).slice(4);
  const types = more.map(
    ({ type, data }) => `${type} ${String(data['progress'] ?? data['trigger'])}`,
  );
  expect(types.toSorted()).toEqual([
    'endpoint.disabled automatic',
    'endpoint.failing 0.5',
    'endpoint.failing 0.75',
    'message.attempt.exhausted undefined',
    'message.attempt.failing undefined',
  ]);
  expect(more.find(({ type }) => type === 'message.attempt.exhausted')?.data).toMatchObject({
    msgId,
    endpointId: id,
    endpointUid: 'one',
    lastAttempt: { responseStatusCode: 500 },
  });

  await call('DELETE', '/app/acme/endpoint/one');
  expect((await told(10)).at(-1)?.type).toBe('endpoint.deleted');
});

test('an operational endpoint that fails makes no events, and no list shows it', async () => {
  answering(() => 500);
  // Events about this organization would cause events without end.
  const hidden = { organizationId: OPERATIONAL_ORGANIZATION };
  await app.operations.operationalWebhooks.create(hidden, { url: `${receiver.url}loop` });
  const { body } = await call<{ id: string }>('POST', LIST, { url: `${receiver.url}told` });
  await call('POST', '/app', { name: 'Acme', uid: 'acme' });
  await call('POST', '/app/acme/endpoint', { url: `${receiver.url}customer` });
  await waitFor(() => app.events.some(({ kind }) => kind === 'exhausted'), 'the last attempt');
  // An event of that change would come before this one.
  await call('PATCH', `${LIST}/${body.id}`, { description: 'x' });
  await call('POST', '/app/acme/endpoint', { url: `${receiver.url}customer`, uid: 'last' });
  await waitFor(
    () => app.events.filter(({ kind }) => kind === 'exhausted' || kind === 'disabled').length > 1,
    'the second event',
  );
  const types = new Set(
    receiver.received.map((request) => (JSON.parse(request.body) as Told).type),
  );
  expect([...types]).toEqual(['endpoint.created']);
  expect(receiver.received.filter(({ path }) => path === '/loop')).toEqual([]);

  const applications = await app.operations.applications.list(OWNER);
  expect(applications.data.map(({ uid }) => uid)).toEqual(['acme']);
  expect((await app.operations.eventTypes.list(OWNER)).data).toEqual([]);
  expect((await call('GET', '/app/operational')).status).toBe(404);
});

test('the routes of the client libraries work: list, get, put, delete, secret, headers, event types', async () => {
  const input = { url: `${receiver.url}told`, uid: 'ops', eventTypes: ['endpoint.disabled'] };
  const { body } = await call<{ id: string; eventTypes: string[] }>('POST', LIST, input);
  expect(body).toMatchObject({ uid: 'ops', eventTypes: ['endpoint.disabled'], metadata: {} });
  const list = await call<{ data: { id: string }[] }>('GET', LIST);
  expect(list.body.data.map(({ id }) => id)).toEqual([body.id]);
  expect((await call('GET', `${LIST}/ops`)).body).toMatchObject({ id: body.id });
  const put = await call('PUT', `${LIST}/ops`, { url: input.url, description: 'mine' });
  expect(put).toMatchObject({ status: 200, body: { description: 'mine', eventTypes: null } });
  expect((await call('PUT', `${LIST}/ops/headers`, { headers: { 'X-A': '1' } })).status).toBe(204);
  expect((await call('GET', `${LIST}/ops/headers`)).body).toMatchObject({
    headers: { 'X-A': '1' },
  });
  const before = await call<{ key: string }>('GET', `${LIST}/ops/secret`);
  const rotated = await call<{ key: string }>('POST', `${LIST}/ops/secret/rotate`, {});
  expect(rotated.body.key).not.toBe(before.body.key);
  const unknown = await call('POST', LIST, { url: input.url, eventTypes: ['endpoint.exploded'] });
  expect(unknown.status).toBe(422);

  const { value } = await app.operations.applications.create(OWNER, { name: 'Acme' });
  const portal = await app.tokens?.issue({ ...OWNER, applicationId: value.id });
  expect((await call('GET', LIST, undefined, portal)).status).toBe(403);
  expect((await call('DELETE', `${LIST}/ops`)).status).toBe(204);
  expect((await call('GET', `${LIST}/ops`)).status).toBe(404);
});

test('an endpoint set up as with Svix, in an application of the management organization, gets events', async () => {
  const management = { organizationId: OPERATIONAL_ORGANIZATION };
  const { applications, endpoints, eventTypes } = app.operations;
  const names = Object.keys(OPERATIONAL_EVENT_TYPES);
  const found = await Promise.all(names.map((name) => eventTypes.get(management, name)));
  expect(found.map(({ name }) => name)).toEqual(names);

  await applications.create(management, { name: 'Told', uid: DEFAULT_ORGANIZATION });
  await endpoints.create(management, DEFAULT_ORGANIZATION, { url: `${receiver.url}told` });
  await call('POST', '/app', { name: 'Acme', uid: 'acme' });
  await call('POST', '/app/acme/endpoint', { url: `${receiver.url}customer` });
  expect((await told(1))[0]?.type).toBe('endpoint.created');
});

test('operational webhooks tell of each endpoint that is deleted with its application, by DELETE or an import', async () => {
  await call('POST', LIST, { url: `${receiver.url}told`, eventTypes: ['endpoint.deleted'] });
  const ends: [name: string, end: () => Promise<{ status: number }>][] = [
    ['deleted', () => call('DELETE', '/app/deleted')],
    ['pruned', () => call('POST', '/environment/import?prune=true', { applications: [] })],
  ];
  for (const [index, [uid, end]] of ends.entries()) {
    const { body } = await call<{ id: string }>('POST', '/app', { name: 'Acme', uid });
    for (const name of ['one', 'two', 'before']) {
      await call('POST', `/app/${uid}/endpoint`, { url: `${receiver.url}customer`, uid: name });
    }
    await call('DELETE', `/app/${uid}/endpoint/before`);
    expect((await end()).status).toBe(204);
    const events = (await told(3 * (index + 1))).slice(-3).map(({ data }) => data);
    const uids = events.map(({ endpointUid }) => String(endpointUid));
    expect(uids.toSorted()).toEqual(['before', 'one', 'two']);
    const withIt = events.filter(({ endpointUid }) => endpointUid !== 'before');
    for (const data of withIt) expect(data).toMatchObject({ appId: body.id, appUid: uid });
  }
});

test('operational webhooks tell once of the end of a task, however it ends', async () => {
  await call('POST', LIST, {
    url: `${receiver.url}told`,
    eventTypes: ['background_task.finished'],
  });
  await call('POST', '/app', { name: 'Acme', uid: 'acme' });
  const url = `${receiver.url}customer`;
  const { id: endpointId } = (await call<{ id: string }>('POST', '/app/acme/endpoint', { url }))
    .body;
  const since = new Date(Date.now() - 1_000).toISOString();
  const start = () =>
    call<{ id: string }>('POST', `/app/acme/endpoint/${endpointId}/recover`, { since });
  const { id } = (await start()).body;
  const [event] = await told(1);
  expect(event).toMatchObject({
    type: 'background_task.finished',
    data: {
      appUid: 'acme',
      endpointId,
      taskId: id,
      task: 'endpoint.recover',
      status: 'finished',
      data: { changed: 0, reason: null },
    },
  });
  const { id: other } = (await start()).body;
  await call('POST', `/background-task/${other}/cancel`);
  const events = await told(2);
  expect(events[1]?.data).toMatchObject({ taskId: other, status: 'failed' });
  await call('PUT', '/stats/usage/event-types');
  expect((await told(3))[2]?.data).toMatchObject({
    appId: null,
    task: 'event-type.aggregate',
    status: 'finished',
  });
});
