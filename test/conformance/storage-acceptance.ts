import { expect, it } from 'vitest';
import { NOW } from '../support/storage-world.ts';
import type { Suite } from './storage-suite.ts';

const HOUR_MS = 60 * 60 * 1000;

export function describeAcceptance(suite: Suite): void {
  it('stores messages with their deliveries', async () => {
    const { world } = suite;
    const [first, second] = [await world.createEndpoint(), await world.createEndpoint()];
    const wanted = world.newMessage([first.id, second.id], {
      eventType: 'invoice.paid',
      uid: 'invoice 1',
      channels: ['eu', 'vip'],
      dueAt: NOW + 5000,
    });

    expect(await world.storage.acceptMessages([wanted])).toEqual([{ accepted: true }]);

    const { id } = wanted.message;
    expect(await world.storage.messages.get(world.application.id, id)).toEqual(wanted.message);
    expect(await world.delivery(id, second.id)).toEqual({
      messageId: id,
      endpointId: second.id,
      applicationId: world.application.id,
      state: 'pending',
      attemptCount: 0,
      scheduleStep: 0,
      dueAt: NOW + 5000,
      claimed: false,
    });
  });

  it('keeps the payload to the character', async () => {
    const { world } = suite;
    const payloads = [
      '12345678901234567890',
      '{"z":1,"a":1.0,"e":1e400,"n":-0,"a":2}',
      String.raw`{"lone":"\ud800","nul":"\u0000","slash":"\/"}`,
      '{"astral":"😀","accents":"őűŐŰ","separators":"\u2028\u2029"}',
      ' [ 1 ,\t2 ]\r\n',
      `"${'x'.repeat(300_000)}"`,
      `"${'ő'.repeat(100_000)}"`,
    ];
    const endpoint = await world.createEndpoint();
    const messages = payloads.map((payload) => world.newMessage([endpoint.id], { payload }));
    await world.storage.acceptMessages(messages);

    const { handoffs } = await world.claim();
    expect(handoffs.map(({ payload }) => payload)).toEqual(payloads);
    for (const { message } of messages) {
      expect(await world.storage.messages.get(message.applicationId, message.id)).toEqual(message);
    }
  });

  it('keeps raw texts to the character, with their media type', async () => {
    const { world } = suite;
    const texts = ['', '<a>ő 😀</a>\r\n', '\ufeff{}', 'tab\u0009 and bell\u0007', ' '];
    const endpoint = await world.createEndpoint();
    const messages = texts.map((payload, i) =>
      world.newMessage([endpoint.id], { payload, contentType: `text/x-${i}; charset=utf-8` }),
    );
    await world.storage.acceptMessages([...messages, world.newMessage([endpoint.id])]);

    const { handoffs } = await world.claim();
    expect(handoffs.map(({ payload, contentType }) => [payload, contentType])).toEqual([
      ...texts.map((text, i) => [text, `text/x-${i}; charset=utf-8`]),
      ['{"type":"call.new"}', null],
    ]);
    for (const { message } of messages) {
      expect(await world.storage.messages.get(message.applicationId, message.id)).toEqual(message);
    }
  });

  it('keeps the headers of a message for its hand-offs, and counts them as part of the payload', async () => {
    const { world } = suite;
    const endpoint = await world.createEndpoint();
    const headers = JSON.stringify({ 'x-a': 'b'.repeat(100), 'x-c': '"\\u00fc' });
    const messages = [headers, headers, null].map((its) =>
      world.newMessage([endpoint.id], { payload: '{}', headers: its }),
    );
    await world.storage.acceptMessages(messages);
    for (const { message } of messages) {
      expect(await world.storage.messages.get(message.applicationId, message.id)).toEqual(message);
    }

    const first = await world.claim({ maxChars: 2 * headers.length });
    expect(first.handoffs.map((handoff) => handoff.headers)).toEqual([headers]);
    const second = await world.claim({ maxChars: 2 * headers.length });
    expect(second.handoffs.map((handoff) => handoff.headers)).toEqual([headers, null]);
  });

  it('keeps the trace of a message for its hand-offs', async () => {
    const { world } = suite;
    const endpoint = await world.createEndpoint();
    const traced = { ...world.newMessage([endpoint.id]), trace: '00-abc 7' };
    await world.storage.acceptMessages([traced, world.newMessage([endpoint.id])]);

    const { handoffs } = await world.claim();
    expect(handoffs.map(({ trace }) => trace)).toEqual(['00-abc 7', undefined]);
  });

  it('stores deliveries as claimed by this process when asked to', async () => {
    const { world } = suite;
    const endpoint = await world.createEndpoint();
    const until = NOW + 30_000;
    const messageId = await world.accept([endpoint.id], { claimedUntil: until });

    expect(await world.delivery(messageId, endpoint.id)).toMatchObject({
      state: 'pending',
      dueAt: until,
      claimed: true,
    });
    expect(await world.claim()).toEqual({ handoffs: [], nextDueAt: null });
    const handoff = {
      messageId,
      endpointId: endpoint.id,
      applicationId: world.application.id,
      payload: '{}',
      contentType: null,
      headers: null,
      attemptCount: 0,
      scheduleStep: 0,
      trigger: 'scheduled' as const,
      claim: { owner: world.storage.owner, until },
    };
    await world.record(handoff, { state: 'exhausted' });
    expect(await world.delivery(messageId, endpoint.id)).toMatchObject({
      state: 'exhausted',
    });
  });

  it('accepts or refuses each message of a batch on its own', async () => {
    const { world } = suite;
    const endpoint = await world.createEndpoint();
    const first = world.newMessage([endpoint.id], { uid: 'a' });
    const same = world.newMessage([endpoint.id], { uid: 'a' });
    const other = world.newMessage([endpoint.id], { uid: 'b' });

    expect(await world.storage.acceptMessages([first, same, other])).toEqual([
      { accepted: true },
      { accepted: false, existingId: first.message.id, by: 'uid' },
      { accepted: true },
    ]);
    const { handoffs } = await world.claim();
    expect(handoffs.map(({ messageId }) => messageId)).toEqual([
      first.message.id,
      other.message.id,
    ]);
  });

  it('a uid is unique within its application', async () => {
    const { world } = suite;
    const other = await world.createApplication();
    await world.accept([], { uid: 'a' });
    const message = world.newMessage([], { uid: 'a', applicationId: other.id });
    expect(await world.storage.acceptMessages([message])).toEqual([{ accepted: true }]);
  });

  it('answers a known idempotency key with the first message, for 12 hours', async () => {
    const { world } = suite;
    const endpoint = await world.createEndpoint();
    const firstId = await world.accept([endpoint.id], { key: 'k' });
    const at = (createdAt: number) =>
      world.storage.acceptMessages([world.newMessage([endpoint.id], { key: 'k', createdAt })]);

    expect(await at(NOW + 12 * HOUR_MS - 1)).toEqual([
      { accepted: false, existingId: firstId, by: 'idempotencyKey' },
    ]);
    expect((await world.claim()).handoffs).toHaveLength(1);
    expect(await at(NOW + 12 * HOUR_MS)).toEqual([{ accepted: true }]);
  });

  it('an idempotency key holds within its application, and outlasts a restart', async () => {
    const { world } = suite;
    const other = await world.createApplication();
    const firstId = await world.accept([], { key: 'k' });
    await suite.restart();

    const [again, elsewhere] = await world.storage.acceptMessages([
      world.newMessage([], { key: 'k' }),
      world.newMessage([], { key: 'k', applicationId: other.id }),
    ]);
    expect(again).toEqual({ accepted: false, existingId: firstId, by: 'idempotencyKey' });
    expect(elsewhere).toEqual({ accepted: true });
  });

  it('does not keep the idempotency key of a refused message', async () => {
    const { world } = suite;
    await world.accept([], { uid: 'a' });
    await world.accept([], { uid: 'a', key: 'k' });
    const message = world.newMessage([], { key: 'k' });
    expect(await world.storage.acceptMessages([message])).toEqual([{ accepted: true }]);
  });

  it('stores a message once when it is accepted twice', async () => {
    const { world } = suite;
    const endpoint = await world.createEndpoint();
    const message = world.newMessage([endpoint.id], { dueAt: NOW + 50 });
    await world.storage.acceptMessages([message]);
    await world.record(await world.claimOne({ now: NOW + 50 }), { state: 'delivered' });

    expect(await world.storage.acceptMessages([message])).toEqual([{ accepted: true }]);
    expect(await world.claim()).toEqual({ handoffs: [], nextDueAt: null });
  });

  it('applies overlapping calls in the order in which they were made', async () => {
    const { world } = suite;
    const endpoint = await world.createEndpoint();
    const calls = Array.from({ length: 3000 }, (_, index) =>
      world.storage.acceptMessages([
        world.newMessage([endpoint.id], { uid: `u${Math.floor(index / 2)}` }),
      ]),
    );
    const claimed = world.claim({ limit: 5000, defaultCapacity: 5000 });
    const accepted = (await Promise.all(calls)).map(([result]) => result?.accepted);

    expect(accepted).toEqual(accepted.map((_, index) => index % 2 === 0));
    expect((await claimed).handoffs).toHaveLength(1500);
  });
}
