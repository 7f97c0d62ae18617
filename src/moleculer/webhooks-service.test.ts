import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServiceBroker } from 'moleculer';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, test } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { type Receiver, startReceiver } from '../../test/support/receiver.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import { type Clock, systemClock } from '../domain/clock.ts';
import { PosthasteError } from '../domain/errors.ts';
import { Posthaste } from '../index.ts';
import { createVerifier } from '../receiver/index.ts';
import type { Published, Webhook } from './index.ts';
import { webhooksService } from './index.ts';

const VISIT = { eventType: 'ip.visited', payload: { ipAddress: '203.0.113.7' } };
/** A wait that has read has two timers: its time-out, and the next read. */
const TIMERS_OF_A_WAIT = 2;
const READ_AGAIN_MS = 5_000;

describe('register, update, get, list, delete', () => {
  it('keeps webhooks by a unique id', async () => {
    const { call } = await startService();
    const first = await call<{ id: string }>('register', { targetUrl: 'https://a.example/x' });
    const second = await call<{ id: string }>('register', { targetUrl: 'https://a.example/x' });
    expect(first.id).not.toBe(second.id);

    const updated = await call('update', { id: first.id, newTargetUrl: 'https://b.example/' });
    expect(updated).toMatchObject({ id: first.id, targetUrl: 'https://b.example/' });
    expect(await call('get', { id: first.id })).toMatchObject({
      id: first.id,
      targetUrl: 'https://b.example/',
      disabled: false,
      secret: expect.stringMatching(/^whsec_/),
    });
    expect(urls(await call('list'))).toEqual(['https://b.example/', 'https://a.example/x']);

    expect(await call('delete', { id: first.id })).toEqual({ id: first.id });
    expect(urls(await call('list'))).toEqual(['https://a.example/x']);
  });

  it('lists all, page by page on request', async () => {
    const { call } = await startService();
    const byId = new Map<string, string>();
    await eachOf(260, 50, async (i) => {
      const targetUrl = `https://a.example/${i}`;
      byId.set((await call<Webhook>('register', { targetUrl })).id, targetUrl);
    });
    const all = [...byId.keys()].sort().map((id) => byId.get(id));
    expect(urls(await call('list'))).toEqual(all);

    const page = await call<Webhook[]>('list', { limit: 255 });
    expect(urls(page)).toEqual(all.slice(0, 255));
    expect(await call('list', { limit: '255' })).toEqual(page);
    expect(urls(await call('list', { limit: null, after: null }))).toEqual(all);
    const rest = await call<Webhook[]>('list', { after: page.at(-1)?.id ?? '' });
    expect(urls(rest)).toEqual(all.slice(255));
  });

  it('registers once for two calls with one key', async () => {
    const { call } = await startService();
    const params = { targetUrl: 'https://a.example/', idempotencyKey: 'key 1' };
    const answers = await Promise.all([call('register', params), call('register', params)]);
    expect(answers[0]).toEqual(answers[1]);
    const other = { ...params, targetUrl: 'https://b.example/' };
    const reused = { code: 422, type: 'IDEMPOTENCY_KEY_REUSED' };
    await expect(call('register', other)).rejects.toMatchObject(reused);
    await call('update', { id: (answers[0] as { id: string }).id, newTargetUrl: other.targetUrl });
    expect(await call('register', params)).toEqual(answers[0]);
    expect(await call('list')).toHaveLength(1);
  });

  it('publishes once for two calls with one key, and refuses other content with the key', async () => {
    const { call } = await startService();
    const params = { ...VISIT, idempotencyKey: 'key 1' };
    const first = await call('publish', params);
    expect(await call('publish', params)).toEqual(first);
    await expect(call('publish', { ...params, payload: 2 })).rejects.toMatchObject({
      code: 422,
      type: 'IDEMPOTENCY_KEY_REUSED',
    });
  });

  it('keeps webhooks over a restart', async () => {
    const folder = temporaryFolder();
    const before = await startService({ folder });
    const { id } = await before.call<{ id: string }>('register', {
      targetUrl: 'https://a.example',
    });
    await before.broker.stop();
    const after = await startService({ folder });
    expect(await after.call('list')).toMatchObject([{ id }]);
  });
});

