import { EventEmitter } from 'node:events';
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { Config } from './config/config.ts';
import { createAddressGuard } from './delivery/address-guard.ts';
import { createAuthorizingClient } from './delivery/authorization/authorizing-client.ts';
import { createEngine } from './delivery/engine.ts';
import { readAuthorities } from './delivery/http-client/authorities.ts';
import { createListeningClient } from './delivery/listening/listening-client.ts';
import { createHttpClient } from './delivery/http-client/create-http-client.ts';
import { createNameResolver } from './delivery/http-client/names/name-resolver.ts';
import { createSandbox } from './transformation/create-sandbox.ts';
import { transform } from './transformation/transform.ts';
import { createTransformingClient } from './transformation/transforming-client.ts';
import { type Clock, systemClock } from './domain/clock.ts';
import type { DeliveryEvent } from './domain/delivery-event.ts';
import { PosthasteError } from './domain/errors.ts';
import { createIds } from './domain/ids.ts';
import { createSecretBox } from './storage/secret-box.ts';
import { createInbox } from './http/inbox/inbox.ts';
import { createHttpServer } from './http/server.ts';
import { type Ingest, createIngest } from './ingest/ingest.ts';
import {
  DEFAULT_ORGANIZATION,
  announceRecords,
  createAnnouncements,
  createListenerJanitor,
  createOperationalRelay,
  provideOperationalEventTypes,
  taskEvent,
  type Operations,
  type Tokens,
  createAuthenticator,
  createOperations,
  createTokens,
} from './operations/operations.ts';
import { createRareLog } from './ingest/rare-log.ts';
import { createMetrics } from './metrics/create-metrics.ts';
import { createMetricsServer } from './metrics/metrics-server.ts';
import type { Metrics } from './metrics/metrics.ts';
import { createOutboxRelay } from './outbox/outbox-relay.ts';
import { createMemoryQueue } from './queue/memory/memory-queue.ts';
import type { Queue } from './queue/queue.ts';
import { openLink } from './queue/rabbitmq/link.ts';
import { createRabbitmqQueue } from './queue/rabbitmq/rabbitmq-queue.ts';
import { createRetention } from './retention/retention.ts';
import {
  type CopyOptions,
  type CopyResult,
  copyDatabase as copySqliteToPostgres,
} from './storage/copy/copy-database.ts';
import { createEndpointCache } from './storage/endpoint-cache.ts';
import { keepStatistics } from './storage/keep-statistics.ts';
import {
  migratePostgres,
  pendingMigrations as pendingOfPostgres,
} from './storage/postgres/migrations/migrate.ts';
import {
  createPostgresStorage,
  type PostgresStorageOptions,
} from './storage/postgres/postgres-storage.ts';
import {
  type Migrated,
  migrateSqlite,
  pendingMigrations as pendingOfSqlite,
} from './storage/sqlite/migrations/migrate.ts';
import { createSqliteStorage } from './storage/sqlite/sqlite-storage.ts';
import type { Outbox, Storage } from './storage/storage.ts';
import { createTaskRunner } from './tasks/task-runner.ts';
import { traceMessages } from './tracing/traced-messages.ts';
import { traceOutbox } from './tracing/traced-outbox.ts';
import { registeredTracer } from './tracing/tracer.ts';
import { createTracingClient } from './tracing/tracing-client.ts';
import { VERSION } from './version.ts';

export interface AppOptions {
  readonly log: Logger;
  readonly clock?: Clock;
  /** The console that is open on this machine is given a token of its own. */
  readonly signsInHere?: boolean;
  /** What the build of the faces made; default: that of this package. */
  readonly facesFolder?: string;
  /** Called for each event of a delivery after it is in the storage. */
  readonly onDelivery?: (event: DeliveryEvent) => void;
  /** Waits for what `onDelivery` began: the storage stays open until then. */
  readonly onDelivered?: () => Promise<void>;
  /** With an inbox beside the API: a receiver for trying things out on one's own machine. */
  readonly withInbox?: boolean;
}

export interface Started {
  /** Null: there is no HTTP API. */
  readonly address: string | null;
  /** Where Prometheus finds the metrics; null: nowhere. */
  readonly metricsAddress: string | null;
}

