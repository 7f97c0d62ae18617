import { EventEmitter } from 'node:events';
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { createAddressGuard } from '../delivery/address-guard.ts';
import { createEngine } from '../delivery/engine.ts';
import { type Clock, systemClock } from '../domain/clock.ts';
import type { DeliveryEvent } from '../domain/delivery-event.ts';
import { PosthasteError } from '../domain/errors.ts';
import { createIds } from '../domain/ids.ts';
import { createInbox } from '../http/inbox/inbox.ts';
import { createRareLog } from '../ingest/rare-log.ts';
import { createMetrics } from '../metrics/create-metrics.ts';
import { createMetricsServer } from '../metrics/metrics-server.ts';
import {
  announceRecords,
  createAnnouncements,
  createAuthenticator,
  createOperations,
  createStorageOutage,
  createTokens,
  type Operations,
  provideOperationalEventTypes,
  taskEvent,
  type Tokens,
} from '../operations/operations.ts';
import { createEndpointCache } from '../storage/endpoint-cache.ts';
import { keepStatistics } from '../storage/keep-statistics.ts';
import { createSecretBox } from '../storage/secret-box.ts';
import { createTaskRunner } from '../tasks/task-runner.ts';
import { leaveTraces } from '../tracing/leave-traces.ts';
import { traceMessages } from '../tracing/traced-messages.ts';
import { traceOutbox } from '../tracing/traced-outbox.ts';
import { registeredTracer } from '../tracing/tracer.ts';
import { createSandbox } from '../transformation/create-sandbox.ts';
import { transform } from '../transformation/transform.ts';
import { VERSION } from '../version.ts';
import { createApiServer } from './api-server.ts';
import { createBackground, retentionOf } from './background.ts';
import { createQueue } from './brokers.ts';
import { createDatabase } from './databases.ts';
import { createDeliveryClient, IDLE_CONNECTIONS } from './delivery-client.ts';
import { descriptorLimit, divideDescriptors } from './descriptors.ts';

export {
  type CopyProgress,
  type CopyResult,
  copyDatabase,
  migrateDatabase,
  pendingMigrations,
} from './databases.ts';
export { logOutput } from './log-output.ts';

export interface AppOptions {
  readonly log: Logger;
  readonly clock?: Clock;
  /** True: a console that is open on this machine gets a token without signing in. */
  readonly signsInHere?: boolean;
  /** The folder of the built faces; default: that of this package. */
  readonly facesFolder?: string;
  /** Called for each event of a delivery after it is in the storage. */
  readonly onDelivery?: (event: DeliveryEvent) => void;
  /** Waits for the listeners that `onDelivery` has called: the storage stays open until then. */
  readonly onDelivered?: () => Promise<void>;
  /** Adds an inbox to the API: a receiver for trying things out on one's own machine. */
  readonly withInbox?: boolean;
}

export interface Started {
  /** Null: there is no HTTP API. */
  readonly address: string | null;
  /** URL of the metrics for Prometheus; null: metrics are off. */
  readonly metricsAddress: string | null;
}

/**
 * A whole installation in one process. Both `start` and `stop` are safe to call twice. After a `start` that
 * failed, everything is closed; after `stop`, `start` rejects.
 */
export interface App {
  readonly operations: Operations;
  /** Null without a JWT secret: then there is no HTTP API. */
  readonly tokens: Tokens | null;
  /** Path of the inbox's page; null: there is no inbox. */
  readonly inboxPath: string | null;
  /** Resolves when deliveries are made and, with the `api` role, the API listens at `address`. */
  start(): Promise<Started>;
  /** Takes no new work, lets attempts in flight finish for `graceMs`, releases the other deliveries, and closes. */
  stop(graceMs?: number): Promise<void>;
}

