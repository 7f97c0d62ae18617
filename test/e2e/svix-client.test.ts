import {
  AppPortalCapability,
  BackgroundTaskStatus,
  BackgroundTaskType,
  MessageStatus,
  Ordering,
  StatusCodeClass,
  Svix,
} from 'svix';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_ORGANIZATION } from '../../src/operations/operations.ts';
import { type ApiServer, startApiServer } from '../support/api-server.ts';
import { recordBatch } from '../support/record-batch.ts';

/** The compatible API, called by the official client. */
let server: ApiServer;
let svix: Svix;
let count = 0;

beforeAll(async () => {
  server = await startApiServer();
  const token = await server.issue({ organizationId: DEFAULT_ORGANIZATION });
  svix = new Svix(token, { serverUrl: server.url });
  for (const name of ['a.b', 'c.d', 'call.new', 'other']) {
    await svix.eventType.create({ name, description: '' });
  }
});
afterAll(() => server.stop());

const unique = (name: string) => `${name}-${++count}`;

async function newApp(): Promise<string> {
  return (await svix.application.create({ name: 'Acme' })).id;
}

function refusal(code: number, body: unknown = expect.anything()) {
  return expect.objectContaining({ code, body });
}

describe('applications', () => {
  it('are created, read by id and uid, replaced, changed and deleted', async () => {
    const uid = unique('acme');
    const created = await svix.application.create({
      name: 'Acme',
      uid,
      throttleRate: 50,
      metadata: { plan: 'gold' },
    });
    expect(created).toMatchObject({
      id: expect.stringMatching(/^app_[0-9A-Za-z]{27}$/),
      name: 'Acme',
      uid,
      throttleRate: 50,
      metadata: { plan: 'gold' },
    });
    expect(Math.abs(Date.now() - created.createdAt.getTime())).toBeLessThan(60_000);
    expect(await svix.application.get(created.id)).toEqual(created);
    expect(await svix.application.get(uid)).toEqual(created);

    const replaced = await svix.application.upsert(uid, { name: 'Acme Ltd' });
    expect(replaced).toMatchObject({ id: created.id, uid, throttleRate: null, metadata: {} });

    const patched = await svix.application.patch(uid, { throttleRate: 7, metadata: { a: 'b' } });
    expect(patched).toMatchObject({ name: 'Acme Ltd', throttleRate: 7, metadata: { a: 'b' } });
    expect(await svix.application.patch(uid, { throttleRate: 0, uid: null })).toMatchObject({
      throttleRate: null,
      uid: null,
    });

    await svix.application.delete(created.id);
    await expect(svix.application.get(created.id)).rejects.toEqual(
      refusal(404, { code: 'not_found', detail: `Application "${created.id}" does not exist` }),
    );
  });

  it('are answered with the existing one with get_if_exists, and with a conflict without', async () => {
    const uid = unique('twin');
    const first = await svix.application.getOrCreate({ name: 'One', uid });
    const second = await svix.application.getOrCreate({ name: 'Two', uid });
    expect(second).toEqual(first);
    await expect(svix.application.create({ name: 'Three', uid })).rejects.toEqual(
      refusal(409, { code: 'conflict', detail: expect.any(String) }),
    );
  });

  it('are created once by simultaneous calls with get_if_exists', async () => {
    const uid = unique('race');
    const all = await Promise.all(
      Array.from({ length: 8 }, () => svix.application.getOrCreate({ name: 'Race', uid })),
    );
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
  });

  it('are created by an update of a uid that is free', async () => {
    const uid = unique('new');
    const created = await svix.application.upsert(uid, { name: 'New' });
    expect(await svix.application.get(uid)).toEqual(created);
  });

  it('are listed page by page, to the end and back', async () => {
    const other = await startApiServer();
    try {
      const token = await other.issue({ organizationId: DEFAULT_ORGANIZATION });
      const client = new Svix(token, { serverUrl: other.url });
      const ids: string[] = [];
      for (let i = 0; i < 7; i++) ids.push((await client.application.create({ name: `${i}` })).id);
      for (const order of [Ordering.Ascending, Ordering.Descending]) {
        const expected = order === Ordering.Ascending ? ids : ids.toReversed();
        const pages = [];
        let iterator: string | null | undefined;
        for (;;) {
          const page = await client.application.list({
            limit: 3,
            iterator: iterator ?? null,
            order,
          });
          pages.push(page);
          iterator = page.iterator;
          if (page.done) break;
        }
        expect(pages.map((page) => page.data.length)).toEqual([3, 3, 1]);
        expect(pages.flatMap((page) => page.data.map(({ id }) => id))).toEqual(expected);
        const back = await client.application.list({
          limit: 3,
          iterator: pages[2]?.prevIterator ?? null,
          order,
        });
        expect(back).toMatchObject({ done: false });
        expect(back.data.map(({ id }) => id)).toEqual(expected.slice(3, 6));
        const first = await client.application.list({
          limit: 3,
          iterator: back.prevIterator ?? null,
          order,
        });
        expect(first).toMatchObject({ done: true });
        expect(first.data.map(({ id }) => id)).toEqual(expected.slice(0, 3));
      }
    } finally {
      await other.stop();
    }
  });

  it('are refused with every field error and its place', async () => {
    const wrong = { name: '', uid: 'a b', throttleRate: -1, metadata: { n: 1 } };
    const call = svix.application.create(wrong as unknown as { name: string });
    const place = (...loc: string[]) =>
      expect.objectContaining({ loc, msg: expect.any(String), type: expect.any(String) });
    await expect(call).rejects.toEqual(
      refusal(422, {
        detail: [
          place('body', 'name'),
          place('body', 'uid'),
          place('body', 'throttleRate'),
          place('body', 'metadata', 'n'),
        ],
      }),
    );
  });
});

