import { type TestContext, test } from 'vitest';
import type { Settings } from '../../src/config/settings.ts';
import type { StartTask, TaskOut } from '../../src/operations/operations.ts';
import { type TestApp, OWNER, publish, register, startApp, statusOf } from '../support/app.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { waitFor } from '../support/wait-for.ts';

interface World {
  app: TestApp;
  readonly receiver: Receiver;
  readonly endpoint: string;
  readonly since: string;
}

async function begin(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  settings: Settings = { retrySchedule: [] },
): Promise<World> {
  const receiver = await startReceiver();
  const app = await startApp(settings);
  const { endpoint } = await register(app, { url: receiver.url });
  const world = { app, receiver, endpoint, since: new Date().toISOString() };
  onTestFinished(async () => {
    await world.app.close();
    await receiver.close();
  });
  return world;
}

/** Waits until the task has ended, and returns it. */
async function finished({ app }: World, id: string): Promise<TaskOut> {
  return waitFor(async () => {
    const task = await app.operations.tasks.get(OWNER, id);
    return task.status !== 'running' && task;
  }, 'the task to end');
}

async function started(
  { expect }: TestContext,
  world: World,
  start: StartTask,
  input: object,
): Promise<TaskOut> {
  const { endpoint } = world;
  const { count } = (await start(OWNER, 'customer', endpoint, { ...input, dryRun: true })) as {
    count: number;
  };
  const out = await start(OWNER, 'customer', endpoint, input);
  if ('count' in out) throw new Error('it was no dry run');
  expect(out).toEqual({
    id: expect.stringMatching(/^qtask_\w{27}$/),
    status: 'running',
    task: expect.any(String),
    updatedAt: expect.any(String),
  });
  const task = await finished(world, out.id);
  expect(task.data.changed).toBe(count);
  return task;
}

async function publishMany(
  { app }: World,
  count: number,
  eventType = 'test.event',
  tags: string[] = [],
) {
  const ids: string[] = [];
  for (let number = 0; number < count; number++) {
    ids.push((await publish(app, 'customer', number, { eventType, tags })).id);
  }
  return ids;
}

const idsAt = ({ receiver }: World) =>
  receiver.received.map(({ headers }) => String(headers['webhook-id'])).toSorted(byText);

const byText = (one: string, other: string) => (one < other ? -1 : 1);

test.concurrent('recover delivers failed messages once, and no delivered ones', async (context) => {
  const { expect } = context;
  const world = await begin(context);
  const { app, receiver, since } = world;
  await publishMany(world, 2);
  await waitFor(() => app.events.length === 2);
  receiver.answer = (_request, response) => response.writeHead(500).end();
  const failed = await publishMany(world, 3);
  await waitFor(() => app.events.length === 5);
  receiver.answer = (_request, response) => response.end();
  receiver.received.length = 0;

  const task = await started(context, world, app.operations.tasks.recover, { since });
  expect(task).toMatchObject({
    status: 'finished',
    task: 'endpoint.recover',
    data: { scanned: 3, changed: 3, reason: null, endpointId: world.endpoint },
  });
  await waitFor(() => receiver.received.length >= 3);
  const again = await started(context, world, app.operations.tasks.recover, { since });
  expect(again.data).toMatchObject({ scanned: 3, changed: 0 });
  expect(idsAt(world)).toEqual(failed);
});

test.concurrent('recover makes deliveries that wait for a retry due now', async (context) => {
  const { expect } = context;
  const world = await begin(context, { retrySchedule: [3600] });
  const { app, receiver, since } = world;
  receiver.answer = (_request, response) => response.writeHead(503).end();
  const [message = ''] = await publishMany(world, 1);
  await waitFor(() => app.events.length === 1);
  receiver.answer = (_request, response) => response.end();
  await started(context, world, app.operations.tasks.recover, { since });
  await waitFor(async () => (await statusOf(app, 'customer', message))?.status === 'success');
  expect(receiver.received).toHaveLength(2);
});

test.concurrent('replay-missing sends messages from the time when the endpoint was disabled, by its present filters', async (context) => {
  const { expect } = context;
  const world = await begin(context);
  const { app, endpoint, since } = world;
  const { endpoints, eventTypes, tasks } = app.operations;
  await eventTypes.create(OWNER, { name: 'wanted', description: '' });
  await publishMany(world, 1, 'wanted');
  await waitFor(() => app.events.length === 1);
  await endpoints.patch(OWNER, 'customer', endpoint, { disabled: true });
  const missed = await publishMany(world, 2, 'wanted');
  await publishMany(world, 1, 'unwanted');
  const enabled = { disabled: false, eventTypes: ['wanted'] };
  await endpoints.patch(OWNER, 'customer', endpoint, enabled);
  world.receiver.received.length = 0;

  const task = await started(context, world, tasks.replayMissing, { since });
  expect(task).toMatchObject({ task: 'endpoint.replay', data: { changed: 2, scanned: 4 } });
  await waitFor(() => world.receiver.received.length === 2);
  expect(idsAt(world)).toEqual(missed);
});