test.each([
  [{}, /posthaste: must be a Posthaste/],
  [{ posthaste: {}, waitTimeoutMs: '5m' }, /waitTimeoutMs: must be a number of milliseconds/],
  [{ posthaste: {}, waitTimeout: 5 }, /waitTimeout: is not an option/],
])('the options %j are refused', (options, message) => {
  expect(() => webhooksService(options as never)).toThrow(message);
});

describe('errors', () => {
  let call: Awaited<ReturnType<typeof start>>['call'];
  let stop: () => Promise<void>;
  beforeAll(async () => ({ call, stop } = await start()));
  afterAll(() => stop());

  it.each(['update', 'get', 'delete'])('%s of an unknown id is not found', async (action) => {
    for (const id of ['ep_2KjDpW8H1T1Zq8iyx5Zl1q8iyx5', 'no such id', '1']) {
      const params = { id, ...(action === 'update' && { newTargetUrl: 'https://a.example/' }) };
      await expect(call(action, params)).rejects.toMatchObject({
        name: 'MoleculerClientError',
        code: 404,
        type: 'WEBHOOK_NOT_FOUND',
        retryable: false,
        data: { id },
      });
    }
  });

  it.each([
    ['register', {}, 'targetUrl'],
    ['register', { targetUrl: 'ftp://a.example/' }, 'targetUrl'],
    ['register', { targetUrl: 'nonsense' }, 'targetUrl'],
    ['update', { id: 'x', newTargetUrl: 'nonsense' }, 'newTargetUrl'],
    ['update', { newTargetUrl: 'https://a.example/' }, 'id'],
    ['list', { after: 'nonsense' }, 'after'],
    ['list', { limit: 0 }, 'limit'],
    ['publish', { eventType: 'ip.visited' }, 'payload'],
    ['publish', { ...VISIT, rawPayload: '<a/>' }, 'payload'],
    ['publish', { ...VISIT, contentType: 'text/xml' }, 'contentType'],
    ['publish', { ...VISIT, headers: 'x-a: b' }, 'headers'],
    ['publish', { ...VISIT, headers: { host: 'a' } }, 'headers.host'],
    ['publish', { ...VISIT, wait: 'yes' }, 'wait'],
    ['publish', { ...VISIT, timeoutMs: 'soon' }, 'timeoutMs'],
    ['publish', { ...VISIT, timeoutMs: '0' }, 'timeoutMs'],
    ['list', { limit: '1.5' }, 'limit'],
    ['list', { limit: '0x10' }, 'limit'],
    ['list', { limit: true }, 'limit'],
    ['list', { limit: [5] }, 'limit'],
    ['list', { limit: 100_001 }, 'limit'],
    ['undelivered', { limit: '' }, 'limit'],
    ['publish', { eventType: 'two words', payload: {} }, 'eventType'],
  ])('%s %j is refused because of %s', async (action, params, field) => {
    await expect(call(action, params)).rejects.toMatchObject({
      name: 'ValidationError',
      code: 422,
      data: [{ field, message: expect.stringContaining(field) }],
    });
  });

  it('are retryable while the service stops', async () => {
    const { call, posthaste } = await startService();
    await posthaste.stop();
    await expect(call('register', { targetUrl: 'https://a.example/' })).rejects.toMatchObject({
      name: 'MoleculerRetryableError',
      code: 503,
      type: 'STOPPING',
      retryable: true,
    });
  });
});

