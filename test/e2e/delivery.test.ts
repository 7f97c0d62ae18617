import { afterEach, describe, expect, test } from 'vitest';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import {
  generateAsymmetricSecret,
  generateSecret,
  publicKeyOf,
} from '../../src/domain/signatures.ts';
import { verify } from '../../src/domain/verification.ts';
import {
  OWNER,
  type TestApp,
  attemptsOf,
  publish,
  register,
  startApp,
  statusOf,
} from '../support/app.ts';
import { type Received, type Receiver, startReceiver } from '../support/receiver.ts';
import { waitFor } from '../support/wait-for.ts';

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function running(settings?: Parameters<typeof startApp>[0]): Promise<TestApp> {
  const app = await startApp(settings);
  cleanups.push(() => app.close());
  return app;
}

async function receiving(): Promise<Receiver> {
  const receiver = await startReceiver();
  cleanups.push(() => receiver.close());
  return receiver;
}

function signatureHeadersOf({ headers }: Received): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value]] : [],
    ),
  );
}

test('a user name and password in the URL are sent, kept, and never shown', async () => {
  const app = await running({ retrySchedule: '' });
  const receiver = await receiving();
  const ids = await register(app, { url: receiver.url.replace('//', '//me:s3cret@') });
  const { endpoints, attempts } = app.operations;

  const shown = await endpoints.get(OWNER, ids.app, ids.endpoint);
  expect(shown.url).toBe(receiver.url);
  await endpoints.update(OWNER, ids.app, ids.endpoint, { url: shown.url, description: 'changed' });
  const message = await publish(app, ids.app, 1);
  const [attempt] = await attemptsOf(app, ids.app, message.id, 1);
  expect(receiver.received[0]?.headers.authorization).toBe(`Basic ${btoa('me:s3cret')}`);
  expect(attempt?.url).toBe(receiver.url);
  const told = [
    await endpoints.list(OWNER, ids.app),
    await attempts.listByMessage(OWNER, ids.app, message.id),
    await attempts.listDestinations(OWNER, ids.app, message.id),
    app.events,
  ];
  expect(JSON.stringify(told)).not.toContain('s3cret');

  await endpoints.patch(OWNER, ids.app, ids.endpoint, { url: `${receiver.url}other` });
  await attemptsOf(app, ids.app, (await publish(app, ids.app, 2)).id, 1);
  expect(receiver.received[1]?.headers.authorization).toBeUndefined();
});

