import { createOutage } from '@posthaste/app-kit/outage';
import { Connection, ConsumerStatus } from 'rabbitmq-client';
import type { AsyncMessage, Consumer } from 'rabbitmq-client';
import type { CallQueues, QueueNames, QueuesContext } from './call-queues.ts';
import { EXTENSIONS } from './call-store.ts';
import type { Extension } from './call-store.ts';

const PAGE = 100;
const RETRY_MS = 1_000;
const CHECK_MS = 5_000;
const STOP_MS = 10_000;

/**
 * Queues in RabbitMQ: durable, persistent messages `{"callId": …}`, confirmed when published and
 * acknowledged when the call is over. All waiting calls are published again whenever a consumer begins (at
 * start, and when the broker is back), and when calls wait while the queue is empty (somebody emptied the
 * queue, or another program reads it). The agents skip the duplicates.
 */
export function createRabbitMqQueues(
  uri: string,
  names: QueueNames,
  { calls, prefetch, onError, log }: QueuesContext,
): CallQueues {
  const connection = new Connection({
    url: uri,
    connectionName: 'call-center',
    acquireTimeout: 5_000,
    retryLow: 200,
    retryHigh: 5_000,
  });
  const outage = createOutage(log, 'RabbitMQ cannot be reached', 'RabbitMQ is back');
  connection.on('error', outage.away);
  connection.on('connection', outage.back);
  const queues = EXTENSIONS.map((extension) => ({ queue: names[extension], durable: true }));
  const publisher = connection.createPublisher({ confirm: true, queues });
  const consumers: Consumer[] = [];
  const republishing = new Set<Extension>();
  const ready = new Set<Extension>();
  let stopped = false;
  let check: NodeJS.Timeout | undefined;

  function publish(extension: Extension, callId: number): Promise<void> {
    return publisher.send({ routingKey: names[extension], durable: true }, { callId });
  }

  async function republish(extension: Extension): Promise<void> {
    if (stopped || republishing.has(extension)) return;
    republishing.add(extension);
    try {
      let page = calls.waiting(extension, 0, PAGE);
      while (page.length > 0) {
        await Promise.all(page.map((callId) => publish(extension, callId)));
        page = stopped ? [] : calls.waiting(extension, page.at(-1) ?? 0, PAGE);
      }
      republishing.delete(extension);
    } catch (error) {
      republishing.delete(extension);
      unpublished(extension, error);
    }
  }

  async function republishLost(): Promise<void> {
    for (const extension of ready) {
      try {
        if (calls.waiting(extension, 0, 1).length === 0 || !connection.ready) continue;
        const queue = names[extension];
        const { messageCount } = await connection.queueDeclare({ queue, passive: true });
        if (messageCount === 0) await republish(extension);
      } catch {
        // The consumer tells of a queue that cannot be read.
      }
    }
    checkSoon();
  }

  function checkSoon(): void {
    if (!stopped) check = setTimeout(() => void republishLost(), CHECK_MS);
  }

  function unpublished(extension: Extension, error: unknown): void {
    // The connection logs a broker that is away.
    if (connection.ready) onError('a waiting call could not be queued, trying again', error);
    setTimeout(() => void republish(extension), RETRY_MS).unref();
  }

  function consume(extension: Extension, serve: (callId: number) => Promise<void>): Consumer {
    const queue = names[extension];
    const consumer = connection.createConsumer(
      {
        queue,
        queueOptions: { queue, durable: true },
        qos: { prefetchCount: prefetch },
        concurrency: prefetch,
      },
      async (message) => {
        const callId = callIdOf(message);
        if (callId === null) {
          onError(`dropped a message on ${queue} that is not {"callId": …}`, message.body);
          return ConsumerStatus.DROP;
        }
        try {
          await serve(callId);
          return ConsumerStatus.ACK;
        } catch (error) {
          onError(`call ${callId} could not be served, trying again`, error);
          await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
          return ConsumerStatus.REQUEUE;
        }
      },
    );
    const unread = createOutage(log, `${queue} cannot be read`, `${queue} can be read again`);
    consumer.on('error', (error) => {
      if (connection.ready) unread.away(error);
    });
    consumer.on('ready', () => {
      unread.back();
      ready.add(extension);
      void republish(extension);
    });
    return consumer;
  }

  return {
    async start(serve) {
      if (consumers.length > 0) return;
      consumers.push(...EXTENSIONS.map((extension) => consume(extension, serve)));
      checkSoon();
    },
    push({ extension, callId }) {
      // Without the broker, or before the consumer, the call waits in the database for `ready`.
      if (!connection.ready || !ready.has(extension)) return;
      publish(extension, callId).catch((error: unknown) => unpublished(extension, error));
    },
    async stop() {
      if (stopped) return;
      stopped = true;
      clearTimeout(check);
      const closed = Promise.all(consumers.map((consumer) => consumer.close()))
        .then(() => publisher.close())
        .then(() => connection.close());
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, STOP_MS);
      });
      await Promise.race([closed, late]).catch(() => {});
      clearTimeout(timer);
      connection.unsafeDestroy();
    },
  };
}

function callIdOf(message: AsyncMessage): number | null {
  const body: unknown = message.body;
  const parsed = Buffer.isBuffer(body) ? parse(body.toString()) : body;
  const callId = (parsed as { callId?: unknown } | null)?.callId;
  return Number.isSafeInteger(callId) ? (callId as number) : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
