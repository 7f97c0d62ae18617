import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { Connection } from 'rabbitmq-client';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeHandoff, makeHandoffs, messageIds } from '../../../test/support/handoffs.ts';
import { describeWithRabbitmq } from '../../../test/support/rabbitmq.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import type { Handoff } from '../../domain/delivery.ts';
import type { Queue } from '../queue.ts';
import { createRabbitmqQueue } from './rabbitmq-queue.ts';

describeWithRabbitmq('createRabbitmqQueue', (url) => {
  let prefix: string;
  let opened: Queue[];
  let logged: string[];
  let undelivered: Handoff[];
  let operator: Connection;

  beforeEach(() => {
    prefix = randomUUID();
    opened = [];
    logged = [];
    undelivered = [];
    operator = new Connection(url());
  });
  afterEach(async () => {
    await Promise.all(opened.map((queue) => queue.stop()));
    await operator.close();
  });

  async function open(owner: () => number, maxCount = 1_024): Promise<Queue> {
    const log = pino({ level: 'info' }, { write: (line: string) => void logged.push(line) });
    const queue = createRabbitmqQueue({
      url: url(),
      prefix,
      owner,
      undelivered: (handoffs) => void undelivered.push(...handoffs),
      log,
      maxCount,
    });
    opened.push(queue);
    await queue.start();
    await waitFor(() => queue.reaches(0), 'the broker');
    return queue;
  }

  function consume(queue: Queue, capacity = 6_400): Handoff[] {
    const received: Handoff[] = [];
    queue.consume(capacity, (handoffs) => received.push(...handoffs));
    return received;
  }

  const queueOf = (owner: number) => `${prefix}.handoffs.${owner}`;
  const passively = (owner: number) =>
    operator.queueDeclare({ queue: queueOf(owner), passive: true }).catch(() => null);
  const consumed = (owner: number) =>
    waitFor(async () => (await passively(owner))?.consumerCount === 1, `queue ${owner}`);

  it('sends many hand-offs in few messages, on disk, through a quorum queue that expires', async () => {
    const [api, worker] = [await open(() => 1), await open(() => 2)];
    worker.consume(64, () => {});
    await consumed(2);
    api.send(2, makeHandoffs(256));
    // One message is with the consumer.
    await waitFor(async () => (await passively(2))?.messageCount === 3);
    const settings = {
      'x-expires': 60_000,
      'x-max-length': 1_024,
      'x-max-length-bytes': 67_108_864,
      'x-overflow': 'reject-publish',
      'x-delivery-limit': 1_000_000,
    } as const;
    await expect(
      operator.queueDeclare({
        queue: queueOf(2),
        durable: true,
        arguments: { ...settings, 'x-queue-type': 'classic' },
      }),
    ).rejects.toThrow("'quorum'");
    const message = await operator.basicGet(queueOf(2));
    expect(message).toMatchObject({ durable: true });
    expect(message && messageIds(message.body as Handoff[])[0]).toBe('m65');
    expect(undelivered).toEqual([]);
  });

  it('drops and logs malformed messages, and goes on', async () => {
    const queue = await open(() => 1);
    const received = consume(queue);
    await consumed(1);
    const channel = await operator.acquire();
    for (const body of [Buffer.from('{'), [], {}, [makeHandoff('m1'), { messageId: 7 }]]) {
      await channel.basicPublish({ routingKey: queueOf(1) }, body);
    }
    await channel.basicPublish({ routingKey: queueOf(1) }, [makeHandoff('good')]);
    await channel.close();
    await waitFor(() => received.length > 0);
    expect(messageIds(received)).toEqual(['good']);
    expect(logged.filter((line) => line.includes('malformed hand-off'))).toHaveLength(4);
  });

  it('returns hand-offs that a full queue does not take', async () => {
    const [api, worker] = [await open(() => 1), await open(() => 2, 2)];
    worker.consume(64, () => {});
    await consumed(2);
    // A quorum queue refuses messages a little after it is full.
    await waitFor(() => {
      api.send(2, [makeHandoff('m1')]);
      return undelivered.length > 0;
    });
    expect(api.reaches(2)).toBe(false);
  });

  it('consumes another queue when the number of the process changes, and leaves no queue behind', async () => {
    let number = 1;
    const queue = await open(() => number);
    const received = consume(queue);
    await consumed(1);
    number = 2;
    await consumed(2);
    expect(await passively(1)).toBeNull();
    queue.send(2, [makeHandoff('m1')]);
    await waitFor(() => received.length === 1);
    await queue.stop();
    expect(await passively(2)).toBeNull();
  });

  it('declares the queue again when somebody deleted it', async () => {
    const queue = await open(() => 1);
    const received = consume(queue);
    await consumed(1);
    await operator.queueDelete(queueOf(1));
    await consumed(1);
    queue.send(1, [makeHandoff('m1')]);
    await waitFor(() => received.length === 1);
  });

  it('uses an existing queue that was declared with other arguments', async () => {
    await operator.queueDeclare({
      queue: queueOf(1),
      durable: true,
      arguments: { 'x-queue-type': 'quorum', 'x-max-length': 7 },
    });
    const queue = await open(() => 1);
    const received = consume(queue);
    await consumed(1);
    queue.send(1, makeHandoffs(3));
    await waitFor(() => received.length === 3);
  });

  it('starts and stops twice', async () => {
    const queue = await open(() => 1);
    await queue.start();
    await Promise.all([queue.stop(), queue.stop()]);
    await queue.start();
    expect(queue.reaches(1)).toBe(false);
    await queue.consume(1, () => {}).stop();
  });
});