/** A whole installation in one process. Both `start` and `stop` are safe to call twice. */
export interface App {
  readonly operations: Operations;
  /** Null without a JWT secret: then there is no HTTP API. */
  readonly tokens: Tokens | null;
  /** Of the page of the inbox; null: there is none. */
  readonly inboxPath: string | null;
  /** Resolves when deliveries are made and, with the `api` role, the API listens at `address`. */
  start(): Promise<Started>;
  /** Takes no new work, lets attempts in flight finish for `graceMs`, releases the rest, and closes. */
  stop(graceMs?: number): Promise<void>;
}

/** Puts the parts together. The only place that names concrete backends. */
export function createApp(config: Config, options: AppOptions): App {
  const { log, clock = systemClock } = options;
  const delivers = config.roles.includes('worker');
  if (!delivers && config.database.kind === 'sqlite') {
    throw new PosthasteError(
      'configuration',
      'roles must include worker: a SQLite database is open in one process only, so the process that accepts must also deliver.',
    );
  }
  if (config.queue.kind === 'amqp' && config.database.kind === 'sqlite') {
    throw new PosthasteError(
      'configuration',
      'queueUrl needs a PostgreSQL database: a broker carries deliveries between processes, and a SQLite database is open in one process only. To publish from RabbitMQ, set ingestUrl instead.',
    );
  }
  const { database, jwtSecret } = config;
  const guard = createAddressGuard(config.allowNetworks);
  const secretBox = createSecretBox(config.secretsKey);
  const self = { name: processName(), roles: config.roles, version: VERSION };
  const parts = { clock, secretBox, process: self };
  const metrics =
    config.metricsPort === null
      ? null
      : createMetrics({ clock, version: VERSION, roles: self.roles });
  const { storage: stored, outbox } = observed(createStorage(database, parts), metrics);
  const { storage, countAccepted } = keepStatistics(stored, {
    clock,
    onError: (error) => log.error({ err: error }, 'statistics wait to be stored, will retry'),
  });
  const announcements = createAnnouncements();
  const endpointCache = createEndpointCache(storage);
  const queue = createQueue(config, storage, log);
  const ids = createIds(clock);
  const userAgent = `Posthaste/${VERSION}`;
  const httpClient = createHttpClient({
    clock,
    guard,
    resolver: createNameResolver({ clock, servers: config.dnsServers }),
    authorities: config.caFile === null ? [] : readAuthorities(config.caFile),
    proxyUrl: config.proxyUrl,
    noProxy: config.noProxy,
    idleLimit: IDLE_CONNECTIONS,
  });
  const sandbox = createSandbox({ clock });
  const listenerNotes = new EventEmitter().setMaxListeners(0);
  const listeningClient = createListeningClient({
    httpClient,
    listeners: storage.listeners,
    ids,
    clock,
    notes: listenerNotes,
  });
  const tracer = registeredTracer();
  const transformingClient = createTransformingClient({
    httpClient: createAuthorizingClient({ httpClient: listeningClient, clock, userAgent }),
    sandbox,
    storage,
    clock,
    onError: (error) => log.error({ err: error }, 'a transformation waits, will retry'),
  });
  const engine = createEngine({
    policy: config.policy,
    concurrency: config.concurrency,
    endpointConcurrency: config.endpointConcurrency,
    svixHeaders: config.svixHeaders,
    storage: announceRecords(storage, announcements),
    queue,
    endpointCache,
    clock,
    ids,
    random: Math.random,
    httpClient: tracer
      ? createTracingClient({ httpClient: transformingClient, tracer, clock })
      : transformingClient,
    userAgent,
    onDelivery: options.onDelivery,
    onError: (error) => log.error({ err: error }, 'delivery error, will retry'),
  });
  metrics?.watchEngine(() => engine.status());
  const tokens = jwtSecret === null ? null : createTokens({ secret: jwtSecret, clock });
  const authenticator = tokens && createAuthenticator({ tokens, storage, clock });
  const tasks = createTaskRunner({
    storage,
    dispatch: engine.intake,
    clock,
    // Ids of one process are committed almost in their order.
    limits: database.kind === 'sqlite' ? { settledMs: 500 } : {},
    eventOf: (task, end) => taskEvent(announcements, task, end),
    onEnded: () => announcements.kept(),
    onError: (error) => log.error({ err: error }, 'a task cannot go on, will retry'),
  });
  const rareLog = createRareLog(log, clock);
  const untraced = createOperations({
    storage,
    endpointCache,
    dispatch: engine.intake,
    transform: (webhook, onResult) => transform(sandbox, webhook, onResult),
    clock,
    ids,
    addressGuard: guard,
    tokens,
    forgetTokens: () => authenticator?.forget(),
    auditKeptMs: config.auditRetention.ms,
    settingsInForce: config.inForce,
    portalUrl: config.portalUrl,
    endpointHttpsOnly: config.endpointHttpsOnly,
    signatureType: config.signatureType,
    maxPayloadChars: config.bodyLimitBytes,
    onPayloadMismatch(mismatch) {
      metrics?.countPayloadMismatch(mismatch.action);
      if (mismatch.action === 'warn') rareLog('warn', 'payload', mismatch, PAYLOAD_WARNING);
    },
    announcements,
    countAccepted,
    wakeTasks: () => tasks.wake(),
    listenerNotes,
  });
  const operations: Operations = tracer
    ? {
        ...untraced,
        messages: traceMessages(untraced.messages, tracer, clock),
        outbox: traceOutbox(untraced.outbox, tracer, clock),
      }
    : untraced;
  const operationalRelay = createOperationalRelay({
    storage,
    endpointCache,
    messages: operations.messages,
    announcements,
    clock,
    onError: (error) => log.error({ err: error }, 'operational webhooks wait, will retry'),
  });
  const listenerJanitor = createListenerJanitor({
    storage,
    operations: operations.listeners,
    clock,
    onError: (error) => log.error({ err: error }, 'listeners wait to be removed, will retry'),
  });
  const inbox = options.withInbox ? createInbox(() => clock.now()) : null;
  const http =
    config.roles.includes('api') && authenticator
      ? createHttpServer({
          operations,
          tokens: authenticator,
          log,
          version: VERSION,
          bodyLimitBytes: config.bodyLimitBytes,
          fastPublish: config.fastPublish,
          corsOrigins: config.corsOrigins ?? [],
          faces: {
            folder: options.facesFolder,
            portal: {
              name: config.portalName,
              logo: config.portalLogo,
              color: config.portalColor,
              font: config.portalFont,
              hidesMaker: config.portalHidesMaker,
              parents: config.portalParents ?? [],
            },
            signIn:
              options.signsInHere && tokens
                ? () =>
                    tokens.issue({ organizationId: DEFAULT_ORGANIZATION, expiresInSeconds: DAY_S })
                : undefined,
          },
          inbox: inbox && { inbox, principal: { organizationId: DEFAULT_ORGANIZATION } },
        })
      : null;
  const ingest = createIngestOf(config, { operations, clock, log });
  const retention = delivers
    ? createRetention({
        storage,
        times: {
          payloadsMs: config.payloadRetention.ms,
          attemptsMs: config.attemptRetention.ms,
          messagesMs: config.messageRetention.ms,
        },
        clock,
        onError: (error) => log.error({ err: error }, 'retention error, will retry'),
      })
    : null;
  const outboxRelay =
    outbox && config.roles.includes('worker')
      ? createOutboxRelay({
          outbox,
          operations: operations.outbox,
          clock,
          onRefused: ({ row: { messageId, organizationId, application, eventType }, refusal }) =>
            log.warn(
              { messageId, organizationId, application, eventType, ...refusal },
              'a message that was sent in a transaction is refused, see posthaste.outbox_failed',
            ),
          onError: (error) => log.error({ err: error }, 'the outbox cannot be read, will retry'),
        })
      : null;
  const metricsServer =
    metrics === null || config.metricsPort === null
      ? null
      : createMetricsServer({
          metrics,
          host: config.host,
          port: config.metricsPort,
          token: config.metricsToken,
        });
  let started: Promise<Started> | null = null;
  let stopped: Promise<void> | null = null;
  let isOpening = false;

  async function start(): Promise<Started> {
    // Before the database: what is wrong with it can be seen while it is waited for.
    const metricsAddress = (await metricsServer?.listen()) ?? null;
    isOpening = true;
    await storage.start();
    isOpening = false;
    await provideOperationalEventTypes(storage, clock);
    await queue.start();
    // A process that only accepts owns no endpoint: the workers are told what is due.
    if (delivers) {
      engine.start();
      tasks.start();
    }
    ingest?.start();
    outboxRelay?.start();
    retention?.start();
    operationalRelay.start();
    listenerJanitor.start();
    const { host, port } = config;
    return { address: http ? await http.listen({ host, port }) : null, metricsAddress };
  }

  async function stop(graceMs: number): Promise<void> {
    // A start that waits for its database gives up.
    if (isOpening) await storage.stop();
    // Wait for a start under way: whatever it opened after this point would never be closed.
    await started?.catch(() => undefined);
    await Promise.all([
      http?.close(),
      ingest?.stop(),
      outboxRelay?.stop(),
      retention?.stop(),
      operationalRelay.stop(),
      listenerJanitor.stop(),
      tasks.stop(),
    ]);
    await engine.stop(graceMs);
    sandbox.stop();
    await options.onDelivered?.();
    await queue.stop();
    await storage.stop();
    await metricsServer?.close();
  }

  return {
    operations,
    tokens,
    inboxPath: inbox && `/inbox/${inbox.id}`,
    start: () => (started ??= start()),
    stop: (graceMs = STOP_GRACE_MS) => (stopped ??= stop(graceMs)),
  };
}

