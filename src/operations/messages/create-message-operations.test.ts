import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../../../test/support/manual-clock.ts';
import type { Handoff } from '../../domain/delivery.ts';
import { PosthasteError } from '../../domain/errors.ts';
import { createIds } from '../../domain/ids.ts';
import { createEndpointCache } from '../../storage/endpoint-cache.ts';
import { createSqliteStorage } from '../../storage/sqlite/sqlite-storage.ts';
import type { Storage } from '../../storage/storage.ts';
import { type Operations, createOperations, messageJson } from '../operations.ts';

const principal = { organizationId: 'org_1' };
const url = 'https://example.com/';

let folder: string;
let storage: Storage;
let operations: Operations;
let app: string;
let clock: ManualClock;

/** What was reserved, cancelled and handed over, and when work was announced. */
let capacity: number;
let held: number;
let handedOver: Handoff[];
let wokenAt: number[];

beforeEach(async () => {
  clock = new ManualClock();
  folder = await mkdtemp(join(tmpdir(), 'posthaste-messages-'));
  storage = createSqliteStorage({ path: join(folder, 'test.db'), clock });
  await storage.start();
  capacity = Infinity;
  held = 0;
  handedOver = [];
  wokenAt = [];
  operations = createOperations({
    storage,
    endpointCache: createEndpointCache(storage),
    clock,
    ids: createIds(clock),
    addressGuard: { allows: () => true },
    intake: {
      claimMs: 60_000,
      reserve(_, bytes) {
        if (held + bytes > capacity) return false;
        held += bytes;
        return true;
      },
      cancel: (_, bytes) => void (held -= bytes),
      handOver: (handoffs) => void handedOver.push(...handoffs),
      reachesOwner: () => false,
      send: () => {},
      wake: (dueAt) => void wokenAt.push(dueAt),
      endpointChanged() {},
    },
  });
  app = (await operations.applications.create(principal, { name: 'Acme' })).value.id;
});

afterEach(async () => {
  await storage.stop();
  await rm(folder, { recursive: true });
});

const create = (input: object = {}, options = {}) =>
  operations.messages.create(principal, app, { eventType: 'a.b', payload: [1], ...input }, options);

/** Creates a message, and waits until it is handed over. */
async function publish(input: object = {}, options = {}) {
  const message = await create(input, options);
  await new Promise((resolve) => setImmediate(resolve));
  return message;
}

it('stores tags, by which lists find messages; a repetition with other tags is another message', async () => {
  const { messages } = operations;
  const input = { eventType: 'a.b', payload: {}, eventId: 'one' };
  const tagged = await messages.create(principal, app, { ...input, tags: ['eu', 'trial'] });
  expect(JSON.parse(messageJson(tagged))).toMatchObject({ tags: ['eu', 'trial'] });
  const plain = await messages.create(principal, app, { eventType: 'a.b', payload: {}, tags: [] });
  expect(messageJson(plain)).not.toContain('tags');

  expect((await messages.list(principal, app, { tag: 'trial' })).data).toEqual([tagged]);
  expect((await messages.list(principal, app, { tag: 'paid' })).data).toEqual([]);
  for (const tags of [['a', 'a'], ['posthaste/test'], ['a b'], ['1', '2', '3', '4', '5', '6']]) {
    await expect(messages.create(principal, app, { ...input, tags })).rejects.toMatchObject({
      code: 'validation',
    });
  }
  await expect(messages.create(principal, app, { ...input, tags: ['eu'] })).rejects.toMatchObject({
    code: 'conflict',
  });
});

it('gives capacity back when the storage fails between two parts of a batch', async () => {
  await operations.endpoints.create(principal, app, { url });
  await operations.settings.patch(principal, { payloadValidation: 'warn' });
  vi.spyOn(storage.eventTypes, 'get').mockImplementation(async (_organization, name) => {
    if (name === 'a.a') return null;
    throw new PosthasteError('storage_unavailable', 'the storage is away');
  });
  const messages = ['a.a', 'b.b'].map((eventType) => ({ eventType, payload: [1] }));
  const batch = operations.messages.createBatch(principal, app, {
    input: { messages },
    texts: null,
  });
  await expect(batch).rejects.toMatchObject({ code: 'storage_unavailable' });
  expect(held).toBe(0);
});