describe('publish', () => {
  it('posts the payload, signed, and answers once the message is stored', async () => {
    const { call } = await startService();
    const receiver = await startTarget();
    const { id } = await call<{ id: string }>('register', { targetUrl: receiver.url });
    const { secret } = await call<{ secret: string }>('get', { id });
    const published = await call<Published>('publish', VISIT);
    expect(published).toEqual({ messageId: expect.stringMatching(/^msg_/), targets: 1 });

    const { body, headers } = await waitFor(() => receiver.received[0], 'the delivery');
    expect(body).toBe('{"ipAddress":"203.0.113.7"}');
    expect(headers['webhook-id']).toBe(published.messageId);
    expect(createVerifier(secret)(body, headers)).toMatchObject({ ok: true });
  });

  it('posts payloads of every kind', async () => {
    const { call } = await startService();
    const receiver = await startTarget();
    await call('register', { targetUrl: receiver.url });
    const payloads = [null, false, 0, '', [], 'text'];
    for (const payload of payloads) {
      await call('publish', { eventType: 'order.paid', payload, wait: true });
    }
    expect(receiver.received.map(({ body }) => body)).toEqual(
      payloads.map((payload) => JSON.stringify(payload)),
    );
  });

  it('posts a raw text unchanged, with its media type and headers', async () => {
    const { call } = await startService();
    const receiver = await startTarget();
    await call('register', { targetUrl: receiver.url });
    const text = { rawPayload: '<a n="1.0"/>\r\n', contentType: 'text/xml' };
    const headers = { 'x-tenant': 'blue' };
    await call('publish', { eventType: 'order.paid', ...text, headers, wait: true });
    expect(receiver.received).toMatchObject([
      { body: text.rawPayload, headers: { 'content-type': 'text/xml', ...headers } },
    ]);
  });

  it('accepts strings and numbers for the flag `wait`', async () => {
    const { call } = await startService();
    for (const wait of ['true', 'on', '1', 1, 'false', 0, null]) {
      const published = await call<Published>('publish', { ...VISIT, wait });
      const waits = Boolean(wait) && wait !== 'false';
      expect({ wait, waits: 'outcomes' in published }).toEqual({ wait, waits });
    }
  });

  it('accepts a string for the number `timeoutMs`', async () => {
    const { call } = await startService();
    const hangs = await startTarget();
    hangs.answer = () => {};
    await call('register', { targetUrl: hangs.url });
    for (const timeoutMs of ['1', 1]) {
      const params = { ...VISIT, wait: 'true', timeoutMs };
      const { outcomes } = await call<Published>('publish', params);
      expect(outcomes?.every(({ state }) => state === 'pending')).toBe(true);
    }
  });

  it('makes one message of two calls with one key', async () => {
    const { call } = await startService();
    const receiver = await startTarget();
    await call('register', { targetUrl: receiver.url });
    const params = { ...VISIT, idempotencyKey: 'key 1', wait: true };
    const first = await call<Published>('publish', params);
    expect(await call('publish', params)).toEqual(first);
    expect(receiver.received).toHaveLength(1);
  });

  it('posts to at most `concurrency` at a time', async () => {
    const { call } = await startService({ concurrency: 4 });
    const receiver = await startTarget();
    const inFlight: (() => void)[] = [];
    let most = 0;
    receiver.answer = (_request, response) => {
      inFlight.push(() => response.end());
      most = Math.max(most, inFlight.length);
    };
    for (let i = 0; i < 30; i++) await call('register', { targetUrl: `${receiver.url}${i}` });
    const triggered = call('publish', { ...VISIT, wait: true });
    for (let left = 30; left > 0; left--) {
      await waitFor(() => inFlight.length >= Math.min(left, 4));
      inFlight.shift()?.();
    }
    await triggered;
    expect(receiver.received).toHaveLength(30);
    expect(most).toBe(4);
  });

  it('with `wait`, returns each outcome, failures included', async () => {
    const { call } = await startService({ policy: { retrySchedule: [0, 0, 0, 0, 0] } });
    const good = await startTarget();
    const flaky = await startTarget();
    flaky.answer = (_request, response) =>
      void response.writeHead(flaky.received.length < 3 ? 500 : 200).end();
    const accepted = await startTarget();
    accepted.answer = (_request, response) => void response.writeHead(204).end();
    const ids: string[] = [];
    const deaf = { url: 'http://127.0.0.1:1/' };
    for (const { url } of [good, flaky, accepted, deaf]) {
      ids.push((await call<{ id: string }>('register', { targetUrl: url })).id);
    }
    const { outcomes } = await call<Published>('publish', { ...VISIT, wait: true });
    expect(outcomes).toEqual([
      outcome(ids[0], good.url, 'delivered', 1, 200),
      outcome(ids[1], flaky.url, 'delivered', 3, 200),
      outcome(ids[2], accepted.url, 'exhausted', 6, 204, 'answered 204'),
      outcome(ids[3], deaf.url, 'exhausted', 6, null, expect.stringMatching(/./)),
    ]);
    expect(accepted.received).toHaveLength(6);
  });

  it('answers at once when nothing is registered', async () => {
    const { call } = await startService();
    const published = await call('publish', { ...VISIT, wait: true });
    expect(published).toMatchObject({ targets: 0, outcomes: [] });
  });

  it.each([
    ['the wait', { timeoutMs: 40_000 }, {}],
    ['the patience of the caller', {}, { timeout: 50_000 }],
  ])('gives what is known when %s ends', async (_what, params, how) => {
    const clock = new ManualClock();
    const { call, events } = await startService({ clock });
    const good = await startTarget();
    const hangs = await startTarget();
    hangs.answer = () => {};
    await call('register', { targetUrl: good.url });
    await call('register', { targetUrl: hangs.url });
    const waiting = call<Published>('publish', { ...VISIT, wait: true, ...params }, how);
    await waitFor(() => events.length === 1, 'the delivery to the good target');
    await waitFor(() => clock.pending === TIMERS_OF_A_WAIT, 'the wait to know its targets');
    clock.advance(45_000);
    expect((await waiting).outcomes).toMatchObject([
      { state: 'delivered' },
      { state: 'pending', delivered: false, attempts: 0 },
    ]);
  });

  it('with `wait`, notices targets that are deleted, gone or disabled meanwhile', async () => {
    const clock = new ManualClock();
    const { call, posthaste } = await startService({ policy: { retrySchedule: [600] }, clock });
    let heard = 0;
    for (const kind of ['failed', 'exhausted'] as const) posthaste.on(kind, () => void heard++);
    const fails = await startTarget();
    fails.answer = (_request, response) => void response.writeHead(500).end();
    const gone = await startTarget();
    gone.answer = (_request, response) => void response.writeHead(410).end();
    const ids: string[] = [];
    for (const url of [`${fails.url}1`, `${fails.url}2`, gone.url]) {
      ids.push((await call<{ id: string }>('register', { targetUrl: url })).id);
    }
    const waiting = call<Published>('publish', { ...VISIT, wait: true });
    await waitFor(() => heard === 3, 'the first attempts');
    await waitFor(() => clock.pending === TIMERS_OF_A_WAIT, 'the wait to know its targets');
    await call('delete', { id: ids[0] });
    const apps = await posthaste.application.list();
    await posthaste.endpoint.patch(apps.data[0]?.id ?? '', ids[1] ?? '', { disabled: true });
    // A deletion makes no event; the wait finds it when it reads again.
    clock.advance(READ_AGAIN_MS);
    expect((await waiting).outcomes).toMatchObject([
      { id: ids[0], state: 'cancelled', attempts: 1, statusCode: 500 },
      { id: ids[1], state: 'disabled', attempts: 1, statusCode: 500 },
      { id: ids[2], state: 'exhausted', attempts: 1, statusCode: 410 },
    ]);
    expect(await call('get', { id: ids[2] })).toMatchObject({ disabled: true });
    await call('update', { id: ids[2], newTargetUrl: gone.url });
    expect(await call('get', { id: ids[2] })).toMatchObject({ disabled: false });
  });
});

