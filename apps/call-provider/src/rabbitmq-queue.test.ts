import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { waitFor } from '@posthaste/test-support/wait-for';
import { expect, onTestFinished, test } from 'vitest';
import { createRabbitMqQueue } from './rabbitmq-queue.ts';

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
  const onError = (line: string): void => void lines.push(line);
  const log = { info: onError, warn: onError };
  const queue = createRabbitMqQueue({ uri: url, queue: 'calls', prefetch: 1, onError, log });
  queue.start(async () => {});
  onTestFinished(() => queue.stop());

  await waitFor(() => tries >= 3);
  expect(lines).toEqual([expect.stringMatching(/^RabbitMQ cannot be reached: .+; trying again$/)]);
});
