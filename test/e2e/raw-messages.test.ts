import { Webhook } from 'standardwebhooks';
import { type MessageIn, Svix, messageInRaw } from 'svix';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_ORGANIZATION, createTokens } from '../../src/operations/operations.ts';
import { systemClock } from '../../src/domain/clock.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { createReceiver } from '../../src/receiver/index.ts';
import { OWNER, type TestApp, attemptsOf, publish, register, startApp } from '../support/app.ts';
import { type Received, type Receiver, startReceiver } from '../support/receiver.ts';
import { waitFor } from '../support/wait-for.ts';

/** A raw text reaches its receiver with its bytes and its media type, on each path to an attempt. */
const XML = '\ufeff<?xml version="1.0"?>\r\n<call name="Zoë 😀">\t</call>\n';
const TYPE = 'text/xml; charset="utf-8"';

let app: TestApp;
let receiver: Receiver;

beforeEach(async () => {
  receiver = await startReceiver();
  app = await startApp({ retrySchedule: '0.01' });
});
afterEach(async () => {
  await app.close();
  await receiver.close();
});

async function secretOf(ids: { app: string; endpoint: string }): Promise<string> {
  return (await app.operations.endpoints.getSecret(OWNER, ids.app, ids.endpoint)).key;
}

function expectRaw(received: Received | undefined, secret: string, type = TYPE): void {
  expect(received?.body).toBe(XML);
  expect(received?.headers['content-type']).toBe(type);
  const headers = received?.headers as Record<string, string>;
  const signed = new Webhook(secret).sign(
    headers['webhook-id'] ?? '',
    new Date(Number(headers['webhook-timestamp']) * 1_000),
    XML,
  );
  expect(headers['webhook-signature']).toBe(signed);
}

test.each([
  [{ contentType: 'application/cloudevents+json' }, 'application/cloudevents+json'],
  [
    { transformationsParams: { headers: { 'Content-Type': 'application/a+json; v=1' } } },
    'application/a+json; v=1',
  ],
  [{ contentType: 'application/json' }, 'application/json'],
])('a JSON payload is sent with a media type of JSON: %j', async (more, type) => {
  const ids = await register(app, { url: receiver.url, filter: { path: '/a', equal: 1 } });
  await publish(app, ids.app, { a: 1 }, more);
  const received = await waitFor(() => receiver.received[0], 'the webhook');
  expect([received.body, received.headers['content-type']]).toEqual(['{"a":1}', type]);
  await expect(publish(app, ids.app, undefined, more)).rejects.toMatchObject({
    fieldErrors: [{ loc: ['body', 'payload'] }],
  });
  await expect(publish(app, ids.app, {}, { contentType: 'text/xml' })).rejects.toMatchObject({
    fieldErrors: [{ loc: ['body', 'contentType'] }],
  });
});

const publishRaw = (to: string) =>
  publish(app, to, undefined, { rawPayload: XML, contentType: TYPE });

test.each([false, true])(
  'an ordered endpoint (%s) gets it, and a retry is the same',
  async (ordered) => {
    const ids = await register(app, { url: receiver.url, ordered });
    receiver.answer = (_request, response) => {
      response.statusCode = receiver.received.length === 1 ? 500 : 200;
      response.end();
    };
    const message = await publishRaw(ids.app);
    await attemptsOf(app, ids.app, message.id, 2);
    const secret = await secretOf(ids);
    for (const received of receiver.received) expectRaw(received, secret);
    expect(receiver.received).toHaveLength(2);
  },
);

test('a resend after a restart is the same', async () => {
  const ids = await register(app, { url: receiver.url });
  const message = await publishRaw(ids.app);
  await attemptsOf(app, ids.app, message.id, 1);
  app = await app.restarted();
  await app.operations.attempts.resend(OWNER, ids.app, message.id, ids.endpoint);
  await attemptsOf(app, ids.app, message.id, 2);
  expectRaw(receiver.received[1], await secretOf(ids));
});

test('a delivery that waited in the storage for capacity is the same', async () => {
  await app.close();
  app = await startApp({ concurrency: 1, endpointConcurrency: 1 });
  const ids = await register(app, { url: receiver.url });
  const count = 200;
  const release: (() => void)[] = [];
  receiver.answer = (_request, response) => void release.push(() => response.end());
  for (let i = 0; i < count; i++) await publishRaw(ids.app);
  receiver.answer = (_request, response) => void response.end();
  await waitFor(() => release.length > 0, 'the first request');
  for (const end of release) end();
  await waitFor(() => receiver.received.length === count, 'all requests');
  const secret = await secretOf(ids);
  for (const received of receiver.received) expectRaw(received, secret);
});

describe('the official client', () => {
  test.each([
    [TYPE, TYPE],
    [undefined, 'application/json'],
  ])('messageInRaw with the media type %s', async (given, sent) => {
    const tokens = createTokens({
      secret: 'a secret of at least thirty-two bytes',
      clock: systemClock,
    });
    const { operations } = app;
    const server = createHttpServer({ operations, tokens, log: { error() {} } });
    const serverUrl = await server.listen({ host: '127.0.0.1', port: 0 });
    try {
      const token = await tokens.issue({ organizationId: DEFAULT_ORGANIZATION });
      const svix = new Svix(token, { serverUrl });
      const { id } = await svix.application.create({ name: 'Raw' });
      const endpoint = await svix.endpoint.create(id, { url: receiver.url });
      const input: MessageIn = messageInRaw('call.new', XML, given);
      const message = await svix.message.create(id, input);
      expect(message.payload).toEqual({});
      await waitFor(() => receiver.received.length === 1, 'the request');
      const { key } = await svix.endpoint.getSecret(id, endpoint.id);
      expectRaw(receiver.received[0], key, sent);
    } finally {
      await server.close();
    }
  });
});

test('the receiver kit accepts a raw text, with its media type', async () => {
  const taken: object[] = [];
  const ids = await register(app, { url: receiver.url });
  await publishRaw(ids.app);
  await waitFor(() => receiver.received.length === 1, 'the request');
  const { headers, body } = receiver.received[0] as Received;
  const kit = createReceiver({
    secrets: await secretOf(ids),
    handler: (webhook) => void taken.push(webhook),
  });
  const request = new Request(receiver.url, {
    method: 'POST',
    headers: headers as Record<string, string>,
    body,
  });
  expect((await kit.fetch(request)).status).toBe(200);
  expect(taken).toMatchObject([{ payload: XML, contentType: TYPE }]);
});
