import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { waitFor } from '@posthaste/test-support/wait-for';
import { expect, onTestFinished, test } from 'vitest';
import { createCallStore } from './call-store.ts';
import { openDatabase } from './database.ts';
import { createRabbitMqQueues } from './rabbitmq-queues.ts';

test('a broker that is away is told of once, with the reason', async () => {
  let tries = 0;
  const broker = createServer((socket) => {
    tries++;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await once(broker, 'listening');
  onTestFinished(() => void broker.close());
  const url = `amqp://127.0.0.1:${(broker.address() as AddressInfo).port}`;
  const lines: string[] = [];
  const names = { 900: '900', 901: '901' };
  const onError = (line: string): void => void lines.push(line);
  const calls = createCallStore(openDatabase(':memory:'));
  const context = { calls, prefetch: 1, onError, log: { info: onError, warn: onError } };
  const queues = createRabbitMqQueues(url, names, context);
  await queues.start(async () => {});
  onTestFinished(() => queues.stop());

  await waitFor(() => tries >= 3);
  expect(lines).toEqual([expect.stringMatching(/^RabbitMQ cannot be reached: .+; trying again$/)]);
});
