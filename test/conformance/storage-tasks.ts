import { describe, expect, it } from 'vitest';
import type { Endpoint } from '../../src/domain/endpoint.ts';
import type { Standing } from '../../src/domain/standing.ts';
import type { Task } from '../../src/domain/task.ts';
import type { DeliveryChange } from '../../src/storage/storage.ts';
import { NOW, ORGANIZATION, type StorageWorld, makeTask } from '../support/storage-world.ts';
import { waitFor } from '../support/wait-for.ts';
import type { Suite } from './storage-suite.ts';

export function describeTasks(suite: Suite): void {
  const scan = (endpointId: string, given = {}) =>
    suite.world.storage.tasks.scan({
      applicationId: suite.world.application.id,
      endpointId,
      by: 'publication',
      since: null,
      until: NOW + 1,
      after: null,
      before: 'msg_~',
      limit: 100,
      withStatus: true,
      ...given,
    });

  describe('scan', () => {
    it('tells the standing of each message with the endpoint', async () => {
      const { world } = suite;
      const { endpoint, messageIds } = await oneOfEachStanding(world);
      const found = await scan(endpoint.id);
      const standings = found.map(({ messageId, standing }) => [standing, messageId]);
      expect(Object.fromEntries(standings)).toEqual(messageIds);
      const of = (standing: Standing) => found.find((one) => one.standing === standing);
      expect(of('failing')).toEqual({
        messageId: messageIds.failing,
        eventType: 'call.new',
        channels: null,
        tags: null,
        deliverAt: null,
        at: messageIds.failing,
        happenedAt: NOW,
        standing: 'failing',
        dueAt: NOW + 900,
        lastStatusCode: 503,
      });
      expect(of('missing')).toMatchObject({
        lastStatusCode: null,
        dueAt: null,
        channels: ['eu'],
        tags: ['trial'],
      });
      expect(of('exhausted')).toMatchObject({ lastStatusCode: 0, dueAt: null });
      expect(of('delivered')).toMatchObject({ lastStatusCode: 200, dueAt: null });
      expect(of('waiting')).toMatchObject({ lastStatusCode: null, dueAt: NOW + 800 });
    });

    it('begins after one message id and ends before another', async () => {
      const { world } = suite;
      const { id } = await world.createEndpoint();
      const [first = '', second = '', third = '', fourth = ''] = await world.acceptMany(4, [id]);
      const other = await world.createApplication();
      await world.accept([id], { applicationId: other.id });
      const ids = async (given: object) => (await scan(id, given)).map((one) => one.messageId);
      expect(await ids({ after: first, before: fourth })).toEqual([second, third]);
      expect(await ids({ limit: 2 })).toEqual([first, second]);
      expect(await ids({ after: fourth })).toEqual([]);
    });
  });

  describe('scan of failures', () => {
    it('finds each message at its last failed attempt in the range, in order', async () => {
      const { world } = suite;
      const { id } = await world.createEndpoint();
      const other = await world.createEndpoint();
      const failed = async (endpointId: string, messageId: string, startedAt: number) => {
        const now = NOW + 90_000;
        const handoff = await world.claimOne({ now });
        expect(handoff).toMatchObject({ endpointId, messageId });
        const next = { state: 'pending', dueAt: now, scheduleStep: 1 } as const;
        return (await world.record(handoff, next, { startedAt })).id;
      };
      const first = await world.accept([id]);
      await failed(id, first, NOW + 10);
      const last = await failed(id, first, NOW + 20);
      await failed(id, first, NOW + 90);
      await world.record(
        await world.claimOne({ now: NOW + 90_000 }),
        { state: 'exhausted' },
        {
          startedAt: NOW + 95,
        },
      );
      const second = await world.accept([id]);
      const early = await failed(id, second, NOW + 5);
      await world.record(await world.claimOne({ now: NOW + 90_000 }), { state: 'delivered' });
      const elsewhere = await world.accept([other.id]);
      await failed(other.id, elsewhere, NOW + 20);

      const within = async (since: number | null, until: number, given = {}) => {
        const range = { by: 'failure', before: 'atmpt_~', since, until, ...given };
        const found = await scan(id, range);
        return found.map(({ at, messageId, standing }) => [at, messageId, standing]);
      };
      const ofFirst = [last, first, 'exhausted'];
      const ofSecond = [early, second, 'delivered'];
      expect(await within(NOW + 10, NOW + 50)).toEqual([ofFirst]);
      expect(await within(null, NOW + 50)).toEqual([ofFirst, ofSecond]);
      expect(await within(NOW + 21, NOW + 50)).toEqual([]);
      expect(await within(null, NOW + 50, { limit: 1 })).toEqual([ofFirst]);
      expect(await within(null, NOW + 50, { after: last })).toEqual([ofSecond]);
      expect(await within(null, NOW + 50, { before: early })).toEqual([ofFirst]);
      expect(await within(null, NOW + 50, { before: last })).toEqual([]);
    });
  });

  describe('changeDeliveries', () => {
    const change = (endpointId: string, given: Partial<DeliveryChange>) =>
      suite.world.storage.changeDeliveries({
        applicationId: suite.world.application.id,
        endpointId,
        messageIds: [],
        effect: 'schedule',
        standings: [],
        now: NOW,
        move: null,
        ...given,
      });

    it.each<Standing>([
      'missing',
      'waiting',
      'failing',
      'sending',
      'delivered',
      'exhausted',
      'cancelled',
    ])('makes due what is %s, and nothing else', async (standing) => {
      const { world } = suite;
      const { endpoint, messageIds } = await oneOfEachStanding(world);
      const all = Object.values(messageIds);
      const given = { messageIds: all, standings: [standing] };
      expect(await change(endpoint.id, given)).toBe(1);
      expect(await world.claimOne()).toMatchObject({
        messageId: messageIds[standing],
        scheduleStep: ['failing', 'cancelled'].includes(standing) ? 1 : 0,
        trigger: 'manual',
      });
    });

    it('does not change deliveries that are due already', async () => {
      const { world } = suite;
      const { endpoint, messageIds } = await oneOfEachStanding(world);
      const given = {
        messageIds: Object.values(messageIds),
        standings: ['waiting', 'failing'] as const,
      };
      expect(await change(endpoint.id, { ...given, now: NOW + 800 })).toBe(1);
      expect(await change(endpoint.id, { ...given, now: NOW + 900 })).toBe(0);
    });

    it('cancels deliveries that wait, are due or are being attempted', async () => {
      const { world } = suite;
      const { endpoint, messageIds } = await oneOfEachStanding(world);
      const given = {
        messageIds: Object.values(messageIds),
        effect: 'cancel' as const,
        standings: ['waiting', 'failing', 'sending'] as const,
        now: NOW + 900,
      };
      expect(await change(endpoint.id, given)).toBe(3);
      expect(await change(endpoint.id, given)).toBe(0);
      expect((await world.claim({ now: NOW + 900 })).handoffs).toEqual([]);
      for (const id of [messageIds.waiting, messageIds.failing, messageIds.sending]) {
        expect(await world.delivery(id, endpoint.id)).toMatchObject({
          state: 'cancelled',
          dueAt: null,
        });
      }
    });

    it('of a task, makes nothing due before the deliverAt of its message', async () => {
      const { world } = suite;
      const { id: endpointId } = await world.createEndpoint();
      const { id: other } = await world.createEndpoint();
      const later = { deliverAt: NOW + 500, dueAt: NOW + 500 };
      const waiting = await world.accept([endpointId], later);
      const missing = await world.accept([other], later);
      const cancelled = await world.accept([endpointId], later);
      const { id: applicationId } = world.application;
      await world.storage.cancelMessage(applicationId, cancelled);
      const plain = await world.accept([]);
      const found = await scan(endpointId);
      expect(found.map(({ deliverAt }) => deliverAt)).toEqual([
        NOW + 500,
        NOW + 500,
        NOW + 500,
        null,
      ]);
      const task = await createTask(world, { endpointId });
      const given = {
        messageIds: [waiting, missing, cancelled, plain],
        standings: ['missing', 'waiting', 'cancelled'] as const,
      };
      const move = { taskId: task.id, from: null, to: plain, scannedCount: 4, at: NOW };
      expect(await change(endpointId, { ...given, move })).toBe(3);
      expect(await change(other, { ...given, messageIds: [missing] })).toBe(1);
      const claimed = async (now: number) => {
        const { handoffs } = await world.claim({ now });
        return handoffs.map((handoff) => `${handoff.messageId} ${handoff.endpointId}`).toSorted();
      };
      // A person asked for the message at the other endpoint: no task.
      expect(await claimed(NOW + 499)).toEqual(
        [`${plain} ${endpointId}`, `${missing} ${other}`].toSorted(),
      );
      expect(await claimed(NOW + 500)).toEqual(
        [waiting, missing, cancelled].map((id) => `${id} ${endpointId}`).toSorted(),
      );
    });

    it('lets an ordered endpoint go on when its head is cancelled', async () => {
      const { world } = suite;
      const endpoint = await world.createEndpoint({ ordered: true });
      const [first = '', second] = await world.acceptMany(2, [endpoint.id]);
      await world.record(await world.claimOne(), PENDING);
      const given = { effect: 'cancel', standings: ['failing'], messageIds: [first] } as const;
      expect(await change(endpoint.id, given)).toBe(1);
      expect((await world.claimOne()).messageId).toBe(second);
    });

    it.each<[string, (messageId: string, endpointId: string) => Promise<unknown>]>([
      ['expunged', (id) => suite.world.storage.expunge(suite.world.application.id, [id])],
      ['cancelled', (id) => suite.world.storage.cancelMessage(suite.world.application.id, id)],
      [
        'cancelled by a task',
        (id, endpointId) =>
          change(endpointId, { effect: 'cancel', standings: ['waiting'], messageIds: [id] }),
      ],
    ])('what waits at an ordered endpoint is found once the head is %s', async (_word, end) => {
      const { world } = suite;
      const { id } = await world.createEndpoint({ ordered: true });
      const head = await world.accept([id], { dueAt: NOW + 1e6 });
      const second = await world.accept([id]);
      expect((await world.claim()).handoffs).toEqual([]);
      await end(head, id);
      const claimed = async () => (await world.claim()).handoffs[0];
      const found = await waitFor(claimed, 'the second to be claimed', 5_000);
      expect(found.messageId).toBe(second);
    });

    it('moves the cursor of a task in the same transaction, if it is where the step began', async () => {
      const { world } = suite;
      const { storage } = world;
      const { id: endpointId } = await world.createEndpoint();
      const [first = '', second = ''] = await world.acceptMany(2, []);
      const task = await createTask(world, { endpointId });
      const step = (from: string | null, to: string) =>
        change(endpointId, {
          messageIds: [to],
          standings: ['missing'],
          move: { taskId: task.id, from, to, scannedCount: 5, at: NOW + 1 },
        });
      expect(await step(null, first)).toBe(1);
      expect(await step(null, second)).toBeNull();
      expect(await storage.tasks.get(ORGANIZATION, task.id)).toEqual({
        ...task,
        cursor: first,
        progress: { scannedCount: 5, changedCount: 1 },
        updatedAt: NOW + 1,
      });
      expect((await world.claim()).handoffs).toHaveLength(1);
      const racing = await Promise.all([step(first, second), step(first, second)]);
      expect(racing.toSorted()).toEqual([1, null]);
      const end = { status: 'finished', reason: null, at: NOW + 2 } as const;
      expect(await storage.tasks.end(task.id, end)).toBe(true);
      expect(await step(second, 'msg_z')).toBeNull();
      await suite.restart();
      expect(await world.storage.tasks.get(ORGANIZATION, task.id)).toMatchObject({
        status: 'finished',
        cursor: second,
        progress: { scannedCount: 10, changedCount: 2 },
      });
    });
  });

  describe('tasks', () => {
    it('are listed by id, and by application, status and kind', async () => {
      const { world } = suite;
      const { tasks } = world.storage;
      const all = [
        await createTask(world, { kind: 'endpoint.replay' }),
        await createTask(world, { applicationId: 'app_other' }),
        await createTask(world),
      ];
      const [replay, other, last] = all.map(({ id }) => id);
      const end = { status: 'failed', reason: 'cancelled', at: NOW + 1 } as const;
      expect(await tasks.end(last ?? '', end)).toBe(true);
      expect(await tasks.end(last ?? '', { ...end, status: 'finished' })).toBe(false);
      const list = async (given: object) => {
        const page = { limit: 2, order: 'descending', ...given } as const;
        const { data, done } = await tasks.list(ORGANIZATION, page);
        return [data.map(({ id }) => id), done];
      };
      expect(await list({})).toEqual([[last, other], false]);
      expect(await list({ after: other })).toEqual([[replay], true]);
      expect(await list({ kinds: ['endpoint.replay'] })).toEqual([[replay], true]);
      expect(await list({ status: 'failed' })).toEqual([[last], true]);
      expect(await list({ applicationId: 'app_other' })).toEqual([[other], true]);
      expect((await tasks.running()).map(({ id }) => id)).toEqual([replay, other]);
      expect(await tasks.get(ORGANIZATION, last ?? '')).toMatchObject({
        status: 'failed',
        reason: 'cancelled',
      });
      expect(await tasks.get('org_2', last ?? '')).toBeNull();
    });
  });

  it('moves a task together with its result, if its cursor is where the step began', async () => {
    const { world } = suite;
    const { tasks } = world.storage;
    const { id } = await createTask(world, { kind: 'event-type.aggregate' });
    const of = (appId: string) => ({
      appId,
      explicitlySubscribedEventTypes: ['a.b'],
      hasCatchAllEndpoint: false,
    });
    const move = (from: string | null, to: string) => ({
      taskId: id,
      from,
      to,
      scannedCount: 3,
      at: NOW + 5,
    });
    expect(await tasks.advance(move(null, 'app_2'), [of('app_1'), of('app_2')])).toBe(true);
    expect(await tasks.advance(move(null, 'app_2'), [of('app_1'), of('app_2')])).toBe(false);
    expect(await tasks.advance(move('app_1', 'app_3'), [of('app_3')])).toBe(false);
    expect(await tasks.advance(move('app_2', 'app_4'), [])).toBe(true);
    expect(await tasks.advance(move('app_4', 'app_5'), [of('app_5')])).toBe(true);
    expect(await tasks.result(id)).toEqual(['app_1', 'app_2', 'app_5'].map(of));
    expect(await tasks.get(ORGANIZATION, id)).toMatchObject({
      cursor: 'app_5',
      progress: { scannedCount: 9 },
      resultChars:
        JSON.stringify(['app_1', 'app_2'].map(of)).length + JSON.stringify([of('app_5')]).length,
      updatedAt: NOW + 5,
    });
    await tasks.end(id, { status: 'failed', reason: 'cancelled', at: NOW });
    expect(await tasks.advance(move('app_5', 'app_6'), [of('app_6')])).toBe(false);
    expect(await tasks.result(id)).toHaveLength(3);
  });

  it('counts the due, unclaimed deliveries of an endpoint up to a limit', async () => {
    const { world } = suite;
    const { tasks } = world.storage;
    const { id } = await world.createEndpoint();
    const ordered = await world.createEndpoint({ ordered: true });
    await world.acceptMany(4, [id, ordered.id]);
    await world.accept([id], { dueAt: NOW + 5 });
    expect(await tasks.dueCount(id, NOW, 10)).toBe(4);
    expect(await tasks.dueCount(id, NOW, 2)).toBe(2);
    expect(await tasks.dueCount(id, NOW + 5, 10)).toBe(5);
    expect(await tasks.dueCount(ordered.id, NOW, 10)).toBe(4);
    await world.claim();
    expect(await tasks.dueCount(id, NOW + 5, 10)).toBe(1);
    expect(await tasks.dueCount(ordered.id, NOW, 10)).toBe(3);
  });

  it('tells the head of an ordered endpoint, and whether the head is being attempted', async () => {
    const { world } = suite;
    const { tasks } = world.storage;
    const plain = await world.createEndpoint();
    const { id } = await world.createEndpoint({ ordered: true });
    expect(await tasks.head(id)).toBeNull();
    const [first] = await world.acceptMany(2, [id]);
    await world.accept([plain.id]);
    expect(await tasks.head(plain.id)).toBeNull();
    const head = { messageId: first, attemptCount: 0, dueAt: NOW, claimed: false };
    expect(await tasks.head(id)).toEqual(head);
    const until = NOW + 7;
    const claimed = await world.claim({ until, capacities: new Map([[plain.id, 0]]) });
    expect(await tasks.head(id)).toEqual({ ...head, dueAt: until, claimed: true });
    const [handoff] = claimed.handoffs;
    if (handoff === undefined) throw new Error('the head was due');
    await world.record(handoff, PENDING);
    expect(await tasks.head(id)).toEqual({ ...head, attemptCount: 1, dueAt: NOW + 900 });
  });
}

