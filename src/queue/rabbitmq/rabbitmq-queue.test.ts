import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { Connection } from 'rabbitmq-client';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeHandoff, makeHandoffs, messageIds } from '../../../test/support/handoffs.ts';
import { ManualClock } from '../../../test/support/manual-clock.ts';
import { describeWithRabbitmq } from '../../../test/support/rabbitmq.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import type { Handoff } from '../../domain/delivery.ts';
import type { Queue } from '../queue.ts';
import { createRabbitmqQueue } from './rabbitmq-queue.ts';

describeWithRabbitmq('createRabbitmqQueue', (url) => {
  let prefix: string;
  let opened: Queue[];
  let logged: string[];
  let operator: Connection;

  beforeEach(() => {
    prefix = randomUUID();
    opened = [];
    logged = [];
    operator = new Connection(url());
  });
  afterEach(async () => {
    await Promise.all(opened.map((queue) => queue.stop()));
    await operator.queueDelete(`${prefix}.handoffs`);
    await operator.close();
  });

  async function open(
    options: { maxCount?: number; maxBytes?: number; clock?: ManualClock } = {},
  ): Promise<Queue> {
    let connected = false;
    const write = (line: string) => {
      logged.push(line);
      connected ||= line.includes('broker is here');
    };
    const log = pino({ level: 'info' }, { write });
    const queue = createRabbitmqQueue({ url: url(), prefix, log, ...options });
    opened.push(queue);
    await queue.start();
    // `start` waits a second for the broker; on a busy machine that is not always enough.
    await waitFor(() => connected, 'the broker');
    return queue;
  }

  async function waitingCount(): Promise<number> {
    const queue = `${prefix}.handoffs`;
    return (await operator.queueDeclare({ queue, passive: true })).messageCount;
  }

  it('keeps hand-offs on disk in a quorum queue of the prefix', async () => {
    const queue = await open();
    push(queue, makeHandoffs(2));
    await waitFor(async () => (await waitingCount()) === 2);
    const message = await operator.basicGet(`${prefix}.handoffs`);
    expect(message).toMatchObject({ durable: true, body: makeHandoff('m1') });
    const settings = { 'x-max-length': 16_384, 'x-max-length-bytes': 83_886_080 };
    await expect(
      operator.queueDeclare({
        queue: `${prefix}.handoffs`,
        durable: true,
        arguments: { ...settings, 'x-overflow': 'reject-publish', 'x-queue-type': 'classic' },
      }),
    ).rejects.toThrow("'quorum'");
  });

  it('drops and logs what is no hand-off, and goes on', async () => {
    const queue = await open();
    const send = { routingKey: `${prefix}.handoffs` };
    const channel = await operator.acquire();
    await channel.basicPublish(send, Buffer.from('{'));
    await channel.basicPublish(send, { ...makeHandoff('bad'), payload: 7 });
    await channel.close();
    await waitFor(async () => (await waitingCount()) === 2);
    const received = consume(queue);
    push(queue, [makeHandoff('m1')]);
    await waitFor(() => received.length > 0);
    expect(messageIds(received)).toEqual(['m1']);
    expect(logged.filter((line) => line.includes('no hand-off'))).toHaveLength(2);
    queue.ack(received);
    await queue.stop();
    expect(await waitingCount()).toBe(0);
  });

  it('knows its room exactly, without asking the broker, while nobody else uses it', async () => {
    const queue = await open({ maxCount: 20, maxBytes: 400, clock: new ManualClock() });
    const received = consume(queue, 15);
    push(queue, makeHandoffs(20, 'x'.repeat(20)));
    await waitFor(() => received.length === 15);
    expect(queue.room()).toBe(0);
    for (let done = 0; done < 20; done++) {
      await waitFor(() => received.length > done);
      queue.ack(received.slice(done, done + 1));
      await waitFor(() => queue.room() === done + 1, `room for ${done + 1}`);
      expect(queue.reserve(done + 1, 20 * (done + 1) + 1)).toBe(false);
    }
    expect(queue.reserve(20, 400)).toBe(true);
  });

  it('gives what was there before it connected as redelivered: it may have been given up', async () => {
    const api = await open();
    push(api, [makeHandoff('m1')]);
    await waitFor(async () => (await waitingCount()) === 1);
    const worker = await open();
    const flags: boolean[] = [];
    worker.consume(10, (_, redelivered) => flags.push(redelivered));
    await waitFor(() => flags.length === 1);
    push(api, [makeHandoff('m2')]);
    await waitFor(() => flags.length === 2);
    expect(flags).toEqual([true, false]);
  });

  it('learns that others consumed what it pushed', async () => {
    const api = await open({ maxCount: 20 });
    push(api, makeHandoffs(20));
    expect(api.room()).toBe(0);
    const worker = await open({ maxCount: 20 });
    const received = consume(worker);
    await waitFor(() => received.length === 20);
    await waitFor(() => api.room() === 20, 'room for the api');
    expect(worker.room()).toBe(0);
    worker.ack(received);
    await waitFor(() => worker.room() === 20, 'room for the worker');
  });

  it('learns that others pushed', async () => {
    const one = await open({ maxCount: 20 });
    const other = await open({ maxCount: 20 });
    push(one, makeHandoffs(15));
    await waitFor(() => other.room() === 5);
    expect(other.reserve(6, 1)).toBe(false);
  });

  it('holds the bound against processes that push at the same time', async () => {
    const limits = { maxCount: 50 };
    const apis = await Promise.all([open(limits), open(limits), open(limits), open(limits)]);
    for (let round = 0; round < 10; round++) {
      for (const api of apis) {
        const count = api.room();
        if (api.reserve(count, 0)) api.push(makeHandoffs(count, ''));
      }
      await waitFor(async () => (await waitingCount()) >= 50, 'a full broker');
    }
    await waitFor(() => apis.every((api) => api.room() === 0), 'no room anywhere');
    // The broker tells its channels that it is full a moment after it is.
    expect(await waitingCount()).toBeLessThanOrEqual(200);
  });

  it('hands over here what a full broker refuses', async () => {
    const small = await open({ maxCount: 5 });
    push(small, makeHandoffs(5));
    await waitFor(async () => (await waitingCount()) === 5);
    await small.stop();

    // It believes in more room than the broker has.
    const queue = await open({ maxCount: 1_000 });
    await waitFor(() => queue.room() > 0, 'a channel');
    const ids = new Set<string>();
    let refusedCount = 0;
    queue.consume(10, (handoffs, redelivered) => {
      for (const { messageId } of handoffs) ids.add(messageId);
      if (redelivered) refusedCount += handoffs.length;
      queue.ack(handoffs);
    });
    push(
      queue,
      makeHandoffs(500).map((handoff) => ({ ...handoff, messageId: `late ${handoff.messageId}` })),
    );
    await waitFor(() => ids.size === 505, 'those before and those after');
    expect(refusedCount).toBeGreaterThan(0);
    await waitFor(() => queue.room() === 1_000, 'all the room');
  });

  it('uses a queue that an older version or an operator declared otherwise', async () => {
    await operator.queueDeclare({
      queue: `${prefix}.handoffs`,
      durable: true,
      arguments: { 'x-queue-type': 'quorum', 'x-max-length': 7 },
    });
    const queue = await open();
    await waitFor(() => queue.room() > 0, 'a channel');
    const received = consume(queue);
    push(queue, makeHandoffs(3));
    await waitFor(() => received.length === 3);
    await waitFor(async () => (await waitingCount()) === 0);
  });

  it('declares the queue again when somebody deleted it', async () => {
    const queue = await open({ maxCount: 10 });
    const received = consume(queue);
    push(queue, [makeHandoff('m1')]);
    await waitFor(() => received.length === 1);
    queue.ack(received);
    await operator.queueDelete(`${prefix}.handoffs`);
    const declared = { queue: `${prefix}.handoffs`, passive: true };
    await waitFor(async () => {
      const { consumerCount } = await operator.queueDeclare(declared).catch(() => NONE);
      return consumerCount === 1;
    }, 'a consumer of the new queue');
    await waitFor(() => {
      if (queue.reserve(1, 1)) queue.push([makeHandoff('m2', 'x')]);
      const again = received.splice(0);
      queue.ack(again);
      return messageIds(again).includes('m2');
    }, 'hand-offs over the new queue');
  });

  it('leaves to others what it has not received when its consumer stops', async () => {
    const queue = await open();
    const received: Handoff[] = [];
    const consumer = queue.consume(2, (handoffs) => received.push(...handoffs));
    push(queue, makeHandoffs(5));
    await waitFor(() => received.length === 2);
    await consumer.stop();
    await waitFor(async () => (await waitingCount()) === 3, 'the rest in the broker');
    queue.ack(received);
    await queue.stop();
    expect(await waitingCount()).toBe(3);
  });

  it('starts and stops twice', async () => {
    const queue = await open();
    await queue.start();
    await Promise.all([queue.stop(), queue.stop()]);
    await queue.stop();
    await queue.start();
    await queue.consume(1, () => {}).stop();
    expect(queue.room()).toBe(0);
  });
});

const NONE = { consumerCount: 0 };

function consume(queue: Queue, prefetch = 100): Handoff[] {
  const received: Handoff[] = [];
  queue.consume(prefetch, (handoffs) => received.push(...handoffs));
  return received;
}

function push(queue: Queue, handoffs: readonly Handoff[]): void {
  const bytes = handoffs.reduce((sum, { payload }) => sum + payload.length, 0);
  expect(queue.reserve(handoffs.length, bytes)).toBe(true);
  queue.push(handoffs);
}