test('a publish whose targets cannot be counted says that it was accepted', async () => {
  const { posthaste, call } = await startService();
  posthaste.messageAttempt.listAttemptedDestinations = () =>
    Promise.reject(new PosthasteError('storage_unavailable', 'gone'));
  const refused = await call('publish', VISIT).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 500, type: 'TARGETS_UNKNOWN', retryable: false });
  const { data } = await posthaste.message.list('webhooks');
  expect(data).toMatchObject([{ id: (refused as { data: { messageId: string } }).data.messageId }]);
});

describe('repair', () => {
  it('pauses, resumes, and delivers failed messages again', async () => {
    const { call } = await startService({ policy: { retrySchedule: [] } });
    const receiver = await startTarget();
    const since = new Date().toISOString();
    receiver.answer = (_request, response) => response.writeHead(500).end();
    const { id } = await call<{ id: string }>('register', { targetUrl: receiver.url });
    await call('publish', { ...VISIT, wait: true });
    expect(await call('pause', { id })).toEqual({ id, paused: true });
    await call('publish', VISIT);
    receiver.answer = (_request, response) => response.end();
    const started = await call<{ taskId: string }>('recover', { id, since });
    expect(await call('resume', { id })).toEqual({ id, paused: false });
    const task = () => call<{ status: string }>('task', started);
    await waitFor(async () => (await task()).status !== 'running', 'the task to end');
    const recovered = { status: 'finished', changed: 1, reason: null };
    expect(await task()).toMatchObject({ ...started, ...recovered });
    await waitFor(() => receiver.received.length === 3, 'both to arrive');

    const late = await startTarget();
    const { id: other } = await call<{ id: string }>('register', { targetUrl: late.url });
    await call('replayMissing', { id: other, since });
    await waitFor(() => late.received.length === 2, 'what was published before');
    await expect(call('pause', { id: 'ep_none' })).rejects.toMatchObject({ code: 404 });
    const wrong = { id, since: 'yesterday' };
    await expect(call('recover', wrong)).rejects.toMatchObject({ code: 422 });
  });
});