test.concurrent('replay-missing sends no test of another endpoint, and nothing before its deliverAt', async (context) => {
  const { expect } = context;
  const world = await begin(context);
  const { app, endpoint, receiver, since } = world;
  const { endpoints, messages, tasks } = app.operations;
  const url = `${receiver.url}other`;
  const { id: other } = await endpoints.create(OWNER, 'customer', { url, disabled: true });
  await messages.sendExample(OWNER, 'customer', endpoint, { eventType: 'svix.ping' });
  const deliverAt = new Date(Date.now() + 3_600_000);
  const content = { eventType: 'a', payload: 1 };
  const later = await messages.create(OWNER, 'customer', { ...content, deliverAt });
  const missed = await messages.create(OWNER, 'customer', content);
  await endpoints.patch(OWNER, 'customer', other, { disabled: false });

  const ofOther = { ...world, endpoint: other };
  const task = await started(context, ofOther, tasks.replayMissing, { since });
  expect(task.data).toMatchObject({ scanned: 3, changed: 2 });
  const ids = () =>
    receiver.received.flatMap(({ path, headers }) =>
      path === '/other' ? [headers['webhook-id']] : [],
    );
  await waitFor(() => ids().length > 0);
  expect(ids()).toEqual([missed.id]);
  const { data } = await app.operations.attempts.listDestinations(OWNER, 'customer', later.id);
  expect(data.find(({ id }) => id === other)).toMatchObject({
    statusText: 'pending',
    nextAttempt: deliverAt.toISOString(),
  });
  const replay = await started(context, ofOther, tasks.bulkReplay, { since });
  expect(replay.data).toMatchObject({ changed: 1 });
});

test.concurrent('bulk-replay delivers the selected messages again', async (context) => {
  const { expect } = context;
  const world = await begin(context);
  const { app, receiver, since } = world;
  const delivered = await publishMany(world, 2);
  await waitFor(() => app.events.length === 2);
  receiver.answer = (_request, response) => response.writeHead(404).end();
  const failed = await publishMany(world, 1, 'other.event', ['trial']);
  await waitFor(() => app.events.length === 3);
  receiver.answer = (_request, response) => response.end();
  const { bulkReplay } = app.operations.tasks;
  const counted = async (input: object) => {
    const given = { since, ...input, dryRun: true };
    return bulkReplay(OWNER, 'customer', world.endpoint, given);
  };
  expect(await counted({ status: 0 })).toEqual({ count: 2, isExact: true });
  expect(await counted({ eventTypes: ['other.event'] })).toMatchObject({ count: 1 });
  expect(await counted({ channel: 'eu' })).toMatchObject({ count: 0 });
  expect(await counted({ tag: 'trial' })).toMatchObject({ count: 1 });
  expect(await counted({ until: since })).toMatchObject({ count: 0 });
  expect(await counted({})).toMatchObject({ count: 3 });
  receiver.received.length = 0;
  const failures = { since, statusCodeClass: 400 };
  expect(await started(context, world, bulkReplay, failures)).toMatchObject({
    data: { changed: 1 },
  });
  await waitFor(() => receiver.received.length === 1);
  await started(context, world, bulkReplay, { since, eventTypes: ['test.event'] });
  await waitFor(() => receiver.received.length === 3);
  expect(idsAt(world)).toEqual([...delivered, ...failed]);
});

test.concurrent('cancel-msgs cancels waiting deliveries', async (context) => {
  const { expect } = context;
  const world = await begin(context);
  const { app, endpoint } = world;
  await app.operations.endpoints.pause(OWNER, 'customer', endpoint);
  const [first = ''] = await publishMany(world, 2);
  const createdBefore = new Date(Date.now() + 60_000).toISOString();
  const task = await started(context, world, app.operations.tasks.cancelMessages, {
    createdBefore,
  });
  expect(task).toMatchObject({ task: 'endpoint.cancel-msgs', data: { changed: 2 } });
  expect(await statusOf(app, 'customer', first)).toMatchObject({ nextAttempt: null });
  await app.operations.endpoints.resume(OWNER, 'customer', endpoint);
  const [late] = await publishMany(world, 1);
  await waitFor(() => world.receiver.received.length === 1);
  expect(idsAt(world)).toEqual([late]);
});

