import { startDroppingListener } from '@posthaste/test-support/dropping-listener';
import { waitFor } from '@posthaste/test-support/wait-for';
import { expect, onTestFinished, test } from 'vitest';
import { createCallStore } from './call-store.ts';
import { openDatabase } from './database.ts';
import { createRabbitMqQueues } from './rabbitmq-queues.ts';

test('a broker that is away is told of once, with the reason', async () => {
  const broker = await startDroppingListener();
  onTestFinished(() => broker.close());
  const url = `amqp://${broker.host}`;
  const lines: string[] = [];
  const names = { 900: '900', 901: '901' };
  const onError = (line: string): void => void lines.push(line);
  const calls = createCallStore(openDatabase(':memory:'));
  const context = { calls, prefetch: 1, onError, log: { info: onError, warn: onError } };
  const queues = createRabbitMqQueues(url, names, context);
  await queues.start(async () => {});
  onTestFinished(() => queues.stop());

  await waitFor(() => broker.tries >= 3);
  expect(lines).toEqual([expect.stringMatching(/^RabbitMQ cannot be reached: .+; trying again$/)]);
});
