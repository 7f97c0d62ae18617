import { Webhook } from 'standardwebhooks';
import { type MessageAttemptOut, Ordering, type Svix } from 'svix';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type HttpApp, startHttpApp } from '../support/http-app.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { SVIX_LIBRARIES, type SvixClient } from '../support/svix-libraries.ts';
import { waitFor } from '../support/wait-for.ts';

/**
 * Runs one script with every version of the official client library that the documentation names. The script calls
 * every operation of the API; `svix-client.test.ts` tests the details, with 2.x.
 */
let app: HttpApp;

beforeAll(async () => {
  app = await startHttpApp({ retrySchedule: '0.01' });
});
afterAll(() => app.close());

let count = 0;
const unique = (name: string) => `${name}-${++count}`;
const URL = 'https://example.com/hook';

function refusal(code: number, body: unknown = expect.anything()) {
  return expect.objectContaining({ code, body });
}

/** Reads a list to its end and back to the first page, and returns the ids of both ways. */
async function walk(
  page: (options: { limit: number; iterator: string | null }) => Promise<{
    data: { id?: string; name?: string }[];
    iterator: string | null;
    prevIterator?: string | null;
    done: boolean;
  }>,
) {
  const ids = (data: { id?: string; name?: string }[]) => data.map(({ id, name }) => id ?? name);
  let last = await page({ limit: 2, iterator: null });
  const forward = [ids(last.data)];
  while (!last.done) {
    last = await page({ limit: 2, iterator: last.iterator });
    forward.push(ids(last.data));
  }
  const back = [ids(last.data)];
  for (let i = 1; i < forward.length; i++) {
    last = await page({ limit: 2, iterator: last.prevIterator ?? null });
    back.push(ids(last.data));
  }
  return { forward, back: back.toReversed(), all: forward.flat() };
}

