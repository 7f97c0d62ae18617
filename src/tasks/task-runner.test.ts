import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { recordBatch } from '../../test/support/record-batch.ts';
import { StorageWorld } from '../../test/support/storage-world.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import { systemClock } from '../domain/clock.ts';
import { createIds } from '../domain/ids.ts';
import type { Selection, Task } from '../domain/task.ts';
import { createSqliteStorage } from '../storage/sqlite/sqlite-storage.ts';
import { HOUR_MS, type Storage } from '../storage/storage.ts';
import { createTaskRunner } from './task-runner.ts';
import type { TaskLimits } from './tasks.ts';

const QUICK: Partial<TaskLimits> = {
  scanned: 7,
  changed: 3,
  due: 5,
  restFactor: 0,
  shortestRestMs: 0,
  waitMs: 1,
  settledMs: -2_000,
  lookEveryMs: 5,
  afterErrorMs: 1,
};

class Tasks {
  readonly world: StorageWorld;
  readonly errors: unknown[] = [];
  readonly #ids = createIds(systemClock);

  constructor(storage: Storage) {
    this.world = new StorageWorld(storage);
  }

  run(limits: Partial<TaskLimits> = {}, storage = this.world.storage) {
    const tasks: Storage['tasks'] = {
      ...storage.tasks,
      dueCount: (...given) => {
        this.steps++;
        return storage.tasks.dueCount(...given);
      },
    };
    const runner = createTaskRunner({
      storage: Object.create(storage, { tasks: { value: tasks } }) as Storage,
      intake: { wake() {} },
      clock: systemClock,
      limits: { ...QUICK, ...limits },
      onError: (error) => this.errors.push(error),
    });
    runner.start();
    onTestFinished(() => runner.stop());
    return runner;
  }

  /** The number of steps begun so far. */
  steps = 0;

  /** Waits until the runner has begun some more steps, in which it would have done its work. */
  async looked(): Promise<void> {
    const { steps } = this;
    await waitFor(() => this.steps > steps + 4, 'some more steps');
  }

  async create(
    endpointId: string,
    selection: Partial<Selection> = {},
    given: Partial<Task> = {},
  ): Promise<() => Promise<Task>> {
    const { organizationId, id: applicationId } = this.world.application;
    const now = systemClock.now();
    const task: Task = {
      id: this.#ids.next('qtask'),
      organizationId,
      applicationId,
      endpointId,
      kind: 'endpoint.replay',
      selection: { ...MISSING, ...selection },
      status: 'running',
      reason: null,
      cursor: null,
      progress: { scannedCount: 0, changedCount: 0 },
      resultChars: 0,
      createdAt: now,
      updatedAt: now,
      ...given,
    };
    await this.world.storage.tasks.create(task);
    return async () => {
      const found = await this.world.storage.tasks.get(organizationId, task.id);
      if (found === null) throw new Error('the task is there');
      return found;
    };
  }
}

const MISSING: Selection = {
  effect: 'schedule',
  by: 'publication',
  since: null,
  until: Date.UTC(2100, 0, 1),
  standings: ['missing'],
  eventTypes: null,
  channel: null,
  tag: null,
  statusCodeClass: null,
};

async function begin(): Promise<Tasks> {
  const folder = mkdtempSync(join(tmpdir(), 'posthaste-tasks-'));
  const path = join(folder, 'posthaste.db');
  const tasks = new Tasks(createSqliteStorage({ path, clock: systemClock }));
  await tasks.world.begin();
  onTestFinished(async () => {
    await tasks.world.storage.stop();
    rmSync(folder, { recursive: true });
  });
  return tasks;
}

const ended = (task: () => Promise<Task>) =>
  waitFor(async () => (await task()).status !== 'running' && task(), 'the task to end');

test('makes no more deliveries due while enough of the endpoint wait', async () => {
  const tasks = await begin();
  const { world } = tasks;
  const { id } = await world.createEndpoint();
  const published = await world.acceptMany(20, []);
  const task = await tasks.create(id);
  tasks.run();
  const now = systemClock.scheduleNow() + 60_000;
  const due = () => world.storage.tasks.dueCount(id, now, 100);
  const seen: string[] = [];
  while (seen.length < published.length) {
    await waitFor(async () => (await due()) === 5, 'some to be due');
    await tasks.looked();
    expect(await due()).toBe(5);
    const { handoffs } = await world.claim({ now });
    seen.push(...handoffs.map(({ messageId }) => messageId));
    const records = handoffs.map((handoff) => world.outcome(handoff, { state: 'delivered' }));
    await world.storage.record(() => recordBatch({ records }));
  }
  expect(seen).toEqual(published);
  expect(await ended(task)).toMatchObject({
    status: 'finished',
    progress: { scannedCount: 20, changedCount: 20 },
  });
});

