import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { createRabbitmqQueue } from '../../src/queue/rabbitmq/rabbitmq-queue.ts';
import { describeWithRabbitmq } from '../support/rabbitmq.ts';
import { describeQueue } from './queue.ts';

describeWithRabbitmq('the RabbitMQ queue', (url) => {
  describeQueue(true, () => {
    const prefix = randomUUID();
    return async (owner, undelivered) => {
      const queue = createRabbitmqQueue({
        url: url(),
        prefix,
        owner: () => owner,
        undelivered,
        log: pino({ level: 'silent' }),
      });
      await queue.start();
      return queue;
    };
  });
});