describe('endpoints', () => {
  it('are created, read by id and uid, replaced, changed and deleted', async () => {
    const app = await newApp();
    const created = await svix.endpoint.create(app, {
      url: 'https://example.com/hook',
      uid: 'main',
      description: 'Main',
      eventTypes: ['call.new'],
      channels: ['north'],
      throttleRate: 10,
      metadata: { a: 'b' },
    });
    expect(created).toMatchObject({
      id: expect.stringMatching(/^ep_[0-9A-Za-z]{27}$/),
      url: 'https://example.com/hook',
      uid: 'main',
      description: 'Main',
      eventTypes: ['call.new'],
      channels: ['north'],
      throttleRate: 10,
      disabled: false,
      metadata: { a: 'b' },
    });
    expect(await svix.endpoint.get(app, 'main')).toEqual(created);

    const replaced = await svix.endpoint.upsert(app, 'main', {
      url: 'https://example.com/2',
      disabled: true,
    });
    expect(replaced).toMatchObject({
      id: created.id,
      uid: 'main',
      url: 'https://example.com/2',
      description: '',
      eventTypes: null,
      channels: null,
      throttleRate: null,
      disabled: true,
    });

    const patched = await svix.endpoint.patch(app, 'main', {
      disabled: false,
      eventTypes: ['a.b', 'c.d'],
      throttleRate: 3,
    });
    expect(patched).toMatchObject({
      disabled: false,
      url: 'https://example.com/2',
      eventTypes: ['a.b', 'c.d'],
      throttleRate: 3,
    });
    expect(
      await svix.endpoint.patch(app, 'main', { eventTypes: null, throttleRate: null }),
    ).toMatchObject({ eventTypes: null, throttleRate: null });

    await svix.endpoint.delete(app, 'main');
    await expect(svix.endpoint.get(app, created.id)).rejects.toEqual(refusal(404));
  });

  it('are created by an update of a uid that is free', async () => {
    const app = await newApp();
    const created = await svix.endpoint.upsert(app, 'fresh', { url: 'https://example.com/' });
    expect(created).toMatchObject({ uid: 'fresh' });
    expect(await svix.endpoint.get(app, 'fresh')).toEqual(created);
  });

  it('are listed newest first', async () => {
    const app = await newApp();
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) {
      ids.push((await svix.endpoint.create(app, { url: `https://example.com/${i}` })).id);
    }
    const page = await svix.endpoint.list(app, { limit: 2 });
    expect(page.data.map(({ id }) => id)).toEqual([ids[2], ids[1]]);
    const rest = await svix.endpoint.list(app, { limit: 2, iterator: page.iterator ?? null });
    expect(rest).toMatchObject({ done: true, data: [{ id: ids[0] }] });
  });

  it.each([
    ['no scheme', 'example.com/hook'],
    ['another scheme', 'ftp://example.com/'],
    ['no slashes', 'https:example.com/hook'],
    ['a line break', 'https://example.com/\nhook'],
    ['too long', `https://example.com/${'a'.repeat(65_536)}`],
  ])('refuse a URL with %s', async (_, url) => {
    await expect(svix.endpoint.create(await newApp(), { url })).rejects.toEqual(
      refusal(422, { detail: [expect.objectContaining({ loc: ['body', 'url'] })] }),
    );
  });

  it('keep a given secret, generate one otherwise, and rotate it', async () => {
    const app = await newApp();
    const given = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
    const { id } = await svix.endpoint.create(app, { url: 'https://example.com/', secret: given });
    expect(await svix.endpoint.getSecret(app, id)).toEqual({ key: given });

    await svix.endpoint.rotateSecret(app, id, {});
    const { key } = await svix.endpoint.getSecret(app, id);
    expect(key).toMatch(/^whsec_[A-Za-z0-9+/=]{32}$/);
    expect(key).not.toBe(given);
    const { id: appId } = await svix.application.get(app);
    const secrets = (await server.storage.endpoints.get(appId, id))?.secrets ?? [];
    expect(secrets.map((secret) => secret.key)).toEqual([key, given]);
    const graceMs = (secrets[1]?.expiresAt ?? 0) - Date.now();
    expect(Math.abs(graceMs - 24 * 60 * 60 * 1000)).toBeLessThan(60_000);

    const next = `whsec_${Buffer.alloc(24, 9).toString('base64')}`;
    await svix.endpoint.rotateSecret(app, id, { key: next });
    expect(await svix.endpoint.getSecret(app, id)).toEqual({ key: next });
    await expect(svix.endpoint.rotateSecret(app, id, { key: 'short' })).rejects.toEqual(
      refusal(422, { detail: [expect.objectContaining({ loc: ['body', 'key'] })] }),
    );
  });

  it('lose no edit to a simultaneous one', async () => {
    const app = await newApp();
    const { id } = await svix.endpoint.create(app, { url: 'https://example.com/' });
    await Promise.all([
      svix.endpoint.patch(app, id, { description: 'changed' }),
      svix.endpoint.patch(app, id, { metadata: { a: 'b' } }),
      svix.endpoint.patchHeaders(app, id, { headers: { 'x-one': '1' } }),
      svix.endpoint.patchHeaders(app, id, { headers: { 'x-two': '2' } }),
    ]);
    expect(await svix.endpoint.get(app, id)).toMatchObject({
      description: 'changed',
      metadata: { a: 'b' },
    });
    expect(await svix.endpoint.getHeaders(app, id)).toMatchObject({
      headers: { 'x-one': '1', 'x-two': '2' },
    });
  });

  it('send custom headers, and do not show sensitive ones', async () => {
    const app = await newApp();
    const { id } = await svix.endpoint.create(app, { url: 'https://example.com/' });
    await svix.endpoint.setHeaders(app, id, {
      headers: { 'X-Team': 'blue', Authorization: 'Bearer 1', 'X-Api-Key': '2' },
    });
    expect(await svix.endpoint.getHeaders(app, id)).toEqual({
      headers: { 'X-Team': 'blue' },
      sensitive: ['Authorization', 'X-Api-Key'],
    });
    await svix.endpoint.patchHeaders(app, id, {
      // The client's type leaves out that null removes a header.
      headers: { 'x-team': null as unknown as string, 'X-New': 'yes' },
    });
    expect(await svix.endpoint.getHeaders(app, id)).toEqual({
      headers: { 'X-New': 'yes' },
      sensitive: ['Authorization', 'X-Api-Key'],
    });
    await expect(
      svix.endpoint.setHeaders(app, id, { headers: { Host: 'x', 'webhook-id': 'y' } }),
    ).rejects.toEqual(
      refusal(422, {
        detail: [
          expect.objectContaining({ loc: ['body', 'headers', 'Host'] }),
          expect.objectContaining({ loc: ['body', 'headers', 'webhook-id'] }),
        ],
      }),
    );
  });
});