describe('publishing', () => {
  it('hands over as many claimed deliveries as the engine has capacity for', async () => {
    const endpoint = await operations.endpoints.create(principal, app, { url });
    const message = await publish();
    expect(handedOver).toEqual([
      {
        messageId: message.id,
        endpointId: endpoint.id,
        applicationId: app,
        payload: '[1]',
        contentType: null,
        headers: null,
        eventType: 'a.b',
        owedSince: clock.now(),
        attemptCount: 0,
        scheduleStep: 0,
        trigger: 'scheduled',
        claim: { owner: storage.owner, until: clock.now() + 60_000 },
      },
    ]);
    expect(await storage.messages.delivery(app, message.id, endpoint.id)).toMatchObject({
      claimed: true,
      dueAt: clock.now() + 60_000,
    });
    expect({ held, wokenAt }).toEqual({ held: 3, wokenAt: [] });
  });

  it('answers all publishers of a commit before it hands over', async () => {
    await operations.endpoints.create(principal, app, { url });
    const handedOverAtAnswer: number[] = [];
    const answered = () => handedOverAtAnswer.push(handedOver.length);
    await Promise.all([create().then(answered), create().then(answered), create().then(answered)]);
    expect(handedOverAtAnswer).toEqual([0, 0, 0]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(handedOver).toHaveLength(3);
  });

  it('shows the time of the wall clock, and sets due times by the clock of the schedule', async () => {
    await operations.endpoints.create(principal, app, { url });
    await operations.endpoints.create(principal, app, { url, ordered: true });
    const scheduleNow = clock.scheduleNow();
    clock.setBy(3_600_000);
    const message = await publish();
    expect(message.createdAt).toBe(scheduleNow + 3_600_000);
    expect(handedOver[0]?.claim.until).toBe(scheduleNow + 60_000);
    expect(wokenAt).toEqual([scheduleNow]);
    const page = await storage.messages.deliveries(app, message.id, {
      limit: 9,
      order: 'ascending',
    });
    expect(
      page.data.map(({ delivery }) => delivery.dueAt).toSorted((a, b) => Number(a) - Number(b)),
    ).toEqual([scheduleNow, scheduleNow + 60_000]);
  });

  it('leaves deliveries without capacity to the sweeper', async () => {
    await operations.endpoints.create(principal, app, { url });
    await operations.endpoints.create(principal, app, { url });
    capacity = 3;
    const { id } = await publish();
    expect(handedOver).toHaveLength(1);
    expect(wokenAt).toEqual([clock.now()]);
    const { data } = await storage.messages.deliveries(app, id, { limit: 9, order: 'ascending' });
    expect(new Set(data.map(({ delivery }) => delivery.claimed))).toEqual(new Set([true, false]));
  });

  it.each(['ordered', 'paused'])('leaves %s endpoints to the sweeper', async (kind) => {
    const ordered = kind === 'ordered';
    const endpoint = await operations.endpoints.create(principal, app, { url, ordered });
    if (!ordered) await operations.endpoints.pause(principal, app, endpoint.id);
    const { id } = await publish();
    expect({ handedOver, held, wokenAt }).toEqual({
      handedOver: [],
      held: 0,
      wokenAt: [clock.now()],
    });
    expect(await storage.messages.delivery(app, id, endpoint.id)).toMatchObject({
      claimed: false,
      dueAt: clock.now(),
    });
  });

  it('gives the capacity back when the message is a duplicate', async () => {
    await operations.endpoints.create(principal, app, { url });
    const first = await publish({ eventId: 'one' }, { idempotencyKey: 'key' });
    held = 0;
    await expect(publish({ eventId: 'one' })).rejects.toMatchObject({ code: 'conflict' });
    expect(await publish({ eventId: 'one' }, { idempotencyKey: 'key' })).toEqual(first);
    expect({ held, count: handedOver.length }).toEqual({ held: 0, count: 1 });
  });

  it.each([
    { payload: 2 },
    { eventType: 'other' },
    { eventId: 'two' },
    { channels: ['c'] },
    { payload: {}, transformationsParams: { rawPayload: '1' } },
    { deliverAt: '2030-01-02T00:00:00Z' },
    { payloadRetentionHours: 1 },
    { payloadRetentionPeriod: 30 },
  ])('refuses an idempotency key that published something else than %j', async (other) => {
    await operations.endpoints.create(principal, app, { url });
    await publish({}, { idempotencyKey: 'key' });
    held = 0;
    await expect(publish(other, { idempotencyKey: 'key' })).rejects.toMatchObject({
      code: 'idempotency_key_reused',
      fieldErrors: [{ loc: ['header', 'idempotency-key'] }],
    });
    expect({ held, count: handedOver.length }).toEqual({ held: 0, count: 1 });
  });

  it('gives the capacity back when the storage fails', async () => {
    await operations.endpoints.create(principal, app, { url });
    await publish();
    held = 0;
    await storage.stop();
    await expect(publish()).rejects.toMatchObject({ code: 'stopping' });
    expect({ held, count: handedOver.length }).toEqual({ held: 0, count: 1 });
  });

  it('sees a change of the endpoints at once', async () => {
    await publish();
    const endpoint = await operations.endpoints.create(principal, app, { url });
    await publish();
    await operations.endpoints.patch(principal, app, endpoint.id, { disabled: true });
    await publish();
    await operations.endpoints.patch(principal, app, endpoint.id, { disabled: false });
    await publish();
    await operations.endpoints.delete(principal, app, endpoint.id);
    await publish();
    expect(handedOver).toHaveLength(2);
  });

  it('sees a change of the application at once', async () => {
    await publish();
    await operations.applications.patch(principal, app, { throttleRate: 1 });
    await publish();
    await expect(publish()).rejects.toMatchObject({ code: 'rate_limited' });
    await operations.applications.delete(principal, app);
    await expect(publish()).rejects.toMatchObject({ code: 'not_found' });
  });

  it.each([
    ['missing', undefined, 'is required'],
    ['a function', () => 1, 'is required'],
    ['a BigInt', 1n, 'cannot be printed'],
  ])('refuses a payload that is %s', async (_, payload, message) => {
    await expect(publish({ payload })).rejects.toMatchObject({
      code: 'validation',
      fieldErrors: [{ loc: ['body', 'payload'], msg: expect.stringContaining(message) }],
    });
  });

  it('refuses a payload beyond the limit', async () => {
    await expect(publish({ payload: 'x'.repeat(1024 * 1024) })).rejects.toMatchObject({
      code: 'payload_too_large',
    });
  });

  it('refuses a payload period outside of 5 to 90 days, or two periods', async () => {
    for (const period of [4, 91, 5.5]) {
      await expect(publish({ payloadRetentionPeriod: period })).rejects.toMatchObject({
        fieldErrors: [{ loc: ['body', 'payloadRetentionPeriod'] }],
      });
    }
    await expect(
      publish({ payloadRetentionPeriod: 5, payloadRetentionHours: 5 }),
    ).rejects.toMatchObject({ fieldErrors: [{ loc: ['body', 'payloadRetentionHours'] }] });
    await publish({ payloadRetentionPeriod: 90, payloadRetentionHours: 5 });
  });

  it('refuses a delivery time more than 30 days ahead', async () => {
    await expect(publish({ deliverAt: '2030-02-02T00:00:00Z' })).rejects.toMatchObject({
      fieldErrors: [{ loc: ['body', 'deliverAt'] }],
    });
  });
});