describe('a delivery', () => {
  test.each([
    '12345678901234567890',
    '{"b":1.0,"a":1e400,"b":2}',
    '{"key\\u0041":"\\/\\ud83d\\ude00", "n" : -0.0e-0 , "l":[ ]}',
    '"just text: \u{1f600} ä"',
    `{"long":"${'x'.repeat(200_000)}"}`,
  ])('arrives as its exact text, signed over those bytes: %.40s', async (payloadText) => {
    const app = await running({ svixHeaders: true });
    const receiver = await receiving();
    const ids = await register(app, { url: `${receiver.url}hook?x=1` });
    const { key } = await app.operations.endpoints.getSecret(OWNER, ids.app, ids.endpoint);
    const input = { eventType: 'test.event', payload: JSON.parse(payloadText) };
    const message = await app.operations.messages.create(OWNER, ids.app, input, { payloadText });
    const received = await waitFor(() => receiver.received[0]);
    expect(received.body).toBe(payloadText);
    expect(received.path).toBe('/hook?x=1');
    expect(received.headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': message.id,
      'svix-id': message.id,
    });
    expect(received.headers['user-agent']).toMatch(/^Posthaste\/\d/);
    const headers = signatureHeadersOf(received);
    new StandardWebhook(key).verify(received.body, headers);
    new SvixWebhook(key).verify(received.body, headers);
    expect(verify(received.body, headers, key)).toMatchObject({ ok: true, messageId: message.id });
  });

  test('is signed with ed25519 for an endpoint that has such a key', async () => {
    const app = await running();
    const receiver = await receiving();
    const secret = generateAsymmetricSecret();
    const ids = await register(app, { url: receiver.url, secret });
    await publish(app, ids.app, { a: 1 });
    const received = await waitFor(() => receiver.received[0]);
    expect(received.headers['webhook-signature']).toMatch(/^v1a,/);
    expect(verify(received.body, signatureHeadersOf(received), publicKeyOf(secret)).ok).toBe(true);
  });

  test('is signed with the old and the new secret while they rotate', async () => {
    const app = await running();
    const receiver = await receiving();
    const [old, young] = [generateSecret(), generateSecret()];
    const ids = await register(app, { url: receiver.url, secret: old });
    await app.operations.endpoints.rotateSecret(OWNER, ids.app, ids.endpoint, { key: young });
    await publish(app, ids.app, { a: 1 });
    const received = await waitFor(() => receiver.received[0]);
    for (const key of [old, young]) {
      new StandardWebhook(key).verify(received.body, signatureHeadersOf(received));
    }
    await app.operations.endpoints.rotateSecret(OWNER, ids.app, ids.endpoint, {
      gracePeriodSeconds: 0,
    });
    await publish(app, ids.app, { a: 2 });
    const after = await waitFor(() => receiver.received[1]);
    expect(() => new StandardWebhook(young).verify(after.body, signatureHeadersOf(after))).toThrow(
      'No matching signature',
    );
  });

  test('carries the headers of its endpoint', async () => {
    const app = await running();
    const receiver = await receiving();
    const ids = await register(app, {
      url: receiver.url,
      headers: { 'X-Tenant': 'blue', Authorization: 'Basic eA==' },
    });
    await publish(app, ids.app, {});
    const received = await waitFor(() => receiver.received[0]);
    expect(received.headers).toMatchObject({ 'x-tenant': 'blue', authorization: 'Basic eA==' });
  });

  test('goes only to the endpoints that want its type and channel', async () => {
    const app = await running();
    const receiver = await receiving();
    const wanting = {
      all: {},
      paid: { eventTypes: ['invoice.paid'] },
      blue: { channels: ['blue'] },
    };
    await app.operations.eventTypes.create(OWNER, { name: 'invoice.paid', description: '' });
    for (const [path, filter] of Object.entries(wanting)) {
      await register(app, { url: receiver.url + path, ...filter });
    }
    const { app: id } = await register(app, { url: `${receiver.url}disabled`, disabled: true });
    await publish(app, id, 1);
    await publish(app, id, 2, { eventType: 'invoice.paid', channels: ['blue', 'red'] });
    await waitFor(() => receiver.received.length >= 4);
    const got = receiver.received.map(({ path, body }) => path + body).toSorted();
    expect(got).toEqual(['/all1', '/all2', '/blue2', '/paid2']);
  });
});