describe.each(SVIX_LIBRARIES)('svix $version', (library) => {
  let svix: SvixClient;
  let receiver: Receiver;
  const [PAID, SENT] = ['paid', 'sent'].map((name) => `v${library.version}.${name}`) as [
    string,
    string,
  ];

  beforeAll(async () => {
    svix = library.connect(app.url, app.token);
    for (const name of [PAID, SENT]) await svix.eventType.create({ name, description: '' });
  });
  beforeEach(async () => {
    receiver = await startReceiver();
  });
  afterEach(() => receiver.close());

  const newApp = async () => (await svix.application.create({ name: 'Acme' })).id;

  it('applications', async () => {
    const uid = unique('acme');
    const body = { name: 'Acme', uid, metadata: { plan: 'gold' }, ...library.limit(50) };
    const created = await svix.application.create(body);
    expect(created).toMatchObject({ name: 'Acme', uid, metadata: { plan: 'gold' } });
    expect(created.createdAt).toBeInstanceOf(Date);
    expect(library.limited(created)).toBe(50);
    expect(await svix.application.get(uid)).toEqual(created);
    expect(await svix.application.getOrCreate({ name: 'Another', uid })).toEqual(created);
    await expect(svix.application.create(body)).rejects.toEqual(refusal(409));

    const options = { idempotencyKey: unique('create') };
    const once = await svix.application.create({ name: 'Once' }, options);
    expect(await svix.application.create({ name: 'Once' }, options)).toEqual(once);

    const replaced = await svix.upsertApplication(uid, { name: 'Acme Ltd', uid });
    expect(replaced).toMatchObject({ id: created.id, name: 'Acme Ltd', metadata: {} });
    expect(library.limited(replaced)).toBeNull();
    const patched = await svix.application.patch(uid, {
      metadata: { a: 'b' },
      ...library.limit(7),
    });
    expect(patched).toMatchObject({ name: 'Acme Ltd', metadata: { a: 'b' } });
    expect(library.limited(patched)).toBe(7);

    await svix.application.delete(created.id);
    await expect(svix.application.get(uid)).rejects.toEqual(
      refusal(404, { code: 'not_found', detail: expect.any(String) }),
    );
    await expect(svix.application.create({ name: '' })).rejects.toEqual(
      refusal(422, { detail: [expect.objectContaining({ loc: ['body', 'name'] })] }),
    );
  });

  it('lists of applications, to the end and back', async () => {
    for (let i = 0; i < 3; i++) await newApp();
    const orders: unknown[][] = [];
    for (const order of [Ordering.Ascending, Ordering.Descending]) {
      const { forward, back, all } = await walk((options) =>
        svix.application.list({ ...options, order }),
      );
      expect(back).toEqual(forward);
      orders.push(all);
    }
    expect(orders[0]).toEqual(orders[1]?.toReversed());
  });

  it('endpoints', async () => {
    const id = await newApp();
    const created = await svix.endpoint.create(id, {
      url: URL,
      uid: 'main',
      description: 'Main',
      channels: ['north'],
      metadata: { a: 'b' },
      headers: { 'X-Team': 'red' },
      ...library.choose([PAID]),
      ...library.limit(10),
    });
    expect(created).toMatchObject({
      id: expect.stringMatching(/^ep_/),
      url: URL,
      uid: 'main',
      description: 'Main',
      channels: ['north'],
      disabled: false,
      metadata: { a: 'b' },
    });
    expect(library.chosen(created)).toEqual([PAID]);
    expect(library.limited(created)).toBe(10);
    expect(await svix.endpoint.get(id, 'main')).toEqual(created);

    const replaced = await svix.upsertEndpoint(id, 'main', { url: `${URL}/2`, disabled: true });
    expect(replaced).toMatchObject({ id: created.id, uid: 'main', disabled: true, channels: null });
    expect(library.chosen(replaced)).toBeNull();
    expect(library.limited(replaced)).toBeNull();
    const body = { disabled: false, ...library.choose([SENT]), ...library.limit(3) };
    const patched = await svix.endpoint.patch(id, 'main', body);
    expect(patched).toMatchObject({ disabled: false, url: `${URL}/2` });
    expect([library.chosen(patched), library.limited(patched)]).toEqual([[SENT], 3]);
    const nulls = { ...library.choose(null), ...library.limit(null) };
    const cleared = await svix.endpoint.patch(id, 'main', nulls);
    expect([library.chosen(cleared), library.limited(cleared)]).toEqual([null, null]);

    for (let i = 0; i < 4; i++) await svix.endpoint.create(id, { url: URL });
    const { forward, back, all } = await walk((options) => svix.endpoint.list(id, options));
    expect(back).toEqual(forward);
    expect(all).toHaveLength(5);

    await svix.endpoint.delete(id, 'main');
    await expect(svix.endpoint.get(id, created.id)).rejects.toEqual(refusal(404));
    const none = svix.endpoint.create(id, { url: URL, ...library.choose(['unknown.type']) });
    await expect(none).rejects.toEqual(refusal(422));
  });

  it('headers and secrets of endpoints', async () => {
    const id = await newApp();
    const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
    const endpoint = await svix.endpoint.create(id, { url: URL, secret });
    await svix.setHeaders(id, endpoint.id, {
      headers: { 'X-Team': 'blue', 'X-Old': '1', Authorization: 'Bearer 1' },
    });
    await svix.endpoint.patchHeaders(id, endpoint.id, {
      headers: { 'X-New': 'yes' },
      deleteHeaders: ['X-Old'],
    });
    expect(await svix.endpoint.getHeaders(id, endpoint.id)).toEqual({
      headers: { 'X-Team': 'blue', 'X-New': 'yes' },
      sensitive: ['Authorization'],
    });

    expect(await svix.endpoint.getSecret(id, endpoint.id)).toEqual({ key: secret });
    const next = `whsec_${Buffer.alloc(24, 9).toString('base64')}`;
    await svix.endpoint.rotateSecret(id, endpoint.id, { key: next });
    expect(await svix.endpoint.getSecret(id, endpoint.id)).toEqual({ key: next });
    await svix.endpoint.rotateSecret(id, endpoint.id, {});
    const { key } = await svix.endpoint.getSecret(id, endpoint.id);
    expect([secret, next]).not.toContain(key);
  });

  it('event types', async () => {
    const name = unique('invoice.paid');
    const schemas = { '1': { type: 'object', title: 'Paid' } };
    const created = await svix.eventType.create({ name, description: 'Paid', schemas });
    expect(created).toMatchObject({ name, description: 'Paid', archived: false, schemas });
    expect(await svix.eventType.get(name)).toEqual(created);
    await expect(svix.eventType.create({ name, description: '' })).rejects.toEqual(refusal(409));
    const replaced = await svix.upsertEventType(name, { description: 'At last' });
    expect(replaced).toMatchObject({ description: 'At last', schemas: null });
    const patched = await svix.eventType.patch(name, { deprecated: true });
    expect(patched).toMatchObject({ deprecated: true });

    await svix.eventType.delete(name);
    const { forward, back, all } = await walk((options) => svix.eventType.list(options));
    expect(back).toEqual(forward);
    expect(all).not.toContain(name);
    const archived = await walk((options) =>
      svix.eventType.list({ ...options, includeArchived: true, withContent: true }),
    );
    expect(archived.all).toContain(name);
    await svix.eventType.delete(name, { expunge: true });
    await expect(svix.eventType.get(name)).rejects.toEqual(refusal(404));
  });

  it('messages, and the event types that an endpoint asked for', async () => {
    const id = await newApp();
    const endpoint = await svix.endpoint.create(id, {
      url: receiver.url,
      ...library.choose([PAID]),
    });
    const input = { eventType: PAID, eventId: 'one', channels: ['north'], payload: { n: 1 } };
    // 2.x leaves contents out unless they are asked for; 1.x asks for them unless told otherwise.
    const options = { idempotencyKey: 'key', withContent: true };
    const first = await svix.message.create(id, input, options);
    expect(first).toMatchObject(input);
    expect(first.timestamp).toBeInstanceOf(Date);
    expect(await svix.message.create(id, input, options)).toEqual(first);
    await expect(svix.message.create(id, input)).rejects.toEqual(refusal(409));
    expect(await svix.message.get(id, 'one', { withContent: true })).toEqual(first);
    const second = await svix.message.create(id, { eventType: SENT, payload: {} });
    const raw = library.messageInRaw(PAID, '<paid/>', 'text/xml');
    const third = await svix.message.create(id, raw);
    expect(third.payload).toEqual({});

    await waitFor(() => receiver.received.length === 2, 'the webhooks');
    const bodies = receiver.received.map(({ body }) => body);
    expect(bodies.toSorted()).toEqual(['<paid/>', '{"n":1}']);
    const { key } = await svix.endpoint.getSecret(id, endpoint.id);
    for (const { body, headers } of receiver.received) {
      expect(headers['content-type']).toBe(body === '<paid/>' ? 'text/xml' : 'application/json');
      const sentAt = new Date(Number(headers['webhook-timestamp']) * 1_000);
      expect(headers['webhook-signature']).toBe(
        new Webhook(key).sign(String(headers['webhook-id']), sentAt, body),
      );
    }

    type Options = Parameters<Svix['message']['list']>[1];
    const ids = async (options: Options) =>
      (await svix.message.list(id, options)).data.map((message) => message.id);
    expect(await ids({ eventTypes: [PAID] })).toEqual([third.id, first.id]);
    expect(await ids({ eventTypes: [PAID, SENT] })).toHaveLength(3);
    expect(await ids({ channel: 'north' })).toEqual([first.id]);
    expect(await ids({ before: first.timestamp })).toEqual([]);
    expect(await ids({ after: first.timestamp, withContent: false })).toHaveLength(3);
    const { forward, back, all } = await walk((options) => svix.message.list(id, options));
    expect(back).toEqual(forward);
    expect(all).toEqual([third.id, second.id, first.id]);
  });

  it('attempts, their filters, and resending', async () => {
    const id = await newApp();
    const endpoint = (await svix.endpoint.create(id, { url: receiver.url })).id;
    receiver.answer = (_request, response) => {
      response.statusCode = receiver.received.length === 1 ? 503 : 200;
      response.end(receiver.received.length === 1 ? 'busy' : 'ok');
    };
    const message = await svix.message.create(id, {
      eventType: PAID,
      channels: ['north'],
      payload: {},
    });
    const attempts = () => svix.messageAttempt.listByMsg(id, message.id, { withContent: true });
    await waitFor(async () => (await attempts()).data.length === 2, 'two attempts');
    expect((await attempts()).data).toMatchObject([
      { statusText: 'success', responseStatusCode: 200, response: 'ok', triggerType: 0 },
      { statusText: 'fail', responseStatusCode: 503, response: 'busy', msgId: message.id },
    ]);
    const destinations = await svix.messageAttempt.listAttemptedDestinations(id, message.id);
    expect(destinations.data).toMatchObject([{ id: endpoint, status: 0, statusText: 'success' }]);

    await svix.messageAttempt.resend(id, message.id, endpoint);
    await waitFor(async () => (await attempts()).data.length === 3, 'a third attempt');
    const [third, second, first] = (await attempts()).data as [
      MessageAttemptOut,
      MessageAttemptOut,
      MessageAttemptOut,
    ];
    expect(third).toMatchObject({ triggerType: 1, endpointId: endpoint });
    expect(third.timestamp).toBeInstanceOf(Date);
    expect(await svix.messageAttempt.get(id, message.id, first.id)).toEqual(first);

    type Options = Parameters<Svix['messageAttempt']['listByMsg']>[2];
    const lists = {
      listByMsg: (options: Options) => svix.messageAttempt.listByMsg(id, message.id, options),
      listByEndpoint: (options: Options) =>
        svix.messageAttempt.listByEndpoint(id, endpoint, options),
    };
    const succeeded = [third.id, second.id];
    const every = [...succeeded, first.id];
    const rows: [Options, string[]][] = [
      [{ status: 0 }, succeeded],
      [{ status: 2 }, [first.id]],
      [{ statusCodeClass: 500 }, [first.id]],
      [{ statusCodeClass: 200 }, succeeded],
      [{ channel: 'north' }, every],
      [{ channel: 'south' }, []],
      [{ eventTypes: [PAID] }, every],
      [{ eventTypes: [SENT] }, []],
      [{ before: first.timestamp }, []],
      [{ after: first.timestamp, withContent: false }, every],
    ];
    for (const [name, list] of Object.entries(lists)) {
      for (const [options, expected] of rows) {
        const ids = (await list(options)).data.map((attempt) => attempt.id);
        expect([name, options, ids]).toEqual([name, options, expected]);
      }
      const { forward, back, all } = await walk(list);
      expect([name, back]).toEqual([name, forward]);
      expect([name, all]).toEqual([name, every]);
    }
    const byEndpoint = await svix.messageAttempt.listByMsg(id, message.id, {
      endpointId: endpoint,
    });
    expect(byEndpoint.data).toHaveLength(3);
  });

  it('messages of an endpoint, statistics, examples, and contents that are deleted', async () => {
    const id = await newApp();
    const endpoint = (await svix.endpoint.create(id, { url: receiver.url })).id;
    receiver.answer = (_request, response) => {
      response.statusCode = receiver.received.length === 1 ? 503 : 200;
      response.end('private');
    };
    const message = await svix.message.create(id, { eventType: PAID, payload: { n: 1 } });
    const example = await svix.endpoint.sendExample(id, endpoint, { eventType: 'svix.ping' });
    expect(example).toMatchObject({ eventType: 'svix.ping', payload: { success: true } });
    const listed = async (options: { status?: 0 | 2 | 3; withContent?: boolean } = {}) =>
      (await svix.messageAttempt.listAttemptedMessages(id, endpoint, options)).data;
    await waitFor(async () => (await listed({ status: 0 })).length === 2, 'both deliveries');
    expect(await listed({ withContent: true })).toMatchObject([
      { id: example.id, status: 0, statusText: 'success', payload: { success: true } },
      { id: message.id, status: 0, statusText: 'success', payload: { n: 1 } },
    ]);
    expect(await listed({ status: 2 })).toEqual([]);
    const stats = await svix.endpoint.getStats(id, endpoint);
    expect(stats).toMatchObject({ success: 2, fail: 1, pending: 0, sending: 0 });

    const attempts = () => svix.messageAttempt.listByMsg(id, message.id, { withContent: true });
    const [attempt] = (await attempts()).data as [MessageAttemptOut];
    expect(attempt.response).toBe('private');
    await svix.messageAttempt.expungeContent(id, message.id, attempt.id);
    expect((await attempts()).data[0]?.response).toBe('EXPUNGED');
    await svix.message.expungeContent(id, message.id);
    const shown = await svix.message.get(id, message.id, { withContent: true });
    expect(shown.payload).toEqual({ expired: true });
    const resent = svix.messageAttempt.resend(id, message.id, endpoint);
    await expect(resent).rejects.toEqual(refusal(400));
  });

  it('access to the portal', async () => {
    const uid = unique('customer');
    const { token, url } = await svix.authentication.appPortalAccess(uid, {
      application: { name: 'Customer', uid },
      featureFlags: ['beta'],
    });
    expect(url).toMatch(/^http/);
    const portal = library.connect(app.url, token);
    expect(await portal.application.get(uid)).toMatchObject({ uid });
    await expect(portal.application.list()).rejects.toEqual(refusal(403));
  });

  it('health, and tokens that are refused', async () => {
    await svix.health.get();
    await expect(library.connect(app.url, 'nonsense').application.list()).rejects.toEqual(
      refusal(401, { code: 'authentication_failed', detail: expect.any(String) }),
    );
  });
});