/** Brings the database to the schema of this version, and starts nothing. */
export async function migrateDatabase({ database }: Pick<Config, 'database'>): Promise<Migrated> {
  return database.kind === 'sqlite' ? migrateSqlite(database.path) : migratePostgres(database.url);
}

/** The SQL that `migrateDatabase` would run; empty when there is nothing to do. */
export async function pendingMigrations({ database }: Pick<Config, 'database'>): Promise<string> {
  return database.kind === 'sqlite'
    ? pendingOfSqlite(database.path)
    : pendingOfPostgres(database.url);
}

export type { CopyProgress, CopyResult } from './storage/copy/copy-database.ts';

/** Copies all that an installation holds to an empty database of the other kind. */
export async function copyDatabase(
  from: Config['database'],
  to: Config['database'],
  options: Pick<CopyOptions, 'dryRun' | 'onProgress'>,
): Promise<CopyResult> {
  if (from.kind !== 'sqlite' || to.kind !== 'postgres') {
    throw new PosthasteError('configuration', 'copy goes from SQLite to PostgreSQL only');
  }
  return copySqliteToPostgres({ from: from.path, to: to.url, ...options });
}

/** Only a database that the callers share has an outbox. */
function createStorage(
  database: Config['database'],
  parts: Pick<PostgresStorageOptions, 'clock' | 'secretBox' | 'process'>,
): { storage: Storage; outbox: Outbox | null } {
  if (database.kind === 'sqlite') {
    return { storage: createSqliteStorage({ path: database.path, ...parts }), outbox: null };
  }
  const storage = createPostgresStorage({ url: database.url, ...parts });
  return { storage, outbox: storage.outbox };
}