describe('a failed attempt', () => {
  test('is retried on the schedule, and each attempt is recorded', async () => {
    const app = await running({ retrySchedule: '0.05,0.1,0.05' });
    const receiver = await receiving();
    const codes = [500, 302, 200];
    receiver.answer = (_request, response) => {
      response.statusCode = codes.shift() ?? 200;
      response.end(`answer ${response.statusCode}`);
    };
    const ids = await register(app, { url: receiver.url });
    const message = await publish(app, ids.app, { a: 1 });
    const attempts = await attemptsOf(app, ids.app, message.id, 3);
    expect(
      attempts.map((a) => [
        a.attemptNumber,
        a.statusText,
        a.responseStatusCode,
        a.response,
        a.failure,
      ]),
    ).toEqual([
      [1, 'fail', 500, 'answer 500', 'status'],
      [2, 'fail', 302, 'answer 302', 'status'],
      [3, 'success', 200, 'answer 200', null],
    ]);
    expect(await statusOf(app, ids.app, message.id)).toMatchObject({ status: 'success' });
    expect(new Set(receiver.received.map((r) => r.headers['webhook-id']))).toEqual(
      new Set([message.id]),
    );
    expect(app.events.map((e) => e.kind)).toEqual(['failed', 'failed', 'delivered']);
  });

  test('exhausts the delivery at the end of the schedule', async () => {
    const app = await running({ retrySchedule: '0.02,0.02' });
    const receiver = await receiving();
    receiver.answer = (_request, response) => void response.writeHead(503).end();
    const ids = await register(app, { url: receiver.url });
    const message = await publish(app, ids.app, {});
    await waitFor(() => app.events.some((e) => e.kind === 'exhausted'));
    expect(await statusOf(app, ids.app, message.id)).toEqual({ status: 'fail', nextAttempt: null });
    expect(receiver.received).toHaveLength(3);
  });

  test.each([429, 503])('with a Retry-After (%i) is not retried earlier', async (status) => {
    const app = await running({ retrySchedule: '0.01' });
    const receiver = await receiving();
    receiver.answer = (_request, response) => {
      if (receiver.received.length === 1) response.writeHead(status, { 'retry-after': '1' }).end();
      else response.end();
    };
    const ids = await register(app, { url: receiver.url });
    await publish(app, ids.app, {});
    await waitFor(() => receiver.received.length === 2);
    const [first, second] = receiver.received;
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(990);
  });

  test.each([
    ['410', 410, {}, 'fail'],
    ['webhook-delivery: disable', 500, { 'Webhook-Delivery': 'disable' }, 'fail'],
    ['200 and webhook-delivery: disable', 200, { 'Webhook-Delivery': 'disable' }, 'success'],
  ])(
    'with %s disables the endpoint and keeps nothing going',
    async (_what, code, fields, status) => {
      const app = await running({ retrySchedule: '0.01' });
      const receiver = await receiving();
      receiver.answer = (_request, response) => void response.writeHead(code, fields).end();
      const ids = await register(app, { url: receiver.url });
      const message = await publish(app, ids.app, {});
      await waitFor(() => app.events.some((e) => e.kind === 'disabled'));
      const endpoint = await app.operations.endpoints.get(OWNER, ids.app, ids.endpoint);
      expect(endpoint).toMatchObject({ disabled: true, disabledReason: 'gone' });
      expect(await statusOf(app, ids.app, message.id)).toMatchObject({ status });
      const later = await publish(app, ids.app, {});
      expect(await statusOf(app, ids.app, later.id)).toBeUndefined();
    },
  );

  test('with webhook-delivery: abort-message ends the retries of this message only', async () => {
    const app = await running({ retrySchedule: '0.01,0.01' });
    const receiver = await receiving();
    receiver.answer = (_request, response) =>
      void response.writeHead(500, { 'webhook-delivery': 'abort-message' }).end();
    const ids = await register(app, { url: receiver.url });
    const message = await publish(app, ids.app, 1);
    await waitFor(async () => (await statusOf(app, ids.app, message.id))?.status === 'fail');
    receiver.answer = (_request, response) => void response.end();
    const next = await publish(app, ids.app, 2);
    await waitFor(async () => (await statusOf(app, ids.app, next.id))?.status === 'success');
    expect(receiver.received).toHaveLength(2);
  });

  test('counts towards disabling by count, consecutive or not; enabling resumes waiting deliveries', async () => {
    const app = await running({ retrySchedule: '0.01,0.01,0.01,0.01', disableAfter: '3 failures' });
    const receiver = await receiving();
    const codes = [500, 200, 500, 500];
    receiver.answer = (_request, response) => void response.writeHead(codes.shift() ?? 200).end();
    const ids = await register(app, { url: receiver.url });
    await publish(app, ids.app, 1);
    await waitFor(() => app.events.some((e) => e.kind === 'delivered'));
    const waiting = await publish(app, ids.app, 2);
    await waitFor(() => app.events.some((e) => e.kind === 'disabled'));
    expect(receiver.received).toHaveLength(4);
    expect(await statusOf(app, ids.app, waiting.id)).toMatchObject({ status: 'sending' });

    await app.operations.endpoints.patch(OWNER, ids.app, ids.endpoint, { disabled: false });
    await waitFor(async () => (await statusOf(app, ids.app, waiting.id))?.status === 'success');
    expect(receiver.received).toHaveLength(5);
  });

  test('counts towards disabling by window', async () => {
    const app = await running({
      retrySchedule: Array(60).fill('0.05').join(),
      disableAfter: '1s',
    });
    const receiver = await receiving();
    receiver.answer = (_request, response) => void response.writeHead(500).end();
    const ids = await register(app, { url: receiver.url });
    const message = await publish(app, ids.app, 1);
    await waitFor(() => app.events.some((e) => e.kind === 'disabled'));
    const times = receiver.received.map(({ at }) => at);
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(950);
    expect(await statusOf(app, ids.app, message.id)).toMatchObject({ status: 'sending' });
  });

  test('to an address that is not allowed sends nothing', async () => {
    const app = await running({ allowNetworks: '', retrySchedule: '' });
    const receiver = await receiving();
    const ids = await register(app, { url: receiver.url.replace('127.0.0.1', 'localhost') });
    const message = await publish(app, ids.app, {});
    const [attempt] = await attemptsOf(app, ids.app, message.id, 1);
    expect(attempt).toMatchObject({ failure: 'address', responseStatusCode: 0 });
    expect(attempt?.detail).toContain('127.0.0.1');
    expect(await receiver.visitors()).toEqual([]);
    const customer = { ...OWNER, applicationId: ids.app };
    const { data } = await app.operations.attempts.listByEndpoint(customer, ids.app, ids.endpoint);
    expect(data[0]?.detail).toBe('localhost is outside the public internet');
  });

  test('says that the name does not resolve', async () => {
    const app = await running({ retrySchedule: '' });
    const ids = await register(app, { url: 'http://nobody.invalid/' });
    const message = await publish(app, ids.app, {});
    const [attempt] = await attemptsOf(app, ids.app, message.id, 1);
    expect(attempt).toMatchObject({ failure: 'dns', responseStatusCode: 0 });
  });
});

