import { Svix } from 'svix';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DEFAULT_ORGANIZATION, toMessageOut } from '../../src/operations/operations.ts';
import { OWNER, type TestApp, attemptsOf, publish, register, startApp } from '../support/app.ts';
import { startHttpApp } from '../support/http-app.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { waitFor } from '../support/wait-for.ts';

/** The headers of a message, on each path to an attempt. */
const HEADERS = { 'X-Tenant': 'blue', 'x-kind': 'a "b" é', 'User-Agent': 'Mine/1' };

let receiver: Receiver;
let app: TestApp;
beforeEach(async () => {
  receiver = await startReceiver();
  app = await startApp({ retrySchedule: '0.01' });
});
afterEach(async () => {
  await app.close();
  await receiver.close();
});

test.each([false, true])(
  'each attempt has them, those of the endpoint win, and others have none (ordered: %s)',
  async (ordered) => {
    const ids = await register(app, {
      url: receiver.url,
      ordered,
      headers: { 'x-tenant': 'of the endpoint' },
    });
    receiver.answer = (_request, response) => {
      response.statusCode = receiver.received.length === 1 ? 500 : 200;
      response.end();
    };
    const { id } = await publish(app, ids.app, {}, { headers: HEADERS });
    await attemptsOf(app, ids.app, id, 2);
    app = await app.restarted();
    await app.operations.attempts.resend(OWNER, ids.app, id, ids.endpoint);
    const attempts = await attemptsOf(app, ids.app, id, 3);
    await publish(app, ids.app, {});
    await waitFor(() => receiver.received.length === 4, 'the message without headers');

    const got = receiver.received.map(({ headers }) => [
      headers['x-tenant'],
      headers['x-kind'],
      headers['user-agent'],
    ]);
    const with_ = ['of the endpoint', HEADERS['x-kind'], 'Mine/1'];
    const without = ['of the endpoint', undefined, expect.stringMatching(/^Posthaste/)];
    expect(got).toEqual([with_, with_, with_, without]);
    const { exchange } = await app.operations.attempts.get(
      OWNER,
      ids.app,
      id,
      attempts[2]?.id ?? '',
    );
    expect(exchange?.requestHeaders).toMatchObject({ 'x-kind': HEADERS['x-kind'] });
  },
);

test('headers are shown without secrets until the content is expunged', async () => {
  const { app: to } = await register(app, { url: receiver.url });
  const { id } = await publish(app, to, {}, { headers: { 'x-a': 'é', 'x-token': 't' } });
  const shown = async () => {
    const message = await app.operations.messages.get(OWNER, to, id);
    expect(toMessageOut(message, false)).not.toHaveProperty('headers');
    return toMessageOut(message).headers;
  };
  expect(await shown()).toEqual({ 'x-a': 'é', 'x-token': '***' });
  await app.operations.messages.expungeContent(OWNER, to, id);
  expect(await shown()).toBeUndefined();
});

test('no attempt shows headers after the content is expunged, not even one that was in flight', async () => {
  const { app: to, endpoint } = await register(app, { url: receiver.url });
  const { id } = await publish(app, to, {}, { headers: HEADERS });
  await attemptsOf(app, to, id, 1);
  let answer = () => {};
  receiver.answer = (_request, response) => void (answer = () => response.end());
  await app.operations.attempts.resend(OWNER, to, id, endpoint);
  await waitFor(() => receiver.received.length === 2, 'the resend');
  await app.operations.messages.expungeContent(OWNER, to, id);
  answer();
  const attempts = await attemptsOf(app, to, id, 2);
  for (const { id: attempt } of attempts) {
    const { exchange } = await app.operations.attempts.get(OWNER, to, id, attempt);
    expect(exchange).toBeNull();
  }
});

test('the same key with other headers is another request', async () => {
  const { app: to } = await register(app, { url: receiver.url });
  const send = (headers?: object) =>
    app.operations.messages.create(
      OWNER,
      to,
      { eventType: 'a.b', payload: {}, headers },
      { idempotencyKey: 'k' },
    );
  const first = await send({ 'x-a': '1', 'x-b': '2' });
  expect(await send({ 'x-b': '2', 'x-a': '1' })).toEqual(first);
  for (const other of [{ 'x-a': '1' }, undefined]) {
    await expect(send(other)).rejects.toMatchObject({ code: 'idempotency_key_reused' });
  }
});

test('a transformation sees and changes the headers', async () => {
  const ids = await register(app, {
    url: receiver.url,
    headers: { 'x-kept': 'of the endpoint', 'x-changed': 'of the endpoint' },
  });
  await app.operations.endpoints.patchTransformation(OWNER, ids.app, ids.endpoint, {
    code: `function handler(webhook) {
      if (webhook.payload.none) return { payload: webhook.headers };
      webhook.payload = webhook.headers;
      webhook.headers = { ...webhook.headers, 'x-changed': 'by the program' };
      delete webhook.headers['x-gone'];
      return webhook;
    }`,
    enabled: true,
  });
  const headers = { 'x-kept': '1', 'x-changed': '2', 'x-gone': '3', 'x-own': '4' };
  for (const none of [false, true]) await publish(app, ids.app, { none }, { headers });
  await waitFor(() => receiver.received.length === 2, 'both', 30_000);
  for (const { body } of receiver.received) expect(JSON.parse(body)).toEqual(headers);
  const { none, ...kept } = { none: '3', 'x-kept': 'of the endpoint', 'x-own': '4' };
  const byProgram = receiver.received.map((one) => one.headers['x-changed']);
  expect(new Set(byProgram)).toEqual(new Set(['by the program', 'of the endpoint']));
  for (const { headers: got } of receiver.received) expect(got).toMatchObject(kept);
  const gone = receiver.received.map((one) => one.headers['x-gone'] ?? 'none');
  expect(new Set(gone)).toEqual(new Set([none, 'none']));
});

test('the official client sends headers as transformationsParams', async () => {
  const server = await startHttpApp();
  try {
    const svix = new Svix(server.token, { serverUrl: server.url });
    const { id } = await svix.application.create({ name: 'Headers' });
    await svix.endpoint.create(id, { url: receiver.url });
    const sent = await svix.message.create(id, {
      eventType: 'a.b',
      payload: { a: 1 },
      transformationsParams: { headers: { 'X-Tenant': 'blue' } },
    });
    const [received] = await waitFor(
      () => receiver.received.length > 0 && receiver.received,
      'the request',
    );
    expect(received).toMatchObject({ body: '{"a":1}', headers: { 'x-tenant': 'blue' } });
    const own = { organizationId: DEFAULT_ORGANIZATION };
    const found = await server.operations.messages.get(own, id, sent.id);
    expect(toMessageOut(found)).toMatchObject({ headers: { 'X-Tenant': 'blue' } });
    const answer = await fetch(`${server.url}/api/v1/app/${id}/msg/${sent.id}`, {
      headers: { authorization: `Bearer ${server.token}` },
    });
    expect(await answer.json()).toEqual(toMessageOut(found));
    const refused = svix.message.create(id, {
      eventType: 'a.b',
      payload: {},
      transformationsParams: { headers: { Host: 'other.example' } },
    });
    await expect(refused).rejects.toMatchObject({
      code: 422,
      body: { detail: [{ loc: ['body', 'transformationsParams', 'headers', 'Host'] }] },
    });
  } finally {
    await server.close();
  }
});