it('publishes a batch with a result for each message, cancels, and lists undelivered messages', async () => {
  const { call } = await startService({ policy: { retrySchedule: [] } });
  const receiver = await startReceiver();
  onTestFinished(() => receiver.close());
  receiver.answer = (_request, response) => void response.writeHead(500).end();
  const { id } = await call<{ id: string }>('register', { targetUrl: receiver.url });
  const deliverAt = new Date(Date.now() + 3_600_000).toISOString();
  const batch = {
    messages: [
      { eventType: 'a.now', payload: 1, idempotencyKey: 'one' },
      { eventType: 'a.later', payload: 2, deliverAt },
      { eventType: 'not a name', payload: 3 },
    ],
    idempotencyKey: 'batch',
  };
  type Results = { results: { messageId?: string; code?: string }[] };
  const { results } = await call<Results>('publishBatch', batch);
  const [now, later, refused] = results;
  expect(refused).toMatchObject({ code: 'validation', detail: expect.any(Array) });
  expect((await call<Results>('publishBatch', batch)).results.slice(0, 2)).toEqual([now, later]);
  expect(await call('cancel', { messageId: later?.messageId })).toEqual(later);

  type Undelivered = { deliveries: object[]; after: string | null };
  const undelivered = () => call<Undelivered>('undelivered', { id, limit: '10' });
  await waitFor(async () => (await undelivered()).deliveries.length === 1, 'the failure');
  expect(await undelivered()).toEqual({
    deliveries: [
      {
        id,
        messageId: now?.messageId,
        eventType: 'a.now',
        state: 'exhausted',
        attempts: 1,
        nextAttempt: null,
      },
    ],
    after: null,
  });
  const tooMany = { messages: Array.from({ length: 1_001 }, () => ({ eventType: 'a' })) };
  await expect(call('publishBatch', tooMany)).rejects.toMatchObject({ code: 422 });
});

it('goes on when the broker cannot send an event', async () => {
  const { call, broker } = await startService();
  let emitted = 0;
  // Not a spy, which would await the promise and so handle its rejection.
  broker.emit = async () => {
    emitted++;
    throw new Error('the channel is closed');
  };
  const target = await startTarget();
  await call('register', { targetUrl: target.url });
  for (const count of [1, 2]) {
    await call('publish', VISIT);
    await waitFor(() => emitted === count, 'the event of the delivery');
  }
});