describe('a resend', () => {
  test('makes a new attempt of a delivered and of an exhausted delivery', async () => {
    const app = await running({ retrySchedule: '' });
    const receiver = await receiving();
    const codes = [500, 200, 200];
    receiver.answer = (_request, response) => void response.writeHead(codes.shift() ?? 200).end();
    const ids = await register(app, { url: receiver.url });
    const message = await publish(app, ids.app, {});
    await attemptsOf(app, ids.app, message.id, 1);
    await app.operations.attempts.resend(OWNER, ids.app, message.id, ids.endpoint);
    await attemptsOf(app, ids.app, message.id, 2);
    await app.operations.attempts.resend(OWNER, ids.app, message.id, ids.endpoint);
    const attempts = await attemptsOf(app, ids.app, message.id, 3);
    expect(attempts.map((a) => [a.attemptNumber, a.triggerType, a.statusText])).toEqual([
      [1, 0, 'fail'],
      [2, 1, 'success'],
      [3, 1, 'success'],
    ]);
  });
});

describe('lanes', () => {
  test('that hang do not delay the others, though they could fill all slots', async () => {
    const app = await running({
      concurrency: 16,
      endpointConcurrency: 8,
      timeoutMs: 60_000,
      retrySchedule: '',
    });
    const [hanging, healthy] = [await receiving(), await receiving()];
    hanging.answer = () => {};
    for (let i = 0; i < 3; i++) await register(app, { url: `${hanging.url}${i}` }, 'hanging');
    const { app: sick } = await register(app, { url: `${hanging.url}3` }, 'hanging');
    const { app: well } = await register(app, { url: healthy.url }, 'healthy');
    for (let i = 0; i < 30; i++) await publish(app, sick, i);
    // Half of the slots: more requests to endpoints that have not answered yet do not begin.
    await waitFor(() => hanging.received.length === 8);
    for (let i = 0; i < 50; i++) await publish(app, well, i);
    // The hanging requests end only after 60 s.
    await waitFor(() => healthy.received.length === 50, 'the healthy endpoint to get all', 20_000);
    await app.stop(0);
  });

  test('keep to the concurrency of their endpoint', async () => {
    const app = await running();
    const receiver = await receiving();
    const open: (() => void)[] = [];
    let most = 0;
    receiver.answer = (_request, response) => {
      open.push(() => response.end());
      most = Math.max(most, open.length);
    };
    const ids = await register(app, { url: receiver.url, concurrency: 3 });
    await Promise.all(Array.from({ length: 60 }, (_, i) => publish(app, ids.app, i)));
    for (let left = 60; left > 0; left--) {
      await waitFor(() => open.length >= Math.min(left, 3));
      open.shift()?.();
    }
    expect(receiver.received).toHaveLength(60);
    expect(most).toBe(3);
  });

  test('keep no more idle connections than the process may have', async () => {
    const app = await running({ concurrency: 8, retrySchedule: '' });
    const receiver = await receiving();
    const ids = await register(app, { url: receiver.url }, 'many');
    for (let i = 0; i < 900; i++) {
      await app.operations.endpoints.create(OWNER, ids.app, { url: `${receiver.url}${i}` });
    }
    await publish(app, ids.app, 1);
    await waitFor(() => receiver.received.length === 901);
    await waitFor(() => receiver.openConnections() <= 8 + 768, 'the connections to be closed');
    await publish(app, ids.app, 2);
    await waitFor(() => app.events.filter((e) => e.kind === 'delivered').length === 2 * 901);
  });

  test('keep to the rate of their endpoint', async () => {
    const app = await running();
    const receiver = await receiving();
    const ids = await register(app, { url: receiver.url, throttleRate: 20 });
    const status = () => app.operations.endpoints.rateLimitStatus(OWNER, ids.app, ids.endpoint);
    expect(await status()).toEqual({ status: 'Ok' });
    for (let i = 0; i < 25; i++) await publish(app, ids.app, i);
    // The waiting deliveries are held in memory, not in the storage.
    await waitFor(async () => (await status()).status === 'RateLimited', 'deliveries to wait');
    await waitFor(() => receiver.received.length === 25);
    await waitFor(async () => (await status()).status === 'Ok', 'nothing to wait');
    const times = receiver.received.map(({ at }) => at);
    const took = Math.max(...times) - Math.min(...times);
    // 25 requests at 20 a second, of which 2 come at once as the first burst.
    expect(took).toBeGreaterThanOrEqual(1_000);
  });

  test('of ordered endpoints deliver in order: a failing message holds up the later ones', async () => {
    const app = await running({ retrySchedule: '0.05,0.05,0.05' });
    const receiver = await receiving();
    let failures = 0;
    receiver.answer = (request, response) => {
      if (request.body === '3' && failures++ < 2) response.writeHead(500);
      response.end();
    };
    const ids = await register(app, { url: receiver.url, ordered: true });
    for (let i = 0; i < 8; i++) await publish(app, ids.app, i);
    await waitFor(() => receiver.received.length === 10);
    expect(receiver.received.map(({ body }) => body)).toEqual([
      '0',
      '1',
      '2',
      '3',
      '3',
      '3',
      '4',
      '5',
      '6',
      '7',
    ]);
  });

  test('make few attempts while an endpoint is down', async () => {
    const app = await running({ retrySchedule: '0.01,0.01,0.01' });
    const receiver = await receiving();
    let down = true;
    receiver.answer = (_request, response) => void response.writeHead(down ? 500 : 200).end();
    const ids = await register(app, { url: receiver.url });
    await Promise.all(Array.from({ length: 200 }, (_, i) => publish(app, ids.app, i)));
    const attempts = receiver.received.length;
    expect(attempts).toBeLessThan(120);
    down = false;
    await waitFor(
      () => app.events.filter((e) => e.kind === 'delivered').length === 200 - exhausted(app),
      'the rest to arrive',
      15_000,
    );
    expect(exhausted(app)).toBeLessThan(40);
  });
});