describe('event types', () => {
  it('are created, read, replaced, changed, archived, restored and removed', async () => {
    const name = unique('invoice.paid');
    const schemas = { '1': { type: 'object', title: 'Paid' } };
    const created = await svix.eventType.create({ name, description: 'Paid', schemas });
    expect(created).toMatchObject({ name, description: 'Paid', archived: false, schemas });
    expect(await svix.eventType.get(name)).toEqual(created);
    await expect(svix.eventType.create({ name, description: 'Again' })).rejects.toEqual(
      refusal(409),
    );

    expect(await svix.eventType.upsert(name, { description: 'Paid at last' })).toMatchObject({
      description: 'Paid at last',
      schemas: null,
    });
    expect(await svix.eventType.patch(name, { deprecated: true })).toMatchObject({
      description: 'Paid at last',
      deprecated: true,
    });

    await svix.eventType.delete(name);
    expect(await svix.eventType.get(name)).toMatchObject({ archived: true });
    expect(await svix.eventType.create({ name, description: 'Back' })).toMatchObject({
      archived: false,
      description: 'Back',
    });
    await svix.eventType.delete(name, { expunge: true });
    await expect(svix.eventType.get(name)).rejects.toEqual(refusal(404));
  });

  it('are listed by name; archived ones and schemas on request', async () => {
    const group = unique('list');
    const names = ['c', 'a', 'b'].map((letter) => `${group}.${letter}`);
    for (const name of names) {
      await svix.eventType.create({ name, description: '', schemas: { '1': {} } });
    }
    await svix.eventType.delete(`${group}.b`);
    const inGroup = ({ name }: { name: string }) => name.startsWith(`${group}.`);
    const { data } = await svix.eventType.list({ limit: 250 });
    expect(data.filter(inGroup)).toMatchObject([
      { name: `${group}.a`, schemas: null },
      { name: `${group}.c`, schemas: null },
    ]);
    const all = await svix.eventType.list({
      limit: 250,
      includeArchived: true,
      withContent: true,
      order: Ordering.Descending,
    });
    expect(all.data.filter(inGroup)).toMatchObject([
      { name: `${group}.c`, schemas: { '1': {} } },
      { name: `${group}.b`, archived: true },
      { name: `${group}.a` },
    ]);
    const last = await svix.eventType.list({ iterator: `${group}.b`, limit: 1 });
    expect(last.data).toMatchObject([{ name: `${group}.c` }]);
  });
});

