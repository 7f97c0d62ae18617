import { afterEach, beforeEach, expect, test } from 'vitest';
import { OWNER, type TestApp, publish, register, startApp, statusOf } from '../support/app.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { waitFor } from '../support/wait-for.ts';

let app: TestApp;
let receiver: Receiver;
beforeEach(async () => {
  app = await startApp();
  receiver = await startReceiver();
});
afterEach(async () => {
  await app.close();
  await receiver.close();
});

const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();

test('a delayed message is sent when it is due, also after a restart', async () => {
  const { app: id } = await register(app, { url: receiver.url });
  const deliverAt = inMs(1_500);
  const message = await publish(app, id, { n: 1 }, { deliverAt });
  expect(message).toMatchObject({ deliverAt: Date.parse(deliverAt) });
  const { status, nextAttempt } = (await statusOf(app, id, message.id)) ?? {};
  expect(status).toBe('pending');
  expect(Math.abs(Date.parse(nextAttempt ?? '') - Date.parse(deliverAt))).toBeLessThan(50);

  app = await app.restarted();
  await waitFor(() => receiver.received[0], 'the webhook');
  expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(deliverAt) - 5);
});

test('a message with a time in the past is sent at once', async () => {
  const { app: id } = await register(app, { url: receiver.url });
  await publish(app, id, { n: 1 }, { deliverAt: inMs(-60_000) });
  await waitFor(() => receiver.received[0], 'the webhook');
});

test('a message that is cancelled before it is due is never sent', async () => {
  const { app: id } = await register(app, { url: receiver.url });
  const cancelled = await publish(app, id, { n: 1 }, { deliverAt: inMs(1_500) });
  const other = await publish(app, id, { n: 2 }, { deliverAt: inMs(1_600) });
  const { messages } = app.operations;
  await messages.cancel(OWNER, id, cancelled.id);
  await waitFor(() => receiver.received[0], 'the other webhook');
  expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual([other.id]);
  expect(await statusOf(app, id, cancelled.id)).toMatchObject({ nextAttempt: null });
  // A message without pending deliveries can be cancelled, without effect.
  await messages.cancel(OWNER, id, other.id);
});

test('an ordered endpoint goes on once a task has cancelled what it waits for', async () => {
  const { app: id, endpoint } = await register(app, { url: receiver.url, ordered: true });
  await publish(app, id, { n: 1 }, { deliverAt: inMs(3_600_000) });
  const publishedBy = Date.now();
  await waitFor(() => Date.now() > publishedBy + 1);
  const createdBefore = inMs(0);
  const second = await publish(app, id, { n: 2 });
  await app.operations.tasks.cancelMessages(OWNER, id, endpoint, { createdBefore });
  // Less than the sweeper's longest sleep.
  await waitFor(() => receiver.received[0], 'the second webhook', 20_000);
  expect(receiver.received[0]?.headers['webhook-id']).toBe(second.id);
});

test('expunged messages are shown as expunged, and cannot be resent', async () => {
  const { app: id, endpoint } = await register(app, { url: receiver.url });
  const one = await publish(app, id, { n: 1 }, { eventId: 'first' });
  const later = await publish(app, id, { n: 2 }, { deliverAt: inMs(60_000) });
  await waitFor(() => receiver.received[0], 'the webhook');
  const { messages, attempts } = app.operations;
  const ids = ['first', later.id, 'unknown'];
  expect(await messages.bulkExpunge(OWNER, id, { ids })).toEqual({
    results: { first: 'expunged', [later.id]: 'expunged', unknown: 'not-found' },
  });
  expect(await messages.get(OWNER, id, one.id)).toMatchObject({ payload: '' });
  expect(await statusOf(app, id, later.id)).toMatchObject({ nextAttempt: null });
  await expect(attempts.resend(OWNER, id, one.id, endpoint)).rejects.toMatchObject({
    code: 'missing_payload',
  });
});

test.each([
  [
    'expunged',
    (ids: string[], id: string) => app.operations.messages.bulkExpunge(OWNER, id, { ids }),
  ],
  [
    'cancelled',
    async (ids: string[], id: string) => {
      for (const one of ids) await app.operations.messages.cancel(OWNER, id, one);
    },
  ],
])('messages that wait for their turn are not sent once they are %s', async (_word, end) => {
  const { app: id } = await register(app, { url: receiver.url, throttleRate: 5 });
  const published = [];
  for (let n = 0; n < 15; n++) published.push(await publish(app, id, { n }));
  await waitFor(() => receiver.received[0], 'the first webhook');
  const ids = published.map((message) => message.id);
  await end(ids, id);
  // One attempt may be in flight.
  const most = receiver.received.length + 1;
  const last = await publish(app, id, { last: true });
  await waitFor(
    () => receiver.received.some(({ headers }) => headers['webhook-id'] === last.id),
    'what is published afterwards',
  );
  expect(receiver.received.length).toBeLessThanOrEqual(most + 1);
});
