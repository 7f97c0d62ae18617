import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import type { Clock } from '../domain/clock.ts';
import { type Ingest, createIngest } from '../ingest/ingest.ts';
import { DEFAULT_ORGANIZATION, type Operations } from '../operations/operations.ts';
import { createMemoryQueue } from '../queue/memory/memory-queue.ts';
import type { Queue } from '../queue/queue.ts';
import { openLink } from '../queue/rabbitmq/link.ts';
import { createRabbitmqQueue } from '../queue/rabbitmq/rabbitmq-queue.ts';
import type { Storage } from '../storage/storage.ts';

/** The queue of hand-offs that the configuration selects. */
export function createQueue({ queue }: Config, storage: Storage, log: Logger): Queue {
  if (queue.kind !== 'amqp') return createMemoryQueue();
  return createRabbitmqQueue({
    url: queue.url,
    owner: () => storage.owner,
    undelivered: (handoffs) =>
      storage.fleet.tellOwners(handoffs.map(({ endpointId }) => endpointId)),
    log,
  });
}

/** Null without `ingestUrl`, or without the role `api`. */
export function createIngestOf(
  config: Config,
  { operations, clock, log }: { operations: Operations; clock: Clock; log: Logger },
): Ingest | null {
  const { ingestUrl: url, bodyLimitBytes, roles } = config;
  if (url === null || !roles.includes('api')) return null;
  const random = Math.random;
  return createIngest({
    messages: operations.messages,
    organizationId: config.ingestOrganization ?? DEFAULT_ORGANIZATION,
    queue: config.ingestQueue,
    prefetch: config.ingestPrefetch,
    bodyLimitBytes,
    openLink: (options) => openLink({ ...options, url, log, random }),
    clock,
    random,
    log,
  });
}