describe('messages', () => {
  it('are published, read by id and eventId, and listed newest first', async () => {
    const app = await newApp();
    const first = await svix.message.create(
      app,
      { eventType: 'call.new', eventId: 'call-1', channels: ['north'], payload: { n: 1 } },
      { withContent: true },
    );
    expect(first).toMatchObject({
      id: expect.stringMatching(/^msg_[0-9A-Za-z]{27}$/),
      eventType: 'call.new',
      eventId: 'call-1',
      channels: ['north'],
      payload: { n: 1 },
    });
    expect(await svix.message.get(app, 'call-1', { withContent: true })).toEqual(first);
    const second = await svix.message.create(app, { eventType: 'call.finished', payload: {} });
    expect(second.payload).toEqual({});

    const ids = async (options?: Parameters<typeof svix.message.list>[1]) =>
      (await svix.message.list(app, options)).data.map(({ id }) => id);
    expect(await ids()).toEqual([second.id, first.id]);
    expect(await ids({ eventTypes: ['call.new', 'other'] })).toEqual([first.id]);
    expect(await ids({ channel: 'north' })).toEqual([first.id]);
    expect(await ids({ before: new Date(first.timestamp.getTime() - 1) })).toEqual([]);
    expect(await ids({ after: new Date(first.timestamp.getTime() - 1) })).toHaveLength(2);
    const page = await svix.message.list(app, { limit: 1 });
    expect(await ids({ limit: 1, iterator: page.iterator ?? null })).toEqual([first.id]);
  });

  it('are accepted once per eventId and once per idempotency key', async () => {
    const app = await newApp();
    const event = { eventType: 'a.b', eventId: 'one', payload: {} };
    const { id } = await svix.message.create(app, event, { idempotencyKey: 'key' });
    expect((await svix.message.create(app, event, { idempotencyKey: 'key' })).id).toBe(id);
    await expect(svix.message.create(app, event)).rejects.toEqual(
      refusal(409, { code: 'conflict', detail: expect.stringContaining(id) }),
    );
  });

  it('create their inline application', async () => {
    const uid = unique('along');
    const event = { eventType: 'a.b', payload: {} };
    await expect(
      svix.message.create(uid, { ...event, application: { name: 'X', uid: 'other' } }),
    ).rejects.toEqual(
      refusal(422, {
        detail: [expect.objectContaining({ loc: ['body', 'application', 'uid'] })],
      }),
    );
    await svix.message.create(uid, { ...event, application: { name: 'Along', uid } });
    await svix.message.create(uid, { ...event, application: { name: 'Ignored', uid } });
    expect(await svix.application.get(uid)).toMatchObject({ name: 'Along' });
  });

  it('go to the endpoints whose filters match', async () => {
    const app = await newApp();
    const url = 'https://example.com/';
    const all = await svix.endpoint.create(app, { url });
    const typed = await svix.endpoint.create(app, { url, eventTypes: ['call.new'] });
    const channelled = await svix.endpoint.create(app, { url, channels: ['north'] });
    await svix.endpoint.create(app, { url, disabled: true });
    await svix.endpoint.create(app, { url, eventTypes: ['other'] });
    const { id } = await svix.message.create(app, {
      eventType: 'call.new',
      channels: ['north', 'x'],
      payload: {},
    });
    const owed = server.handedOver.filter(({ messageId }) => messageId === id);
    expect(new Set(owed.map(({ endpointId }) => endpointId))).toEqual(
      new Set([all.id, typed.id, channelled.id]),
    );
  });

  it('are held to the throttle rate of their application', async () => {
    const { id } = await svix.application.create({ name: 'Slow', throttleRate: 2 });
    const calls = await Promise.allSettled(
      Array.from({ length: 20 }, () => svix.message.create(id, { eventType: 'a.b', payload: {} })),
    );
    const refused = calls.filter((call) => call.status === 'rejected');
    expect(refused.length).toBeGreaterThan(10);
    expect(refused[0]?.reason).toEqual(
      refusal(429, { code: 'rate_limited', detail: expect.any(String) }),
    );
  });
});