const PAYLOAD_WARNING = 'accepted a payload that is not as the schema of its event type says';

/** What is not measured is not wrapped. */
function observed(
  { storage, outbox }: ReturnType<typeof createStorage>,
  metrics: Metrics | null,
): ReturnType<typeof createStorage> {
  if (metrics === null) return { storage, outbox };
  return {
    storage: metrics.observeStorage(storage),
    outbox: outbox && metrics.observeOutbox(outbox),
  };
}

function createQueue({ queue }: Config, storage: Storage, log: Logger): Queue {
  if (queue.kind !== 'amqp') return createMemoryQueue();
  return createRabbitmqQueue({
    url: queue.url,
    owner: () => storage.owner,
    undelivered: (handoffs) =>
      storage.fleet.tellOwners(handoffs.map(({ endpointId }) => endpointId)),
    log,
  });
}

/** Null without a queue to take messages from, or without the role that takes messages. */
function createIngestOf(
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

/** Tells an operator which process of which machine this is. */
function processName(): string {
  return `${hostname()}/${process.pid}`;
}

const STOP_GRACE_MS = 10_000;
const DAY_S = 24 * 60 * 60;
/**
 * Enough for ten thousand endpoints in turn: a new connection costs several times what a request on
 * an idle one does. They take 80 MB at most, and are closed when sockets run short.
 */
const IDLE_CONNECTIONS = 10_240;
