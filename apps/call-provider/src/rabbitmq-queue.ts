import { setTimeout as pause } from 'node:timers/promises';
import { type OutageLog, createOutage } from '@posthaste/app-kit/outage';
import { type AsyncMessage, Connection, type Consumer, ConsumerStatus } from 'rabbitmq-client';
import { z } from 'zod';
import type { QueuedEvent } from './call-event.ts';
import { type CallsQueue, RETRY_MS } from './calls-queue.ts';

export interface RabbitMqQueueOptions {
  readonly uri: string;
  readonly queue: string;
  readonly prefetch: number;
  readonly onError: (message: string, error: unknown) => void;
  readonly log: OutageLog;
}

const STOP_MS = 5_000;

/**
 * The queue in RabbitMQ: durable, with persistent messages that are confirmed when published and
 * acknowledged when taken. While the broker is away, `put` waits and no event is taken.
 */
export function createRabbitMqQueue(options: RabbitMqQueueOptions): CallsQueue {
  const { uri, queue, prefetch, onError, log } = options;
  const stopped = new AbortController();
  const declaration = { queue, durable: true };
  const connection = new Connection({
    url: uri,
    connectionName: 'call-provider',
    acquireTimeout: 5_000,
    retryLow: 200,
    retryHigh: 5_000,
    heartbeat: 10,
  });
  const outage = createOutage(log, 'RabbitMQ cannot be reached', 'RabbitMQ is back');
  connection.on('error', outage.away);
  connection.on('connection', outage.back);
  const publisher = connection.createPublisher({ confirm: true, queues: [declaration] });
  let consumer: Consumer | undefined;
  let stopping: Promise<void> | undefined;

  async function put(event: QueuedEvent): Promise<void> {
    const envelope = { routingKey: queue, durable: true, messageId: event.eventId };
    for (;;) {
      stopped.signal.throwIfAborted();
      try {
        return await publisher.send(envelope, event);
      } catch (error) {
        // The connection logs an absent broker once; the events that wait for the broker add no lines.
        if (connection.ready) onError(`an event could not be put on ${queue}, trying again`, error);
        await pause(RETRY_MS, undefined, { signal: stopped.signal });
      }
    }
  }

  async function receive(
    message: AsyncMessage,
    take: (event: QueuedEvent) => Promise<void>,
  ): Promise<ConsumerStatus> {
    const event = readEvent(message.body);
    if (event === null) {
      onError(`dropped a message on ${queue}`, new Error('it is not a call event'));
      return ConsumerStatus.DROP;
    }
    try {
      await take(event);
      return ConsumerStatus.ACK;
    } catch (error) {
      onError('an event could not be accepted, trying again', error);
      await pause(RETRY_MS, undefined, { signal: stopped.signal }).catch(() => undefined);
      return ConsumerStatus.REQUEUE;
    }
  }

  async function stop(): Promise<void> {
    stopped.abort();
    const closed = (async () => {
      await consumer?.close();
      await publisher.close();
      await connection.close();
    })();
    // A broker that hangs keeps the messages that weren't acknowledged, and brings them again.
    const deadline = new AbortController();
    const late = pause(STOP_MS, undefined, { signal: deadline.signal });
    await Promise.race([closed, late]).catch(() => undefined);
    deadline.abort();
    await late.catch(() => undefined);
    connection.unsafeDestroy();
  }

  return {
    put,
    start(take) {
      if (consumer !== undefined) return;
      consumer = connection.createConsumer(
        {
          queue,
          queueOptions: declaration,
          qos: { prefetchCount: prefetch },
          concurrency: prefetch,
        },
        (message) => receive(message, take),
      );
      const unread = createOutage(log, `${queue} cannot be read`, `${queue} can be read again`);
      consumer.on('error', (error) => {
        // The connection logs a broker that is away.
        if (connection.ready) unread.away(error);
      });
      consumer.on('ready', unread.back);
    },
    stop: () => (stopping ??= stop()),
  };
}

const queuedEvent = z.object({
  eventId: z.string().regex(/^[\w.-]{1,256}$/),
  account: z.string(),
  event: z.looseObject({ type: z.string().regex(/^[\w.-]{1,256}$/) }),
});

function readEvent(body: unknown): QueuedEvent | null {
  try {
    const content: unknown = Buffer.isBuffer(body) ? JSON.parse(body.toString()) : body;
    return queuedEvent.parse(content);
  } catch {
    return null;
  }
}