describe('attempts', () => {
  it('are listed by message and by endpoint, read one by one, and resent', async () => {
    const app = await newApp();
    const { id: endpoint } = await svix.endpoint.create(app, { url: 'https://example.com/' });
    const { id: message } = await svix.message.create(app, { eventType: 'a.b', payload: {} });
    const before = await svix.messageAttempt.listAttemptedDestinations(app, message);
    expect(before.data).toMatchObject([{ id: endpoint, status: 3, statusText: 'sending' }]);

    const failed = await record(message, 1, { statusCode: 503, response: 'busy' });
    const ok = await record(message, 2, { statusCode: 200, response: 'ok' });

    const list = await svix.messageAttempt.listByMsg(app, message, { withContent: true });
    expect(list.data).toMatchObject([
      {
        id: ok,
        msgId: message,
        endpointId: endpoint,
        status: 0,
        statusText: 'success',
        responseStatusCode: 200,
        response: 'ok',
        responseDurationMs: 12,
        triggerType: 0,
        url: 'https://example.com/',
      },
      { id: failed, status: 2, statusText: 'fail', responseStatusCode: 503, response: 'busy' },
    ]);
    const ids = async (options: Parameters<typeof svix.messageAttempt.listByEndpoint>[2] = {}) =>
      (await svix.messageAttempt.listByEndpoint(app, endpoint, options)).data.map(({ id }) => id);
    expect(await ids()).toEqual([ok, failed]);
    expect(await ids({ status: MessageStatus.Success })).toEqual([ok]);
    expect(await ids({ status: MessageStatus.Fail })).toEqual([failed]);
    expect(await ids({ status: MessageStatus.Pending })).toEqual([]);
    expect(await ids({ statusCodeClass: StatusCodeClass.Code5xx })).toEqual([failed]);
    expect(await ids({ eventTypes: ['other'] })).toEqual([]);
    expect(await ids({ after: new Date(Date.now() + 60_000) })).toEqual([]);
    const page = await svix.messageAttempt.listByMsg(app, message, {
      limit: 1,
      endpointId: endpoint,
    });
    const next = await svix.messageAttempt.listByMsg(app, message, {
      limit: 1,
      iterator: page.iterator ?? null,
    });
    expect(next).toMatchObject({ done: true, data: [{ id: failed, response: '' }] });

    expect(await svix.messageAttempt.get(app, message, failed)).toMatchObject({
      id: failed,
      response: 'busy',
    });
    const other = await svix.message.create(app, { eventType: 'a.b', payload: {} });
    await expect(svix.messageAttempt.get(app, other.id, failed)).rejects.toEqual(refusal(404));

    const delivered = await svix.messageAttempt.listAttemptedDestinations(app, message);
    expect(delivered.data).toMatchObject([{ id: endpoint, status: 0, statusText: 'success' }]);
    await svix.messageAttempt.resend(app, message, endpoint);
    const owed = await svix.messageAttempt.listAttemptedDestinations(app, message);
    expect(owed.data).toMatchObject([{ status: 3, statusText: 'sending' }]);
    expect(owed.data[0]?.nextAttempt).toBeInstanceOf(Date);
  });

  async function record(
    messageId: string,
    number: number,
    outcome: { statusCode: number; response: string },
  ): Promise<string> {
    const handoff = server.handedOver.find((found) => found.messageId === messageId);
    if (!handoff) throw new Error('not handed over');
    const succeeded = outcome.statusCode === 200;
    const id = `atmpt_${String(number).padStart(27, '0')}`;
    await server.storage.record(() =>
      recordBatch({
        records: [
          {
            attempt: {
              id,
              messageId,
              endpointId: handoff.endpointId,
              applicationId: handoff.applicationId,
              number,
              trigger: 'scheduled',
              url: 'https://example.com/',
              startedAt: Date.now(),
              durationMs: 12,
              succeeded,
              failure: succeeded ? null : 'status',
              detail: succeeded ? '' : 'answered 503',
              exchange: null,
              ...outcome,
            },
            claim: handoff.claim,
            next: succeeded
              ? { state: 'delivered' }
              : { state: 'pending', dueAt: Date.now() + 5_000, scheduleStep: 1 },
          },
        ],
      }),
    );
    return id;
  }
});

