import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import type { Clock } from '../domain/clock.ts';
import type { RetentionTimes } from '../domain/retention-times.ts';
import {
  type Announcements,
  type Operations,
  type StorageOutage,
  createListenerJanitor,
  createOperationalRelay,
} from '../operations/operations.ts';
import { createOutboxRelay } from '../outbox/outbox-relay.ts';
import type { RepeatedWork } from '../repeated-work.ts';
import { createRetention } from '../retention/retention.ts';
import type { EndpointCache } from '../storage/storage.ts';
import type { TaskRunner } from '../tasks/tasks.ts';
import { createIngestOf } from './brokers.ts';
import type { Database } from './databases.ts';

/** The background work of a process, besides answering calls and delivering. */
export type Background = Pick<RepeatedWork, 'start' | 'stop'>;

export interface BackgroundParts {
  readonly config: Config;
  readonly database: Database;
  readonly endpointCache: EndpointCache;
  readonly operations: Operations;
  readonly announcements: Announcements;
  readonly tasks: TaskRunner;
  readonly clock: Clock;
  readonly log: Logger;
  readonly outage: Pick<StorageOutage, 'failed'>;
}

/** The background work for the roles of the process; only workers maintain stored data. */
export function createBackground(parts: BackgroundParts): Background {
  const { config, operations, clock, log } = parts;
  const delivers = config.roles.includes('worker');
  const all = [
    delivers ? parts.tasks : null,
    createIngestOf(config, { operations, clock, log }),
    delivers ? createOutboxRelayOf(parts) : null,
    delivers ? createRetentionOf(parts) : null,
    createOperationalRelayOf(parts),
    createListenerJanitorOf(parts),
  ].filter((one) => one !== null);
  return {
    start() {
      for (const one of all) one.start();
    },
    async stop() {
      await Promise.all(all.map((one) => one.stop()));
    },
  };
}

function createOutboxRelayOf({
  database: { outbox },
  operations,
  clock,
  log,
  outage,
}: BackgroundParts): Background | null {
  return (
    outbox &&
    createOutboxRelay({
      outbox,
      operations: operations.outbox,
      clock,
      onRefused: ({ row: { messageId, organizationId, application, eventType }, refusal }) =>
        log.warn(
          { messageId, organizationId, application, eventType, ...refusal },
          'refused a message that was sent in a transaction; see the table posthaste.outbox_failed',
        ),
      onError: outage.failed('the outbox cannot be read, will retry'),
    })
  );
}

/** The retention of organizations that have none of their own. */
export function retentionOf(
  config: Pick<Config, 'payloadRetention' | 'attemptRetention' | 'messageRetention'>,
): RetentionTimes {
  return {
    payloadsMs: config.payloadRetention.ms,
    attemptsMs: config.attemptRetention.ms,
    messagesMs: config.messageRetention.ms,
  };
}

function createRetentionOf({ config, database, clock, outage }: BackgroundParts): Background {
  return createRetention({
    storage: database.storage,
    times: retentionOf(config),
    clock,
    onError: outage.failed('retention error, will retry'),
  });
}

function createOperationalRelayOf({
  database: { storage },
  endpointCache,
  operations,
  announcements,
  clock,
  outage,
}: BackgroundParts): Background {
  return createOperationalRelay({
    storage,
    endpointCache,
    messages: operations.messages,
    announcements,
    clock,
    onError: outage.failed('operational webhooks could not be published, will retry'),
  });
}

function createListenerJanitorOf({
  database: { storage },
  operations,
  clock,
  outage,
}: BackgroundParts): Background {
  return createListenerJanitor({
    storage,
    operations: operations.listeners,
    clock,
    onError: outage.failed('expired listeners could not be removed, will retry'),
  });
}
