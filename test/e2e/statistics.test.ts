import { BackgroundTaskStatus, BackgroundTaskType, Svix } from 'svix';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DEFAULT_ORGANIZATION } from '../../src/operations/operations.ts';
import type { AttemptStatisticsOut } from '../../src/operations/operations.ts';
import { type HttpApp, startHttpApp } from '../support/http-app.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { waitFor } from '../support/wait-for.ts';

let receiver: Receiver;
let app: HttpApp;

beforeEach(async () => {
  receiver = await startReceiver();
  app = await startHttpApp({ retrySchedule: '' });
});
afterEach(async () => {
  await app.close();
  await receiver.close();
});

async function ask(path: string, token = app.token): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(`${app.url}/api/v1${path}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return { status: answer.status, body: await answer.json() };
}

test('an endpoint and its application have counts, status codes and durations, by hour and day', async () => {
  receiver.answer = (request, response) =>
    response.writeHead(request.path === '/bad' ? 503 : 200).end();
  const { applications, endpoints, messages } = app.operations;
  const owner = { organizationId: DEFAULT_ORGANIZATION };
  await applications.create(owner, { name: 'Acme', uid: 'acme' });
  for (const uid of ['good', 'bad']) {
    await endpoints.create(owner, 'acme', { url: `${receiver.url}${uid}`, uid });
  }
  for (let n = 0; n < 3; n++) {
    await messages.create(owner, 'acme', { eventType: 'a', payload: {} });
  }
  await waitFor(() => app.events.length === 6, 'six attempts to be recorded');

  const all = (await ask('/stats/app/acme/attempt')).body as AttemptStatisticsOut;
  expect(all.period).toBe('OneHour');
  expect(all.total).toMatchObject({ successCount: 3, failureCount: 3, exhaustedCount: 3 });
  expect(all.total.results).toEqual({ 200: 3, 503: 3 });
  expect(all.data.successCount).toHaveLength(24);
  expect(all.data.successCount.reduce((sum, count) => sum + count, 0)).toBe(3);
  expect(all.data.durationMs.filter((each) => each !== null).length).toBeGreaterThan(0);
  expect(Date.parse(all.endDate) - Date.parse(all.startDate)).toBe(24 * 60 * 60 * 1000);

  expect(all.total.acceptedCount).toBe(3);
  expect(all.total.arrivalMs?.p99).toBeGreaterThan(0);
  expect(all.data.acceptedCount?.at(-1)).toBe(3);
  const whole = await ask('/stats/attempt?period=FiveMinutes');
  expect(whole.body).toMatchObject({
    period: 'FiveMinutes',
    total: { acceptedCount: 3, successCount: 3, failureCount: 3 },
  });
  expect((whole.body as AttemptStatisticsOut).data.acceptedCount).toHaveLength(288);
  const day = 'since=2026-01-01T00:30:00Z&until=2026-01-02T00:00:00Z';
  expect((await ask(`/app/acme/stats/attempts?${day}`)).body).toEqual({
    by_event_type: {},
    total_success: 0,
    total_failure: 0,
    total_canceled: 0,
    since: '2026-01-01T00:00:00.000Z',
    until: '2026-01-02T00:00:00.000Z',
  });
  const now = `since=${new Date(Date.now() - 60_000).toISOString()}&until=${new Date().toISOString()}`;
  expect((await ask(`/app/acme/stats/attempts?${now}`)).body).toMatchObject({
    by_event_type: { a: { success: 3, failure: 3, canceled: 0 } },
    total_success: 3,
    total_failure: 3,
  });
  expect((await ask(`/app/acme/stats/attempts?${now}&event_types=b`)).body).toMatchObject({
    by_event_type: {},
    total_success: 0,
  });

  const path = '/stats/app/acme/endpoint/bad/attempt?period=OneDay&startDate=2026-01-01T05:00:00Z';
  const bad = (await ask(`${path}&endDate=2026-01-02T00:00:01Z`)).body as AttemptStatisticsOut;
  expect(bad).toMatchObject({
    startDate: '2026-01-01T00:00:00.000Z',
    endDate: '2026-01-03T00:00:00.000Z',
    data: { successCount: [0, 0], results: [{}, {}], durationMs: [null, null] },
    total: { durationMs: null, acceptedCount: null },
  });
  const today = await ask('/stats/app/acme/endpoint/bad/attempt?period=OneDay');
  expect(today.body).toMatchObject({ total: { successCount: 0, results: { 503: 3 } } });
});

test('several endpoints are asked at once, but none of another application', async () => {
  receiver.answer = (request, response) =>
    response.writeHead(request.path === '/bad' ? 503 : 200).end();
  const { applications, endpoints, messages } = app.operations;
  const owner = { organizationId: DEFAULT_ORGANIZATION };
  const make = async (of: string, path: string) =>
    (await endpoints.create(owner, of, { url: `${receiver.url}${path}` })).id;
  await applications.create(owner, { name: 'Acme', uid: 'acme' });
  await applications.create(owner, { name: 'Other', uid: 'other' });
  const [good, bad, others] = [
    await make('acme', 'good'),
    await make('acme', 'bad'),
    await make('other', 'good'),
  ];
  for (const of of ['acme', 'other']) {
    await messages.create(owner, of, { eventType: 'a', payload: {} });
  }
  await waitFor(() => app.events.length === 3, 'three attempts to be recorded');

  const path = '/stats/app/acme/attempt';
  const all = (await ask(`${path}?endpoint_ids=${good},${bad},${others},ep_none`))
    .body as AttemptStatisticsOut;
  expect(Object.keys(all.endpoints ?? {})).toEqual([good, bad]);
  for (const endpoint of [good, bad]) {
    const one = await ask(`/stats/app/acme/endpoint/${endpoint}/attempt`);
    const { data, total } = one.body as AttemptStatisticsOut;
    expect(all.endpoints?.[endpoint]).toEqual({ data, total });
  }
  expect(all.endpoints?.[bad]?.total).toMatchObject({ successCount: 0, failureCount: 1 });
  expect(all.total).toMatchObject({ successCount: 1, failureCount: 1 });
  expect((await ask(path)).body).not.toHaveProperty('endpoints');
  const many = Array.from({ length: 9 }, (_, n) => `ep_${n}`).join();
  const week = new Date(Date.now() - 7 * 86_400_000).toISOString();
  expect((await ask(`${path}?endpoint_ids=${many}&startDate=${week}`)).status).toBe(200);
  for (const refused of [
    `${many}&period=OneDay`,
    `${bad}&period=FiveMinutes`,
    `${bad},${bad}`,
    'x'.repeat(65),
  ]) {
    expect((await ask(`${path}?endpoint_ids=${refused}`)).status).toBe(422);
  }
});

test('a time without statistics, and too long a time, are refused', async () => {
  const owner = { organizationId: DEFAULT_ORGANIZATION };
  await app.operations.applications.create(owner, { name: 'Acme', uid: 'acme' });
  const { value: other } = await app.operations.applications.create(owner, { name: 'Other' });
  const queries = [
    'period=OneMinute',
    'event_types=a',
    'startDate=2025-01-01T00:00:00Z&endDate=2026-01-01T00:00:00Z',
    'startDate=2026-01-02T00:00:00Z&endDate=2026-01-01T00:00:00Z',
    'since=2026-01-02T00:00:00Z',
    'period=FiveMinutes&startDate=2026-01-01T00:00:00Z&endDate=2026-01-03T00:05:00Z',
  ];
  for (const query of queries) {
    expect([query, (await ask(`/stats/app/acme/attempt?${query}`)).status]).toEqual([query, 422]);
  }
  const portal = await app.tokens?.issue({ ...owner, applicationId: other.id });
  expect((await ask('/stats/app/acme/attempt', portal)).status).toBe(404);
  expect((await ask(`/stats/app/${other.id}/attempt`, portal)).status).toBe(200);
  expect((await ask('/stats/app/acme/endpoint/none/attempt')).status).toBe(404);
  expect((await ask('/app/acme/stats/attempts')).status).toBe(422);
});

test('applications with an endpoint are counted, and endpoints', async () => {
  const owner = { organizationId: DEFAULT_ORGANIZATION };
  const { applications, endpoints } = app.operations;
  const counts = async () => [
    (await ask('/app/stats/count-active')).body,
    (await ask('/app/stats/count-active?exclude_disabled=false')).body,
    (await ask('/stats/endpoint/count')).body,
  ];
  for (const uid of ['none', 'off', 'on']) await applications.create(owner, { name: uid, uid });
  for (const [uid, disabled] of [
    ['off', true],
    ['on', false],
    ['on', true],
  ] as const) {
    await endpoints.create(owner, uid, { url: receiver.url, disabled });
  }
  expect(await counts()).toEqual([{ count: 1 }, { count: 2 }, { active: 1, disabled: 2 }]);
  await applications.delete(owner, 'off');
  expect(await counts()).toEqual([{ count: 1 }, { count: 1 }, { active: 1, disabled: 1 }]);
  const path = '/stats/app/on/endpoint/x/attempt';
  await endpoints.create(owner, 'on', { url: receiver.url, uid: 'x' });
  expect((await ask(`${path}?period=FiveMinutes`)).status).toBe(422);
});

test('tasks count the attempts of each application, and collect the event types that endpoints want', async () => {
  const owner = { organizationId: DEFAULT_ORGANIZATION };
  const { applications, endpoints, messages } = app.operations;
  const appIds: Record<string, string> = {};
  for (const uid of ['acme', 'idle']) {
    appIds[uid] = (await applications.create(owner, { name: uid, uid })).value.id;
  }
  for (const name of ['a', 'b', 'c']) {
    await app.operations.eventTypes.create(owner, { name, description: '' });
  }
  for (const eventTypes of [['b', 'a'], ['b', 'c'], null]) {
    await endpoints.create(owner, 'acme', { url: receiver.url, eventTypes });
  }
  await messages.create(owner, 'acme', { eventType: 'a', payload: {} });
  await waitFor(() => app.events.length === 2, 'two attempts to be recorded');

  const svix = new Svix(app.token, { serverUrl: app.url });
  const finished = (id: string) =>
    waitFor(async () => {
      const task = await svix.backgroundTask.get(id);
      return task.status === BackgroundTaskStatus.Finished && task;
    }, 'the task to finish');
  const since = new Date(Date.now() - 60_000);
  const until = new Date();
  const all = await svix.statistics.aggregateAppStats({ since, until });
  expect(all).toMatchObject({ task: 'application.stats', unresolvedAppIds: [] });
  expect((await finished(all.id)).data).toMatchObject({
    appId: null,
    endpointId: null,
    scanned: 2,
    appStats: [
      { appId: appIds['acme'], appUid: 'acme', messageDestinations: 2 },
      { appId: appIds['idle'], appUid: 'idle', messageDestinations: 0 },
    ],
  });
  const named = { since, until, appIds: ['acme', 'gone', appIds['acme'] ?? ''] };
  const some = await svix.statistics.aggregateAppStats(named);
  expect(some.unresolvedAppIds).toEqual(['gone']);
  const { data } = await finished(some.id);
  expect(data['appStats']).toMatchObject([{ appUid: 'acme' }]);

  const types = await svix.statistics.aggregateEventTypes();
  expect(types.task).toBe('event-type.aggregate');
  expect((await finished(types.id)).data['event_types']).toEqual([
    {
      appId: appIds['acme'],
      explicitlySubscribedEventTypes: ['a', 'b', 'c'],
      hasCatchAllEndpoint: true,
    },
    { appId: appIds['idle'], explicitlySubscribedEventTypes: [], hasCatchAllEndpoint: false },
  ]);
  const task = BackgroundTaskType.ApplicationStats;
  const listed = await svix.backgroundTask.list({ task });
  expect(listed.data.map(({ id }) => id)).toEqual([some.id, all.id]);
  expect(listed.data[0]?.data).not.toHaveProperty('appStats');

  const long = { since: new Date(until.getTime() - 93 * 86_400_000), until };
  await expect(svix.statistics.aggregateAppStats(long)).rejects.toMatchObject({ code: 422 });
});