function exhausted(app: TestApp): number {
  return app.events.filter((e) => e.kind === 'exhausted').length;
}

describe('a stop', () => {
  test('lets requests in flight finish and releases the rest, which the next start delivers', async () => {
    const app = await startApp({ endpointConcurrency: 4 });
    const receiver = await receiving();
    const held: (() => void)[] = [];
    receiver.answer = (_request, response) => void held.push(() => response.end());
    const ids = await register(app, { url: receiver.url });
    for (let i = 0; i < 20; i++) await publish(app, ids.app, i);
    await waitFor(() => held.length === 4);
    const restarting = app.restarted();
    for (const finish of held.splice(0)) finish();
    receiver.answer = (_request, response) => void response.end();
    const again = await restarting;
    cleanups.push(() => again.close());
    await waitFor(() => receiver.received.length === 20);
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(20);
  });

  test('abandons requests that do not finish in time, without counting an attempt', async () => {
    const app = await startApp();
    const receiver = await receiving();
    receiver.answer = () => {};
    const ids = await register(app, { url: receiver.url });
    const message = await publish(app, ids.app, 1);
    await waitFor(() => receiver.received.length === 1);
    const start = performance.now();
    await app.stop(50);
    // A stop that waited for the request would last for its time-out, 15 s.
    expect(performance.now() - start).toBeLessThan(10_000);
    receiver.answer = (_request, response) => void response.end();
    const again = await app.restarted();
    cleanups.push(() => again.close());
    const attempts = await attemptsOf(again, ids.app, message.id, 1);
    expect(attempts[0]).toMatchObject({ attemptNumber: 1, statusText: 'success' });
  });
});

test('deleting an endpoint cancels its pending deliveries', async () => {
  const app = await running({ retrySchedule: '60' });
  const receiver = await receiving();
  receiver.answer = (_request, response) => void response.writeHead(500).end();
  const ids = await register(app, { url: receiver.url });
  const message = await publish(app, ids.app, {});
  await attemptsOf(app, ids.app, message.id, 1);
  expect(await statusOf(app, ids.app, message.id)).toMatchObject({ status: 'sending' });
  await app.operations.endpoints.delete(OWNER, ids.app, ids.endpoint);
  await waitFor(async () => (await statusOf(app, ids.app, message.id))?.status !== 'sending');
  expect(await statusOf(app, ids.app, message.id)).toMatchObject({
    status: 'fail',
    nextAttempt: null,
  });
});