test.concurrent('a task continues after a restart, waits for a paused endpoint, and can be cancelled', async (context) => {
  const { expect } = context;
  const world = await begin(context);
  const { app, endpoint, since } = world;
  const { endpoints, tasks } = app.operations;
  const delivered = await publishMany(world, 3);
  await waitFor(() => app.events.length === 3);
  await endpoints.pause(OWNER, 'customer', endpoint);
  const start = async () => {
    const out = await tasks.bulkReplay(OWNER, 'customer', endpoint, { since });
    return 'id' in out ? out.id : '';
  };
  const [first, second] = [await start(), await start()];
  expect(await tasks.cancel(OWNER, second)).toMatchObject({
    status: 'failed',
    data: { reason: 'cancelled' },
  });
  await expect(tasks.cancel(OWNER, second)).rejects.toMatchObject({ code: 'task_ended' });

  world.app = await app.restarted();
  const again = world.app.operations;
  await again.endpoints.resume(OWNER, 'customer', endpoint);
  expect(await finished(world, first)).toMatchObject({ data: { changed: 3 } });
  await waitFor(() => world.receiver.received.length === 6);
  expect([...new Set(idsAt(world))]).toEqual(delivered);
  const listed = await again.tasks.list(OWNER, { status: 'failed' });
  expect(listed.data.map(({ id }) => id)).toEqual([second]);
  expect((await again.tasks.list({ ...OWNER, applicationId: 'app_other' })).data).toEqual([]);
});

test.concurrent('wrong input is refused by name', async (context) => {
  const { expect } = context;
  const world = await begin(context);
  const { tasks } = world.app.operations;
  const day = 24 * 60 * 60 * 1000;
  const ago = (ms: number) => new Date(Date.now() - ms).toISOString();
  const refused = async (start: StartTask, input: object, ...fields: string[]) => {
    const loc = fields.map((field) => expect.objectContaining({ loc: ['body', field] }));
    await expect(start(OWNER, 'customer', world.endpoint, input)).rejects.toMatchObject({
      code: 'validation',
      fieldErrors: loc,
    });
  };
  await refused(tasks.recover, {}, 'since');
  await refused(tasks.recover, { since: ago(15 * day) }, 'since');
  await refused(tasks.replayMissing, { since: ago(-day) }, 'since');
  await refused(tasks.replayMissing, { since: ago(1), until: ago(day) }, 'since');
  await refused(tasks.bulkReplay, { since: ago(1), tag: 'a b' }, 'tag');
  await refused(tasks.bulkReplay, { since: ago(1), status: 5 }, 'status');
  await refused(tasks.cancelMessages, {}, 'createdBefore');
  await expect(tasks.get(OWNER, 'qtask_no')).rejects.toMatchObject({ code: 'not_found' });
});

test.concurrent('replay-missing refuses a time for which attempts may have been removed', async (context) => {
  const { expect } = context;
  const world = await begin(context, { retrySchedule: [], attemptRetention: '10d' });
  const { tasks, settings } = world.app.operations;
  const missingSince = (days: number) => {
    const since = new Date(Date.now() - days * 24 * 60 * 60 * 1000).toISOString();
    return tasks.replayMissing(OWNER, 'customer', world.endpoint, { since, dryRun: true });
  };
  const refused = (days: number, most: number) =>
    expect(missingSince(days)).rejects.toMatchObject({
      code: 'validation',
      fieldErrors: [
        {
          loc: ['body', 'since'],
          msg: expect.stringContaining(`must be within the last ${most} days`),
        },
      ],
    });
  await refused(10, 9);
  expect(await missingSince(9)).toMatchObject({ count: 0 });
  await settings.patch(OWNER, { attemptRetentionPeriod: 5 });
  await refused(5, 4);
  // Attempts are kept as long as messages, so any time is accepted.
  await settings.patch(OWNER, { attemptRetentionPeriod: 90 });
  expect(await missingSince(1_000)).toMatchObject({ count: 0 });
});

test.concurrent('purge-content deletes all payloads of an application, but not those of later messages', async (context) => {
  const { expect } = context;
  const world = await begin(context);
  const { app } = world;
  const elsewhere = await register(app, { url: world.receiver.url }, 'other');
  const { id: kept } = await publish(app, elsewhere.app, 1);
  const ids: string[] = [];
  for (let count = 0; count < 120; count++) ids.push((await publish(app, 'customer', count)).id);
  const { id, task } = await app.operations.tasks.purgeContent(OWNER, 'customer');
  expect(task).toBe('application.purge_content');
  expect(await finished(world, id)).toMatchObject({
    status: 'finished',
    data: { endpointId: null, scanned: 120 },
  });
  const payloads = async (of: string) =>
    (await app.operations.messages.list(OWNER, of, { limit: 250 })).data.map(
      ({ payload }) => payload,
    );
  expect(new Set(await payloads('customer'))).toEqual(new Set(['']));
  await publish(app, 'customer', 'later');
  expect((await payloads('customer'))[0]).toBe('"later"');
  expect((await app.operations.messages.get(OWNER, elsewhere.app, kept)).payload).toBe('1');

  const next = await app.operations.tasks.purgeContent(OWNER, 'customer');
  // The task may have ended before it is cancelled.
  const isCancelled = await app.operations.tasks.cancel(OWNER, next.id).then(
    () => true,
    () => false,
  );
  const { data } = await app.operations.audit.list(OWNER, { operation: 'tasks.cancel' });
  expect(data.map(({ objects }) => objects)).toEqual(isCancelled ? [{ taskId: next.id }] : []);
});