describe('repair', () => {
  it('makes a task for each call, which can be read and listed', async () => {
    const { id: app } = await svix.application.create({ name: 'Repaired' });
    const { id } = await svix.endpoint.create(app, { url: 'https://example.com/' });
    const since = new Date(Date.now() - 60_000);
    const tasks = [
      await svix.endpoint.recover(app, id, { since, until: new Date() }),
      await svix.endpoint.replayMissing(app, id, { since }),
      await svix.endpoint.bulkReplay(app, id, { since, status: 2, eventTypes: ['a.b'] }),
    ];
    expect(tasks.map(({ task, status }) => [task, status])).toEqual([
      ['endpoint.recover', 'running'],
      ['endpoint.replay', 'running'],
      ['endpoint.bulk-replay', 'running'],
    ]);
    expect(tasks[0]?.updatedAt).toBeInstanceOf(Date);
    const [first, second, third] = tasks.map((task) => task.id);
    expect(await svix.backgroundTask.get(second ?? '')).toMatchObject({
      ...tasks[1],
      data: { endpointId: id, scanned: 0, changed: 0 },
    });
    const page = await svix.backgroundTask.list({ limit: 2, status: BackgroundTaskStatus.Running });
    expect(page).toMatchObject({ data: [{ id: third }, { id: second }], done: false });
    const { iterator } = page;
    const next = await svix.backgroundTask.list({
      iterator,
      task: BackgroundTaskType.EndpointRecover,
    });
    expect(next.data).toMatchObject([{ id: first }]);
    await expect(
      svix.endpoint.recover(app, id, { since: new Date(Date.now() - 15 * 86_400_000) }),
    ).rejects.toEqual(refusal(422));
  });
});

