import { startDroppingListener } from '@posthaste/test-support/dropping-listener';
import { waitFor } from '@posthaste/test-support/wait-for';
import { expect, onTestFinished, test } from 'vitest';
import { createRabbitMqQueue } from './rabbitmq-queue.ts';

test('a broker that is away is told of once, with the reason', async () => {
  const broker = await startDroppingListener();
  onTestFinished(() => broker.close());
  const url = `amqp://${broker.host}`;
  const lines: string[] = [];
  const onError = (line: string): void => void lines.push(line);
  const log = { info: onError, warn: onError };
  const queue = createRabbitMqQueue({ uri: url, queue: 'calls', prefetch: 1, onError, log });
  queue.start(async () => {});
  onTestFinished(() => queue.stop());

  await waitFor(() => broker.tries >= 3);
  expect(lines).toEqual([expect.stringMatching(/^RabbitMQ cannot be reached: .+; trying again$/)]);
});