/** Puts the parts together. Only the files of this folder name concrete backends. */
export function createApp(config: Config, options: AppOptions): App {
  requireOneProcess(config);
  const { log, clock = systemClock } = options;
  const delivers = config.roles.includes('worker');
  const { jwtSecret, concurrency } = config;
  const openFiles = descriptorLimit();
  const descriptors = divideDescriptors(openFiles, {
    requests: concurrency,
    idle: IDLE_CONNECTIONS,
  });
  if (delivers && descriptors.requests < concurrency) {
    log.warn(
      { openFiles, concurrency: descriptors.requests },
      'this process may open so few files that it sends fewer requests at once than concurrency says; raise the limit (ulimit -n)',
    );
  }
  const guard = createAddressGuard(config.allowNetworks);
  const outage = createStorageOutage({ readiness: () => operations.readiness, log, clock });
  const metrics =
    config.metricsPort === null
      ? null
      : createMetrics({ clock, version: VERSION, roles: config.roles });
  const stored = createDatabase(
    config.database,
    {
      clock,
      secretBox: createSecretBox(config.secretsKey),
      process: { name: processName(), roles: config.roles, version: VERSION },
    },
    metrics,
  );
  const { storage, countAccepted } = keepStatistics(stored.storage, {
    clock,
    onError: outage.failed('statistics could not be stored, will retry'),
  });
  const database = { storage, outbox: stored.outbox };
  const announcements = createAnnouncements();
  const endpointCache = createEndpointCache(storage);
  const queue = createQueue(config, storage, log);
  const ids = createIds(clock);
  const userAgent = `Posthaste/${VERSION}`;
  const sandbox = createSandbox({ clock });
  const listenerNotes = new EventEmitter().setMaxListeners(0);
  const tracer = registeredTracer();
  const apart = tracer ? leaveTraces : <T>(functions: T) => functions;
  const engine = createEngine({
    policy: config.policy,
    concurrency: descriptors.requests,
    endpointConcurrency: config.endpointConcurrency,
    svixHeaders: config.svixHeaders,
    storage: announceRecords(storage, announcements),
    queue,
    endpointCache,
    clock,
    ids,
    random: Math.random,
    httpClient: createDeliveryClient({
      config,
      idleLimit: descriptors.idle,
      storage,
      guard,
      sandbox,
      tracer,
      listenerNotes,
      userAgent,
      clock,
      ids,
      outage,
    }),
    userAgent,
    onDelivery: options.onDelivery,
    onError: outage.failed('delivery error, will retry'),
  });
  const intake = apart(engine.intake);
  metrics?.watchEngine(() => engine.status());
  const tokens = jwtSecret === null ? null : createTokens({ secret: jwtSecret, clock });
  const authenticator = tokens && createAuthenticator({ tokens, storage, clock });
  const tasks = createTaskRunner({
    storage,
    intake,
    clock,
    // Ids of one process are committed almost in their order.
    limits: config.database.kind === 'sqlite' ? { settledMs: 500 } : {},
    eventOf: (task, end) => taskEvent(announcements, task, end),
    onEnded: () => announcements.kept(),
    onError: outage.failed('a task failed to continue, will retry'),
  });
  const rareLog = createRareLog(log, clock);
  const untraced = createOperations({
    storage,
    endpointCache,
    intake,
    transform: (webhook, onResult) => transform(sandbox, webhook, onResult),
    clock,
    ids,
    addressGuard: guard,
    tokens,
    forgetTokens: () => authenticator?.forget(),
    auditKeptMs: config.auditRetention.ms,
    retention: retentionOf(config),
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
    ...apart({ wakeTasks: () => tasks.wake() }),
    listenerNotes,
  });
  const operations: Operations = tracer
    ? {
        ...untraced,
        messages: traceMessages(untraced.messages, tracer, clock),
        outbox: traceOutbox(untraced.outbox, tracer, clock),
      }
    : untraced;
  const background = createBackground({
    config,
    database,
    endpointCache,
    operations: { ...operations, messages: apart(operations.messages) },
    announcements,
    tasks,
    clock,
    log,
    outage,
  });
  const inbox = options.withInbox ? createInbox(() => clock.now()) : null;
  const apiServer =
    config.roles.includes('api') && authenticator
      ? createApiServer({
          config,
          maxConnections: descriptors.clients,
          operations,
          authenticator,
          signInHere: options.signsInHere ? tokens : null,
          facesFolder: options.facesFolder,
          inbox,
          log,
          outage,
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
          hasStarted: () => hasStarted,
        });
  let hasStarted = false;
  let started: Promise<Started> | null = null;
  let stopped: Promise<void> | null = null;
  let closed: Promise<void> | null = null;
  let isOpening = false;

  async function start(): Promise<Started> {
    // Before the database, so that metrics show the state while the process waits for the database.
    const metricsAddress = (await metricsServer?.listen()) ?? null;
    isOpening = true;
    await storage.start();
    isOpening = false;
    await provideOperationalEventTypes(storage, clock);
    await queue.start();
    // Before delivering: preparing the routes blocks the process, and endpoints taken over would wait for that.
    await apiServer?.ready();
    // A process without the role `worker` owns no endpoints, so it does not start the engine.
    if (delivers) engine.start();
    background.start();
    const { host, port } = config;
    const address = (await apiServer?.listen({ host, port })) ?? null;
    hasStarted = true;
    return { address, metricsAddress };
  }

  /** Closes everything when the start fails, because the caller would not close it. */
  async function startOrClose(): Promise<Started> {
    try {
      return await start();
    } catch (error) {
      // An error of closing is reported by `stop`.
      await (closed ??= close(0)).catch(() => {});
      throw error;
    }
  }

  async function stop(graceMs: number): Promise<void> {
    // Closing the storage ends a start that waits for its database.
    if (isOpening) await storage.stop();
    // Wait for a start under way: things that it opens after this point would never be closed.
    await started?.catch(() => undefined);
    await (closed ??= close(graceMs));
  }

  async function close(graceMs: number): Promise<void> {
    await Promise.all([apiServer?.close(), background.stop()]);
    await engine.stop(graceMs);
    sandbox.stop();
    await options.onDelivered?.();
    await queue.stop();
    outage.stop();
    await storage.stop();
    await metricsServer?.close();
  }

  return {
    operations,
    tokens,
    inboxPath: inbox && `/inbox/${inbox.id}`,
    async start() {
      if (stopped !== null) {
        throw new PosthasteError(
          'stopping',
          'this instance was stopped and cannot be started again; create another',
        );
      }
      return (started ??= apart({ startOrClose }).startOrClose());
    },
    stop: (graceMs = STOP_GRACE_MS) => (stopped ??= stop(graceMs)),
  };
}

/** A SQLite database is open in one process, which does everything. */
function requireOneProcess({ database, queue, roles }: Config): void {
  if (database.kind !== 'sqlite') return;
  if (!roles.includes('worker')) {
    throw new PosthasteError(
      'configuration',
      'roles must include worker: a SQLite database is open in one process only, so the process that accepts must also deliver.',
    );
  }
  if (queue.kind === 'amqp') {
    throw new PosthasteError(
      'configuration',
      'queueUrl needs a PostgreSQL database: a broker carries deliveries between processes, and a SQLite database is open in one process only. To publish from RabbitMQ, set ingestUrl instead.',
    );
  }
}

const PAYLOAD_WARNING = 'accepted a payload that does not match the schema of its event type';

/** The name of the process for operators: host and process id. */
function processName(): string {
  return `${hostname()}/${process.pid}`;
}

const STOP_GRACE_MS = 10_000;