describe('tokens', () => {
  it('of another organization see nothing of this one', async () => {
    const app = await newApp();
    const token = await server.issue({ organizationId: 'org_other' });
    const other = new Svix(token, { serverUrl: server.url });
    await expect(other.application.get(app)).rejects.toEqual(refusal(404));
    await expect(other.message.create(app, { eventType: 'a.b', payload: {} })).rejects.toEqual(
      refusal(404),
    );
    expect(await other.application.list()).toMatchObject({ data: [], done: true });
  });

  it('of a portal are limited to their application', async () => {
    const app = await newApp();
    const neighbour = await newApp();
    const organizationId = DEFAULT_ORGANIZATION;
    const token = await server.issue({ organizationId, applicationId: app });
    const portal = new Svix(token, { serverUrl: server.url });
    const { id } = await portal.endpoint.create(app, { url: 'https://example.com/' });
    const message = await svix.message.create(app, { eventType: 'a.b', payload: {} });
    expect(await portal.application.get(app)).toMatchObject({ id: app });
    expect(await portal.message.get(app, message.id)).toMatchObject({ id: message.id });
    await portal.messageAttempt.resend(app, message.id, id);
    await portal.eventType.list();

    const forbidden = refusal(403, {
      code: 'insufficient_permissions',
      detail: expect.any(String),
    });
    const calls = [
      portal.application.list(),
      portal.application.create({ name: 'x' }),
      portal.application.patch(app, { name: 'x' }),
      portal.application.upsert(app, { name: 'x' }),
      portal.application.delete(app),
      portal.message.create(app, { eventType: 'a.b', payload: {} }),
      portal.eventType.create({ name: 'x', description: '' }),
      portal.eventType.delete('x'),
    ];
    for (const call of await Promise.allSettled(calls)) {
      expect(call).toEqual({ status: 'rejected', reason: forbidden });
    }
    const elsewhere = [
      portal.endpoint.list(neighbour),
      portal.application.get(neighbour),
      portal.application.get('does-not-exist'),
    ];
    for (const call of await Promise.allSettled(elsewhere)) {
      expect(call).toEqual({ status: 'rejected', reason: refusal(404) });
    }
  });

  it.each([
    ['no JWT', 'nonsense'],
    ['another secret', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJvcmdfeCJ9.AAAA'],
  ])('are refused when they are %s', async (_, token) => {
    const stranger = new Svix(token, { serverUrl: server.url });
    await expect(stranger.application.list()).rejects.toEqual(
      refusal(401, { code: 'authentication_failed', detail: expect.any(String) }),
    );
  });
});

it('the server says that it is healthy', async () => {
  await svix.health.get();
});

describe('access', () => {
  const as = (token: string) => new Svix(token, { serverUrl: server.url });
  const url = 'https://example.com/';

  it('to the portal has capabilities, and ends by logout and by session', async () => {
    const app = await newApp();
    const grant = async (sessionId: string) => {
      const capabilities = [AppPortalCapability.ViewBase];
      return (await svix.authentication.appPortalAccess(app, { capabilities, sessionId })).token;
    };
    const [first, second] = [as(await grant('one')), as(await grant('two'))];
    await first.endpoint.list(app);
    await expect(first.endpoint.create(app, { url })).rejects.toEqual(refusal(403));
    await first.authentication.logout();
    await expect(first.endpoint.list(app)).rejects.toEqual(refusal(401));
    await svix.authentication.expireAll(app, { sessionIds: ['other'] });
    await second.endpoint.list(app);
    await svix.authentication.expireAll(app, { sessionIds: ['two'] });
    await expect(second.endpoint.list(app)).rejects.toEqual(refusal(401));
    await as(await grant('two')).endpoint.list(app);
  });
});