test('several runners do the same as one', async () => {
  const tasks = await begin();
  const { world } = tasks;
  const { id } = await world.createEndpoint();
  await world.acceptMany(30, []);
  const task = await tasks.create(id);
  for (let count = 0; count < 3; count++) tasks.run({ due: 100 });
  expect(await ended(task)).toMatchObject({ progress: { scannedCount: 30, changedCount: 30 } });
  expect((await world.claim({ now: systemClock.scheduleNow() })).handoffs).toHaveLength(30);
  expect(tasks.errors).toEqual([]);
});

test('repeats a failed step, and goes on with other tasks', async () => {
  const tasks = await begin();
  const { world } = tasks;
  const { id } = await world.createEndpoint();
  await world.acceptMany(4, []);
  let failures = 3;
  const { storage } = world;
  const failing: Storage = Object.create(storage, {
    changeDeliveries: {
      value: async (...given: Parameters<Storage['changeDeliveries']>) => {
        // The change happens, and its answer is lost.
        const changed = await storage.changeDeliveries(...given);
        if (failures-- > 0) throw new Error('lost');
        return changed;
      },
    },
  });
  const first = await tasks.create(id);
  const other = await tasks.create((await world.createEndpoint()).id);
  tasks.run({ due: 100 }, failing);
  expect(await ended(first)).toMatchObject({ progress: { scannedCount: 4, changedCount: 4 } });
  expect(await ended(other)).toMatchObject({ progress: { scannedCount: 4, changedCount: 4 } });
  expect(tasks.errors).toHaveLength(3);
});

test('a task fails when its endpoint is deleted', async () => {
  const tasks = await begin();
  const { world } = tasks;
  const { id } = await world.createEndpoint();
  await world.acceptMany(4, []);
  await world.storage.endpoints.delete(world.application.id, id, systemClock.now());
  const task = await tasks.create(id);
  tasks.run();
  expect(await ended(task)).toMatchObject({ status: 'failed', reason: 'the endpoint was deleted' });
});

test('leaves young messages for later, and does not run tasks of other owners', async () => {
  const tasks = await begin();
  const { world } = tasks;
  const endpoint = await world.createEndpoint();
  const old = await world.accept();
  const young = await world.accept([], { id: createIds(systemClock).next('msg') });
  const task = await tasks.create(endpoint.id);
  const elsewhere: Storage = Object.create(world.storage, {
    fleet: { value: { owns: () => false } },
  });
  const other = tasks.run({}, elsewhere);
  const runner = tasks.run({ settledMs: 60_000 });
  await waitFor(async () => (await task()).cursor === old);
  await tasks.looked();
  expect(await task()).toMatchObject({ status: 'running', progress: { scannedCount: 1 } });
  await Promise.all([runner.stop(), other.stop()]);
  tasks.run();
  expect(await ended(task)).toMatchObject({ cursor: young, progress: { changedCount: 2 } });
});

test('asks each application of an organization once, and keeps the result', async () => {
  const tasks = await begin();
  const { world } = tasks;
  const { storage } = world;
  const others = await Promise.all(
    Array.from({ length: 7 }, (_, nth) => world.createApplication({ uid: `other-${nth}` })),
  );
  const { organizationId } = world.application;
  await storage.statistics.write(
    others.map(({ id: subjectId }, nth) => ({
      span: HOUR_MS,
      bucketAt: HOUR_MS,
      subjectId,
      writer: 1,
      counts: { delivered: nth, failed: 1, exhausted: 1, s200: nth, timeout: 2 },
    })),
  );
  const period = { since: HOUR_MS, until: 3 * HOUR_MS };
  const of = { kind: 'application.stats', applicationId: organizationId } as const;
  const task = await tasks.create(organizationId, period, of);
  const some = others.slice(2, 4).map(({ id }) => id);
  const named = await tasks.create(organizationId, { ...period, applicationIds: some }, of);
  const long = await tasks.create(organizationId, period, { ...of, resultChars: 9_000 });
  // A step takes two applications.
  for (let count = 0; count < 2; count++) tasks.run({ rollups: 4, resultChars: 8_000 });
  expect(await ended(task)).toMatchObject({ status: 'finished', progress: { scannedCount: 8 } });
  const resultOf = async (its: () => Promise<Task>) => storage.tasks.result((await its()).id);
  const usage = others.map(({ id, uid }, nth) => ({
    appId: id,
    appUid: uid,
    messageDestinations: nth + 2,
  }));
  const [found, all] = [
    await resultOf(task),
    [...usage, expect.objectContaining({ appUid: null })],
  ];
  expect(found).toHaveLength(8);
  expect(found).toEqual(expect.arrayContaining(all));
  expect(await ended(named)).toMatchObject({ progress: { scannedCount: 2 } });
  expect(await resultOf(named)).toEqual(usage.slice(2, 4));
  expect(await ended(long)).toMatchObject({
    status: 'failed',
    reason: 'the result is longer than 8000 characters',
  });
  expect(tasks.errors).toEqual([]);
});
