import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestApp, OWNER, publish, register, startApp } from '../support/app.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { waitFor } from '../support/wait-for.ts';

/** Filters on payloads, from the write of an endpoint to the arriving messages. */
let app: TestApp;
let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver();
  app = await startApp();
});
afterAll(async () => {
  await app.close();
  await receiver.close();
});

const LARGE = { path: '/total', atLeast: 500 };

it('an endpoint gets the messages whose payload matches its filter, also after a change of the filter', async () => {
  const given = { url: receiver.url, filter: LARGE };
  const ids = await register(app, given, 'arriving');
  const { endpoints } = app.operations;
  expect((await endpoints.get(OWNER, ids.app, ids.endpoint)).filter).toEqual(LARGE);

  const targetsOf = async (payload: unknown, more?: Record<string, unknown>) => {
    const { id } = await publish(app, ids.app, payload, more);
    return (await app.operations.attempts.listDestinations(OWNER, ids.app, id)).data.length;
  };
  expect(await targetsOf({ total: 499 })).toBe(0);
  expect(await targetsOf({ total: 500 })).toBe(1);
  const raw = { rawPayload: '{"total": 501}', contentType: 'text/plain' };
  expect(await targetsOf(undefined, raw)).toBe(0);
  await waitFor(() => receiver.received.length > 0, 'the webhook');
  expect(receiver.received.map(({ body }) => body)).toEqual(['{"total":500}']);

  await endpoints.patch(OWNER, ids.app, ids.endpoint, { filter: { not: LARGE } });
  expect(await targetsOf({ total: 499 })).toBe(1);
  await endpoints.patch(OWNER, ids.app, ids.endpoint, { description: 'kept' });
  expect(await targetsOf({ total: 500 })).toBe(0);
  await endpoints.patch(OWNER, ids.app, ids.endpoint, { filter: null });
  expect(await targetsOf({ total: 500 })).toBe(1);
});

it('a malformed filter is refused with the place of each error', async () => {
  const filter = {
    and: [
      { path: 'total', atLeast: 1 },
      { path: '/a', like: 'x' },
    ],
  };
  const { app: id, endpoint } = await register(app, { url: receiver.url }, 'refused');
  const { endpoints } = app.operations;
  for (const write of [
    () => endpoints.create(OWNER, id, { url: receiver.url, filter }),
    () => endpoints.update(OWNER, id, endpoint, { url: receiver.url, filter }),
    () => endpoints.patch(OWNER, id, endpoint, { filter }),
    () => endpoints.testFilter(OWNER, id, endpoint, { filter }),
  ]) {
    await expect(write()).rejects.toMatchObject({
      code: 'validation',
      fieldErrors: [
        { loc: ['body', 'filter', 'and', 0, 'path'], msg: expect.stringContaining('JSON pointer') },
        { loc: ['body', 'filter', 'and', 1], msg: expect.stringContaining('prefix') },
      ],
    });
  }
});

it('a test of a filter says which messages match, and why others do not', async () => {
  const given = { url: receiver.url, channels: ['eu'], filter: LARGE, disabled: true };
  const { app: id, endpoint } = await register(app, given, 'tested');
  for (const [payload, more] of [
    [{ total: 1 }, { channels: ['eu'] }],
    [{ total: 900 }, { channels: ['eu'], eventId: 'mine' }],
    [{ total: 900 }, {}],
  ] as const) {
    await publish(app, id, payload, more);
  }
  const test = (input?: unknown) => app.operations.endpoints.testFilter(OWNER, id, endpoint, input);

  const own = await test();
  expect(own).toMatchObject({
    done: true,
    data: [
      { matches: false, reason: 'channel', eventId: null },
      { matches: true, reason: null, detail: null, eventId: 'mine', eventType: 'test.event' },
      { matches: false, reason: 'filter', detail: '/total must be at least 500, and is 1' },
    ],
  });
  const matchesOf = async (input: object) => (await test(input)).data.map((one) => one.matches);
  expect(await matchesOf({ channels: null })).toEqual([true, true, false]);
  expect(await matchesOf({ channels: [], filter: null })).toEqual([true, true, true]);
  expect(await matchesOf({ filter: { not: LARGE } })).toEqual([false, false, true]);
  expect(await matchesOf({ eventTypes: ['test.*'] })).toEqual([false, true, false]);
  expect(await matchesOf({ eventTypes: ['other.*'] })).toEqual([false, false, false]);

  const first = await test({ limit: 2 });
  expect(first).toMatchObject({ done: false, iterator: own.data[1]?.id });
  expect(await test({ limit: 2, iterator: first.iterator })).toMatchObject({
    done: true,
    data: [own.data[2]],
  });
  const { messages } = app.operations;
  await messages.expungeContent(OWNER, id, 'mine');
  expect((await test()).data[1]).toMatchObject({ reason: 'expunged', matches: false });
  await expect(test({ iterator: `-${first.iterator}` })).rejects.toMatchObject({
    code: 'validation',
  });
});

it('a test over large messages is answered in parts', async () => {
  const { app: id, endpoint } = await register(app, { url: receiver.url }, 'large');
  for (let i = 0; i < 6; i++) await publish(app, id, 'x'.repeat(1_000_000), { channels: ['none'] });
  const { endpoints } = app.operations;
  const first = await endpoints.testFilter(OWNER, id, endpoint, {});
  expect([first.data.length, first.done]).toEqual([4, false]);
  const { iterator } = first;
  const second = await endpoints.testFilter(OWNER, id, endpoint, { iterator });
  expect([second.data.length, second.done]).toEqual([2, true]);
});
