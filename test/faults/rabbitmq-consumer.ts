import { pino } from 'pino';
import { createRabbitmqQueue } from '../../src/queue/rabbitmq/rabbitmq-queue.ts';

// A process that takes hand-offs, says so, acknowledges none, and waits to be killed.
const [url = '', prefix = '', capacity = ''] = process.argv.slice(2);
const queue = createRabbitmqQueue({ url, prefix, log: pino({ level: 'silent' }) });
await queue.start();
queue.consume(Number(capacity), (handoffs) =>
  process.send?.(handoffs.map((handoff) => handoff.messageId)),
);
