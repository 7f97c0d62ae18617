import { type Logger, pino } from 'pino';
import { type App, createApp, logOutput } from './app/app.ts';
import type { Settings } from './config/settings.ts';
import { configFrom } from './config/config.ts';
import { PosthasteError } from './domain/errors.ts';
import type { DeliveryEvent } from './domain/delivery-event.ts';
import {
  type ApiKeyApi,
  type ApplicationApi,
  type AuditApi,
  type AuthenticationApi,
  type BackgroundTaskApi,
  type EnvironmentApi,
  type SettingsApi,
  type EndpointApi,
  type EventTypeApi,
  type MessageApi,
  type MessageAttemptApi,
  type OperationalWebhookApi,
  type StatisticsApi,
  type UndeliveredApi,
} from './library/api.ts';
import { bindOperations } from './library/bind-operations.ts';
import { type DeliveryListener, createListeners } from './library/listeners.ts';
import { startError } from './library/start-error.ts';
import { DEFAULT_ORGANIZATION, type StatusOut } from './operations/operations.ts';

export type { Attempt, AttemptFailure } from './domain/attempt.ts';
export type { DeliveryEvent } from './domain/delivery-event.ts';
export { type ErrorCode, type FieldError, PosthasteError } from './domain/errors.ts';
export type {
  ApiKeyApi,
  ApplicationApi,
  AuditApi,
  AuthenticationApi,
  BackgroundTaskApi,
  CreateMessageOptions,
  EndpointApi,
  EnvironmentApi,
  EventTypeApi,
  MessageApi,
  MessageAttemptApi,
  OperationalWebhookApi,
  SettingsApi,
  StatisticsApi,
  UndeliveredApi,
} from './library/api.ts';
export type { DeliveryListener } from './library/listeners.ts';
export type { Transaction } from './library/transactions.ts';
export type * from './operations/api-types.ts';

/**
 * Settings as in `posthaste.config.json`; environment and files are not read. With a `jwtSecret`, the instance
 * also serves the HTTP API on `host` and `port`; without one it opens no port.
 */
export interface PosthasteOptions extends Omit<Settings, 'roles'> {
  /** Default: JSON lines from `logLevel` on, which is `warn` here. */
  readonly log?: Logger;
}

/**
 * Posthaste in this process: the operations of the HTTP API as methods, and the delivery engine.
 *
 * ```
 * const posthaste = new Posthaste({ databaseUrl: 'sqlite:./data/posthaste.db' });
 * await posthaste.start();
 * const app = await posthaste.application.create({ name: 'Acme' });
 * await posthaste.endpoint.create(app.id, { url: 'https://example.com/webhook' });
 * await posthaste.message.create(app.id, { eventType: 'invoice.paid', payload: { id: 1 } });
 * ```
 *
 * Methods reject with a `PosthasteError`. When `message.create` has resolved, the message is durable and will be
 * delivered by this process, or by the next one that opens the database.
 */
export class Posthaste {
  readonly authentication: AuthenticationApi;
  readonly application: ApplicationApi;
  readonly endpoint: EndpointApi;
  readonly eventType: EventTypeApi;
  readonly message: MessageApi;
  readonly messageAttempt: MessageAttemptApi;
  readonly environment: EnvironmentApi;
  readonly settings: SettingsApi;
  readonly statistics: StatisticsApi;
  readonly undelivered: UndeliveredApi;
  readonly operationalWebhook: OperationalWebhookApi;
  readonly backgroundTask: BackgroundTaskApi;
  readonly apiKey: ApiKeyApi;
  readonly audit: AuditApi;
  readonly #app: App;
  readonly #listeners: ReturnType<typeof createListeners>;

  /** Opens nothing yet. Throws a `configuration` error that names every wrong setting. */
  constructor({ log, ...settings }: PosthasteOptions = {}) {
    const config = configFrom({ ...settings, logLevel: settings.logLevel ?? 'warn' });
    const logger =
      log === undefined ? pino({ level: config.logLevel }, logOutput()) : checkedLog(log);
    this.#listeners = createListeners((error) =>
      logger.error({ err: error }, 'a listener of delivery events failed'),
    );
    this.#app = createApp(config, {
      log: logger,
      onDelivery: (event) => this.#listeners.tell(event),
      onDelivered: () => this.#listeners.ended(LISTENERS_MS),
    });
    const bound = bindOperations(
      this.#app.operations,
      { organizationId: DEFAULT_ORGANIZATION },
      { hasOutbox: config.database.kind === 'postgres' },
    );
    this.authentication = bound.authentication;
    this.application = bound.application;
    this.endpoint = bound.endpoint;
    this.eventType = bound.eventType;
    this.message = bound.message;
    this.messageAttempt = bound.messageAttempt;
    this.environment = bound.environment;
    this.settings = bound.settings;
    this.statistics = bound.statistics;
    this.undelivered = bound.undelivered;
    this.operationalWebhook = bound.operationalWebhook;
    this.backgroundTask = bound.backgroundTask;
    this.apiKey = bound.apiKey;
    this.audit = bound.audit;
  }

  /**
   * Opens the database and begins to deliver. `address` is the URL of the HTTP API and `metricsAddress` that of the
   * metrics, or null. A start that fails leaves nothing open: try again with a new instance.
   */
  async start(): Promise<{ address: string | null; metricsAddress: string | null }> {
    try {
      return await this.#app.start();
    } catch (error) {
      throw startError(error);
    }
  }

  /** The status of the whole installation, like `GET /status`: its processes with their leases, and the backlog. */
  status(): Promise<StatusOut> {
    return this.#app.operations.status.get({ organizationId: DEFAULT_ORGANIZATION });
  }

  /**
   * Lets attempts in flight finish, releases all other deliveries, waits for running listeners (5 s at most; they
   * can still call read methods), and closes. The instance can't be started again.
   */
  stop(): Promise<void> {
    return this.#app.stop();
  }

  /** `stop`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /**
   * Calls `listener` for attempts of this process, after they are recorded: `delivered`, `failed` (another attempt
   * follows), `exhausted` (none follows), `disabled` (the endpoint was disabled). A crash between record and call
   * loses the call. Errors that a listener throws are logged. Returns a function that removes the listener. Throws
   * `validation` for an unknown kind.
   */
  on(kind: DeliveryEvent['kind'], listener: DeliveryListener): () => void {
    return this.#listeners.add(kind, listener);
  }
}

/** Checks the log at once: another kind of object would throw in the middle of a delivery. */
function checkedLog(log: Logger): Logger {
  const given = log as unknown as Record<string, unknown> | null;
  if (LOG_METHODS.every((name) => typeof given?.[name] === 'function')) return log;
  throw new PosthasteError('configuration', 'log must be a pino logger');
}

const LOG_METHODS = ['debug', 'info', 'warn', 'error', 'fatal', 'child', 'isLevelEnabled'];

/** A listener that never ends must not keep the process from stopping. */
const LISTENERS_MS = 5_000;
