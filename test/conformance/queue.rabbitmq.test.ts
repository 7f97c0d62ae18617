import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { Connection } from 'rabbitmq-client';
import { afterAll } from 'vitest';
import { createRabbitmqQueue } from '../../src/queue/rabbitmq/rabbitmq-queue.ts';
import { describeWithRabbitmq } from '../support/rabbitmq.ts';
import { describeQueue } from './queue.ts';

describeWithRabbitmq('the RabbitMQ queue', (url) => {
  const prefixes: string[] = [];

  afterAll(async () => {
    const connection = new Connection(url());
    for (const prefix of prefixes) await connection.queueDelete(`${prefix}.handoffs`);
    await connection.close();
  });

  describeQueue(() => {
    const prefix = randomUUID();
    prefixes.push(prefix);
    return {
      broker: true,
      async open() {
        const log = pino({ level: 'silent' });
        const queue = createRabbitmqQueue({ url: url(), prefix, log });
        await queue.start();
        return queue;
      },
    };
  });
});