it('reports the results of deliveries to other services and to the metrics', async () => {
  const { call, broker, events } = await startService({ policy: { retrySchedule: [0] } });
  const good = await startTarget();
  const bad = await startTarget();
  bad.answer = (_request, response) => void response.writeHead(503).end();
  await call('register', { targetUrl: good.url });
  await call('register', { targetUrl: bad.url });
  const { messageId } = await call<Published>('publish', { ...VISIT, wait: true });
  await waitFor(() => events.length === 2);
  const common = { messageId, at: expect.any(Number), durationMs: expect.any(Number) };
  expect(events.sort(([a = ''], [b = '']) => (String(a) < String(b) ? -1 : 1))).toMatchObject([
    ['webhooks.delivered', { ...common, targetUrl: good.url, attempts: 1, statusCode: 200 }],
    [
      'webhooks.exhausted',
      { ...common, targetUrl: bad.url, attempts: 2, statusCode: 503, failure: 'status' },
    ],
  ]);

  const value = (name: string, labels?: object) =>
    broker.metrics.getMetric(name)?.get(labels as never)?.value;
  expect(value('webhooks.messages.total', { eventType: 'ip.visited' })).toBe(1);
  expect(value('webhooks.attempts.total', { result: 'failed' })).toBe(2);
  expect(value('webhooks.attempts.total', { result: 'delivered' })).toBe(1);
  expect(value('webhooks.deliveries.total', { state: 'exhausted' })).toBe(1);
  expect(value('webhooks.deliveries.total', { state: 'delivered' })).toBe(1);
  expect(value('webhooks.waiting')).toBe(0);
});

interface StartOptions {
  readonly folder?: string;
  readonly concurrency?: number;
  readonly policy?: object;
  readonly clock?: Clock;
}

/** Starts a service that is stopped at the end of the test. */
async function startService(options: StartOptions = {}) {
  const started = await start({ folder: temporaryFolder(), ...options });
  onTestFinished(started.stop);
  return started;
}

async function start(options: StartOptions = {}) {
  const { concurrency = 10, policy = {}, clock = systemClock } = options;
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'webhooks-service-'));
  const posthaste = new Posthaste({
    databaseUrl: `sqlite:${join(folder, 'webhooks.db')}`,
    allowNetworks: '127.0.0.0/8',
    concurrency,
    logLevel: 'error',
  });
  const broker = new ServiceBroker({
    logger: false,
    metrics: { enabled: true, reporter: [], collectProcessMetrics: false },
    skipProcessEventRegistration: true,
  });
  const events: unknown[][] = [];
  broker.createService(webhooksService({ posthaste, policy, clock }));
  broker.createService({
    name: 'listener',
    events: {
      'webhooks.*': (ctx) => void events.push([ctx.eventName, ctx.params]),
    },
  });
  await broker.start();
  async function call<T = unknown>(action: string, params: object = {}, how: object = {}) {
    return broker.call<T, object>(`webhooks.${action}`, params, how);
  }
  async function stop(): Promise<void> {
    await broker.stop();
    if (options.folder === undefined) rmSync(folder, { recursive: true });
  }
  return { posthaste, broker, events, call, stop };
}

async function startTarget(): Promise<Receiver> {
  const receiver = await startReceiver();
  onTestFinished(() => receiver.close());
  return receiver;
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'webhooks-service-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function eachOf(count: number, atATime: number, run: (i: number) => Promise<unknown>) {
  let next = 0;
  const worker = async () => {
    while (next < count) await run(next++);
  };
  await Promise.all(Array.from({ length: atATime }, worker));
}

function outcome(
  id: string | undefined,
  targetUrl: string,
  state: string,
  attempts: number,
  statusCode: number | null,
  detail: unknown = '',
) {
  return { id, targetUrl, delivered: state === 'delivered', state, attempts, statusCode, detail };
}

function urls(webhooks: unknown): string[] {
  return (webhooks as Webhook[]).map(({ targetUrl }) => targetUrl);
}