const PENDING = { state: 'pending', dueAt: NOW + 900, scheduleStep: 1 } as const;

let tasks = 0;

async function createTask(world: StorageWorld, given: Partial<Task> = {}): Promise<Task> {
  const id = `qtask_${String(++tasks).padStart(27, '0')}`;
  const task = makeTask({ id, applicationId: world.application.id, ...given });
  await world.storage.tasks.create(task);
  return task;
}

/** Creates an endpoint, and a message for each standing. */
async function oneOfEachStanding(
  world: StorageWorld,
): Promise<{ endpoint: Endpoint; messageIds: Record<Standing, string> }> {
  const endpoint = await world.createEndpoint();
  const beside = await world.createEndpoint();
  const to = [endpoint.id];
  const attempted = async (next: Parameters<StorageWorld['record']>[1], given: object) => {
    await world.accept([endpoint.id]);
    const handoff = await world.claimOne();
    await world.record(handoff, next, given);
    return handoff.messageId;
  };
  const delivered = await world.accept([endpoint.id, beside.id], { claimedUntil: NOW + 60_000 });
  const { owner } = world.storage;
  const claim = { owner, until: NOW + 60_000 };
  for (const endpointId of [endpoint.id, beside.id]) {
    const handoff = { messageId: delivered, endpointId, attemptCount: 0, claim };
    await world.record(handoff as Parameters<StorageWorld['record']>[0], { state: 'delivered' });
  }
  const failing = await attempted(PENDING, { statusCode: 503 });
  const exhausted = await attempted({ state: 'exhausted' }, { statusCode: null });
  const cancelled = await attempted({ ...PENDING, dueAt: NOW }, {});
  await world.storage.changeDeliveries({
    applicationId: world.application.id,
    endpointId: endpoint.id,
    messageIds: [cancelled],
    effect: 'cancel',
    standings: ['failing'],
    now: NOW,
    move: null,
  });
  const messageIds = {
    delivered,
    failing,
    exhausted,
    cancelled,
    waiting: await world.accept(to, { dueAt: NOW + 800 }),
    sending: await world.accept(to, { claimedUntil: NOW + 60_000 }),
    missing: await world.accept([], { channels: ['eu'], tags: ['trial'] }),
  };
  return { endpoint, messageIds };
}
