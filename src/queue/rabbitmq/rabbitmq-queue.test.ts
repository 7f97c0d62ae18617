import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { Connection } from 'rabbitmq-client';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeHandoff, makeHandoffs, messageIds } from '../../../test/support/handoffs.ts';
import { describeWithRabbitmq } from '../../../test/support/rabbitmq.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import type { Handoff } from '../../domain/delivery.ts';
import type { Origin, Queue } from '../queue.ts';
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

  async function open(options: { maxCount?: number } = {}): Promise<Queue> {
    let connected = false;
    const write = (line: string) => {
      logged.push(line);
      connected ||= line.includes('broker connected');
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
    queue.push(makeHandoffs(2));
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

  it('drops and logs a malformed hand-off, and goes on', async () => {
    const queue = await open();
    const send = { routingKey: `${prefix}.handoffs` };
    const channel = await operator.acquire();
    await channel.basicPublish(send, Buffer.from('{'));
    await channel.basicPublish(send, { ...makeHandoff('bad'), payload: 7 });
    await channel.close();
    await waitFor(async () => (await waitingCount()) === 2);
    const received = consume(queue);
    queue.push([makeHandoff('m1')]);
    await waitFor(() => received.length > 0);
    expect(messageIds(received)).toEqual(['m1']);
    expect(logged.filter((line) => line.includes('malformed hand-off'))).toHaveLength(2);
    queue.ack(received);
    await queue.stop();
    expect(await waitingCount()).toBe(0);
  });

  it('gives what another process pushed as from elsewhere', async () => {
    const api = await open();
    const worker = await open();
    const received = consumeWithOrigin(worker);
    api.push([makeHandoff('m1')]);
    await waitFor(() => received.length === 1);
    expect(received).toMatchObject([{ messageId: 'm1', origin: 'elsewhere' }]);
  });

  it('gives what it pushed itself before it consumed as from here', async () => {
    const queue = await open();
    queue.push([makeHandoff('m1')]);
    await waitFor(async () => (await waitingCount()) === 1);
    const received = consumeWithOrigin(queue);
    await waitFor(() => received.length === 1);
    expect(received).toMatchObject([{ messageId: 'm1', origin: 'here' }]);
  });

  it('gives a hand-off without a source as from elsewhere', async () => {
    const queue = await open();
    const channel = await operator.acquire();
    await channel.basicPublish({ routingKey: `${prefix}.handoffs` }, makeHandoff('m1'));
    await channel.close();
    const received = consumeWithOrigin(queue);
    await waitFor(() => received.length === 1);
    expect(received).toMatchObject([{ messageId: 'm1', origin: 'elsewhere' }]);
  });

  it('hands over here what a full broker refuses', async () => {
    const small = await open({ maxCount: 5 });
    small.push(makeHandoffs(5));
    await waitFor(async () => (await waitingCount()) === 5);
    await small.stop();

    const queue = await open();
    const ids = new Set<string>();
    let refusedCount = 0;
    queue.consume(10, (handoffs, origin) => {
      for (const { messageId } of handoffs) ids.add(messageId);
      if (origin === 'elsewhere') refusedCount += handoffs.length;
      queue.ack(handoffs);
    });
    queue.push(
      makeHandoffs(500).map((handoff) => ({ ...handoff, messageId: `late ${handoff.messageId}` })),
    );
    await waitFor(() => ids.size === 505, 'those before and those after');
    // The five of the process before are among them.
    expect(refusedCount).toBeGreaterThan(5);
  });

  it('uses a queue that an older version or an operator declared otherwise', async () => {
    await operator.queueDeclare({
      queue: `${prefix}.handoffs`,
      durable: true,
      arguments: { 'x-queue-type': 'quorum', 'x-max-length': 7 },
    });
    const queue = await open();
    const received = consume(queue);
    queue.push(makeHandoffs(3));
    await waitFor(() => received.length === 3);
    await waitFor(async () => (await waitingCount()) === 0);
  });

  it('declares the queue again when somebody deleted it', async () => {
    const queue = await open({ maxCount: 10 });
    const received = consume(queue);
    queue.push([makeHandoff('m1')]);
    await waitFor(() => received.length === 1);
    queue.ack(received);
    await operator.queueDelete(`${prefix}.handoffs`);
    const declared = { queue: `${prefix}.handoffs`, passive: true };
    await waitFor(async () => {
      const { consumerCount } = await operator.queueDeclare(declared).catch(() => NONE);
      return consumerCount === 1;
    }, 'a consumer of the new queue');
    await waitFor(() => {
      queue.push([makeHandoff('m2', 'x')]);
      const again = received.splice(0);
      queue.ack(again);
      return messageIds(again).includes('m2');
    }, 'hand-offs over the new queue');
  });

  it('leaves to others what it has not received when its consumer stops', async () => {
    const queue = await open();
    const received: Handoff[] = [];
    const consumer = queue.consume(2, (handoffs) => received.push(...handoffs));
    queue.push(makeHandoffs(5));
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
  });
});

const NONE = { consumerCount: 0 };

function consume(queue: Queue, capacity = 100): Handoff[] {
  const received: Handoff[] = [];
  queue.consume(capacity, (handoffs) => received.push(...handoffs));
  return received;
}

function consumeWithOrigin(queue: Queue): (Handoff & { origin: Origin })[] {
  const received: (Handoff & { origin: Origin })[] = [];
  queue.consume(100, (handoffs, origin) => {
    for (const handoff of handoffs) received.push({ ...handoff, origin });
  });
  return received;
}
