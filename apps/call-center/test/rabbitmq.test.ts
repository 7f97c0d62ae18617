import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Connection } from 'rabbitmq-client';
import { expect, onTestFinished, test } from 'vitest';
import { describeWithRabbitmqServer } from '@posthaste/test-support/rabbitmq';
import { waitFor } from '@posthaste/test-support/wait-for';
import { get, send, standby, start, temporaryFolder } from './start.ts';
import type { CallCenter } from '../src/call-center.ts';

const ALL = 8;

describeWithRabbitmqServer('over RabbitMQ', (server) => {
  test('a call goes through the queue of its extension as {"callId": …}', async () => {
    const names = queueNames();
    const callCenter = await start({ ...names, 'rabbitmq-uri': server().url });
    await send(callCenter, standby(1));
    await completed(callCenter, 1);
    await send(callCenter, standby(1));
    await completed(callCenter, 2);
    await callCenter.stop();

    const connection = await connect();
    for (const queue of Object.values(names)) {
      // It must be durable and empty: a queue of another kind would refuse this declaration.
      const found = await connection.queueDeclare({ queue, durable: true });
      expect(found).toMatchObject({ messageCount: 0, consumerCount: 0 });
    }
  });

  test('messages that name no waiting call are passed over', async () => {
    const names = queueNames();
    const callCenter = await start({ ...names, 'rabbitmq-uri': server().url });
    await send(callCenter, standby(1));
    await completed(callCenter, 1);
    const connection = await connect();
    for (const body of [{ callId: 1 }, { callId: 99 }, { other: 1 }, 'text']) {
      const message = { routingKey: names['rabbitmq-900-queue'], durable: true };
      const publisher = connection.createPublisher({ confirm: true });
      await publisher.send(message, body);
      await publisher.close();
    }
    await send(callCenter, standby(1));
    await completed(callCenter, 2);
  });

  test.each(['kill', 'wipe'] as const)(
    '%s and return in the middle of calls: none is lost, none is served twice',
    async (harm) => {
      const callCenter = await start({
        ...queueNames(),
        'rabbitmq-uri': server().url,
        options: { durationsMs: { 900: 300, 901: 300 } },
      });
      const changes = await follow(callCenter);
      for (let i = 0; i < ALL / 2; i++) await send(callCenter, standby(i));
      await waitFor(async () => (await get(callCenter, '/calls?status=1')).length > 0, 'a call');
      await server()[harm]();
      for (let i = ALL / 2; i < ALL; i++) {
        expect((await send(callCenter, standby(i))).status).toBe(200);
      }
      await server().restart();
      await completed(callCenter, ALL);
      const statuses = await waitFor(() => {
        const all = changes();
        return all.length >= ALL * 3 && all;
      }, 'all changes');
      for (let callId = 1; callId <= ALL; callId++) {
        const own = statuses.filter((change) => change.callId === callId);
        expect(own.map((change) => change.status)).toEqual([0, 1, 2]);
      }
    },
    90_000,
  );

  test('calls whose queue somebody emptied are served all the same', async () => {
    const names = queueNames();
    const callCenter = await start({
      ...names,
      'rabbitmq-uri': server().url,
      'rabbitmq-prefetch': 1,
      options: { durationsMs: { 900: 1_000, 901: 20 } },
    });
    for (let i = 0; i < 4; i++) await send(callCenter, standby(i));
    const connection = await connect();
    await waitFor(async () => {
      const { messageCount } = await connection.queuePurge({ queue: names['rabbitmq-900-queue'] });
      return messageCount > 0;
    }, 'messages to throw away');
    await completed(callCenter, 4);
  });

  test('calls that wait when the process stops are served by the next', async () => {
    const settings = {
      ...queueNames(),
      'rabbitmq-uri': server().url,
      'rabbitmq-prefetch': 1,
      'sqlite-file': join(temporaryFolder(), 'calls.db'),
    };
    const first = await start({ ...settings, options: { durationsMs: { 900: 200, 901: 200 } } });
    for (let i = 0; i < 4; i++) await send(first, standby(i));
    await first.stop();
    const second = await start(settings);
    expect((await get(second)).map((call) => call.status)).toContain(0);
    await completed(second, 4);
  });

  async function connect(): Promise<Connection> {
    const connection = new Connection(server().url);
    onTestFinished(() => connection.close());
    return connection;
  }
});

function queueNames() {
  const id = randomUUID();
  return { 'rabbitmq-900-queue': `${id}-900`, 'rabbitmq-901-queue': `${id}-901` };
}

async function completed(callCenter: CallCenter, count: number): Promise<void> {
  await waitFor(
    async () => (await get(callCenter, '/calls?status=2')).length === count,
    `${count} completed calls`,
    60_000,
  );
}

async function follow({ url }: CallCenter) {
  const response = await fetch(`${url}/events`);
  let text = '';
  void (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true });
  })().catch(() => {});
  return () =>
    [...text.matchAll(/^event: call\ndata: (.*)\n\n/gm)].map(
      ([, data = '']) => JSON.parse(data) as { callId: number; status: number },
    );
}
