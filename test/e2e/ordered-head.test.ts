import { expect, onTestFinished, test } from 'vitest';
import { OWNER, publish, register, startApp, statusOf } from '../support/app.ts';
import { startReceiver } from '../support/receiver.ts';
import { waitFor } from '../support/wait-for.ts';

test('an ordered endpoint shows its head, which can be retried at once or skipped', async () => {
  const receiver = await startReceiver();
  const app = await startApp({ retrySchedule: [3600, 3600] });
  onTestFinished(async () => {
    await app.close();
    await receiver.close();
  });
  const { endpoint } = await register(app, { url: receiver.url, ordered: true });
  const { endpoints } = app.operations;
  const head = () => endpoints.head(OWNER, 'customer', endpoint);
  expect(await head()).toEqual({ head: null, waiting: 0 });

  receiver.answer = (_request, response) => response.writeHead(503).end();
  const first = await publish(app, 'customer', 1);
  const second = await publish(app, 'customer', 2);
  await waitFor(() => app.events.length === 1);
  expect(await head()).toMatchObject({
    head: {
      msgId: first.id,
      eventType: 'test.event',
      statusText: 'sending',
      attemptCount: 1,
      nextAttempt: expect.any(String),
      lastAttempt: { responseStatusCode: 503, attemptNumber: 1 },
    },
    waiting: 2,
  });

  await endpoints.retryHead(OWNER, 'customer', endpoint, { msgId: first.id });
  await waitFor(() => app.events.length === 2);
  expect(receiver.received.map(({ body }) => body)).toEqual(['1', '1']);

  const skip = (msgId: string) => endpoints.skipHead(OWNER, 'customer', endpoint, { msgId });
  await expect(skip(second.id)).rejects.toMatchObject({ code: 'not_the_head' });
  receiver.answer = (_request, response) => response.end();
  await skip(first.id);
  await waitFor(() => app.events.length === 3);
  expect(receiver.received.map(({ body }) => body)).toEqual(['1', '1', '2']);
  expect(await statusOf(app, 'customer', first.id)).toEqual({ status: 'fail', nextAttempt: null });
  expect(await head()).toEqual({ head: null, waiting: 0 });
});

test('a hanging head can be skipped: the next message goes when the attempt has ended', async () => {
  const receiver = await startReceiver();
  const app = await startApp();
  onTestFinished(async () => {
    await app.close();
    await receiver.close();
  });
  const { endpoint } = await register(app, { url: receiver.url, ordered: true });
  const { endpoints } = app.operations;
  let respond = () => {};
  receiver.answer = (_request, response) => (respond = () => void response.writeHead(500).end());
  const first = await publish(app, 'customer', 1);
  await publish(app, 'customer', 2);
  await waitFor(() => receiver.received.length === 1);
  expect(await endpoints.head(OWNER, 'customer', endpoint)).toMatchObject({
    head: { msgId: first.id, statusText: 'sending', nextAttempt: null, lastAttempt: null },
    waiting: 1,
  });
  await endpoints.skipHead(OWNER, 'customer', endpoint, { msgId: first.id });
  receiver.answer = (_request, response) => response.end();
  respond();
  await waitFor(() => receiver.received.length === 2);
  expect(await statusOf(app, 'customer', first.id)).toEqual({ status: 'fail', nextAttempt: null });
});

test('an endpoint that is not ordered has no head', async () => {
  const app = await startApp();
  onTestFinished(() => app.close());
  const { endpoint } = await register(app, { url: 'http://127.0.0.1:1/' });
  const { endpoints } = app.operations;
  const refused = { code: 'not_ordered' };
  await expect(endpoints.head(OWNER, 'customer', endpoint)).rejects.toMatchObject(refused);
  const change = { msgId: 'msg_1' };
  const skipped = endpoints.skipHead(OWNER, 'customer', endpoint, change);
  await expect(skipped).rejects.toMatchObject(refused);
});
