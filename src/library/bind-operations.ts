import type {
  ApplicationIn,
  ApplicationOut,
  ApplicationPatch,
  AttemptListByMessageOptions,
  AttemptListOptions,
  AttemptStatisticsOptions,
  AttemptStatisticsOut,
  EndpointHeadersIn,
  EndpointHeadersOut,
  EndpointHeadersPatchIn,
  EndpointIn,
  EndpointOut,
  EndpointPatch,
  EndpointSecretOut,
  EndpointSecretRotateIn,
  EndpointUpdate,
  EventTypeIn,
  EventTypeListOptions,
  EventTypeOut,
  EventTypePatch,
  EventTypeUpdate,
  ListOptions,
  ListOut,
  MessageAttemptOut,
  MessageEndpointOut,
  MessageIn,
  MessageListOptions,
  MessageOut,
  Operations,
  OrderedListOptions,
  Principal,
} from '../operations/operations.ts';
import { toMessageOut } from '../operations/operations.ts';
import { sendIn } from './send-in-transaction.ts';
import type { Transaction } from './transactions.ts';

/** `app`, `endpoint` and `message` are ids or the caller's own uids. */

export interface ApplicationApi {
  create(input: ApplicationIn): Promise<ApplicationOut>;
  /** Answers the existing one with this uid unchanged, if there is one. */
  getOrCreate(input: ApplicationIn): Promise<ApplicationOut>;
  /** Oldest first by default. */
  list(options?: OrderedListOptions): Promise<ListOut<ApplicationOut>>;
  get(app: string): Promise<ApplicationOut>;
  /** Replaces it, or creates one with this uid. */
  update(app: string, input: ApplicationIn): Promise<ApplicationOut>;
  patch(app: string, input: ApplicationPatch): Promise<ApplicationOut>;
  /** Its waiting deliveries are cancelled. */
  delete(app: string): Promise<void>;
}

export interface EndpointApi {
  create(app: string, input: EndpointIn): Promise<EndpointOut>;
  /** Newest first by default. */
  list(app: string, options?: OrderedListOptions): Promise<ListOut<EndpointOut>>;
  get(app: string, endpoint: string): Promise<EndpointOut>;
  /** Replaces it, or creates one with this uid. */
  update(app: string, endpoint: string, input: EndpointUpdate): Promise<EndpointOut>;
  patch(app: string, endpoint: string, input: EndpointPatch): Promise<EndpointOut>;
  /** Its waiting deliveries are cancelled. */
  delete(app: string, endpoint: string): Promise<void>;
  getSecret(app: string, endpoint: string): Promise<EndpointSecretOut>;
  /** Answers the new secret. Old secrets keep signing until their grace period ends. */
  rotateSecret(
    app: string,
    endpoint: string,
    input?: EndpointSecretRotateIn,
  ): Promise<EndpointSecretOut>;
  getHeaders(app: string, endpoint: string): Promise<EndpointHeadersOut>;
  updateHeaders(app: string, endpoint: string, input: EndpointHeadersIn): Promise<void>;
  patchHeaders(app: string, endpoint: string, input: EndpointHeadersPatchIn): Promise<void>;
}

export interface EventTypeApi {
  /** An archived one with this name is restored. */
  create(input: EventTypeIn): Promise<EventTypeOut>;
  list(options?: EventTypeListOptions): Promise<ListOut<EventTypeOut>>;
  get(name: string): Promise<EventTypeOut>;
  /** Replaces it, or creates one with this name. */
  update(name: string, input: EventTypeUpdate): Promise<EventTypeOut>;
  patch(name: string, input: EventTypePatch): Promise<EventTypeOut>;
  /** Archives it; with `expunge`, removes it. */
  delete(name: string, options?: { expunge?: boolean }): Promise<void>;
}

export interface MessageApi {
  /** Resolves when the message is durable; with `tx`, when it is part of your transaction. */
  create(app: string, input: MessageIn, options?: CreateMessageOptions): Promise<MessageOut>;
  /** Newest first. */
  list(app: string, options?: MessageListOptions): Promise<ListOut<MessageOut>>;
  get(app: string, message: string, options?: { withContent?: boolean }): Promise<MessageOut>;
}

export interface CreateMessageOptions {
  /** The same key answers the first message for 12 hours. */
  idempotencyKey?: string;
  /** False: the answer has no payload. */
  withContent?: boolean;
  /**
   * Your transaction: a client of pg, postgres.js, Kysely, Drizzle or Prisma on the PostgreSQL database
   * that Posthaste uses. Committed, the message is delivered; rolled back, it never was. It can be read
   * a moment after the commit; until then its `timestamp` is known to the second.
   */
  tx?: Transaction;
}

export interface MessageAttemptApi {
  /** Newest first. */
  listByMsg(
    app: string,
    message: string,
    options?: AttemptListByMessageOptions,
  ): Promise<ListOut<MessageAttemptOut>>;
  /** Newest first. */
  listByEndpoint(
    app: string,
    endpoint: string,
    options?: AttemptListOptions,
  ): Promise<ListOut<MessageAttemptOut>>;
  get(app: string, message: string, attempt: string): Promise<MessageAttemptOut>;
  /** The endpoints that a message is owed to, and the state of each delivery. */
  listAttemptedDestinations(
    app: string,
    message: string,
    options?: ListOptions,
  ): Promise<ListOut<MessageEndpointOut>>;
  /** Makes a new attempt now, whatever the results so far, and starts the schedule again. */
  resend(app: string, message: string, endpoint: string): Promise<void>;
}

/** Endpoints that are told of the organization's own endpoints and deliveries. */
export interface OperationalWebhookApi {
  readonly endpoint: {
    create(input: EndpointIn): Promise<EndpointOut>;
    /** Newest first by default. */
    list(options?: OrderedListOptions): Promise<ListOut<EndpointOut>>;
    get(endpoint: string): Promise<EndpointOut>;
    /** Replaces it, or creates one with this uid. */
    update(endpoint: string, input: EndpointUpdate): Promise<EndpointOut>;
    patch(endpoint: string, input: EndpointPatch): Promise<EndpointOut>;
    delete(endpoint: string): Promise<void>;
    getSecret(endpoint: string): Promise<EndpointSecretOut>;
    rotateSecret(endpoint: string, input?: EndpointSecretRotateIn): Promise<EndpointSecretOut>;
    getHeaders(endpoint: string): Promise<EndpointHeadersOut>;
    updateHeaders(endpoint: string, input: EndpointHeadersIn): Promise<void>;
  };
}

export interface StatisticsApi {
  /** By the hour of the last day by default. */
  ofApplication(app: string, options?: AttemptStatisticsOptions): Promise<AttemptStatisticsOut>;
  ofEndpoint(
    app: string,
    endpoint: string,
    options?: AttemptStatisticsOptions,
  ): Promise<AttemptStatisticsOut>;
}

export interface Api {
  readonly application: ApplicationApi;
  readonly endpoint: EndpointApi;
  readonly eventType: EventTypeApi;
  readonly message: MessageApi;
  readonly messageAttempt: MessageAttemptApi;
  readonly statistics: StatisticsApi;
  readonly operationalWebhook: OperationalWebhookApi;
}

/**
 * The operations as one principal's methods, named as in the HTTP API and its client libraries. `hasOutbox`:
 * the database takes messages in transactions of its users.
 */
export function bindOperations(
  operations: Operations,
  principal: Principal,
  { hasOutbox = false } = {},
): Api {
  const { applications, endpoints, eventTypes, messages, attempts, outbox, statistics } =
    operations;
  const { operationalWebhooks } = operations;

  async function createMessage(
    app: string,
    input: MessageIn,
    { tx, idempotencyKey, withContent }: CreateMessageOptions = {},
  ): Promise<MessageOut> {
    const message =
      tx === undefined
        ? await messages.create(principal, app, input, { idempotencyKey })
        : await outbox.send(principal, app, input, sendIn(tx, { hasOutbox, idempotencyKey }));
    return toMessageOut(message, withContent);
  }

  return {
    application: {
      create: async (input) => (await applications.create(principal, input)).value,
      getOrCreate: async (input) =>
        (await applications.create(principal, input, { getIfExists: true })).value,
      list: (options) => applications.list(principal, options),
      get: (app) => applications.get(principal, app),
      update: async (app, input) => (await applications.update(principal, app, input)).value,
      patch: (app, input) => applications.patch(principal, app, input),
      delete: (app) => applications.delete(principal, app),
    },
    endpoint: {
      create: (app, input) => endpoints.create(principal, app, input),
      list: (app, options) => endpoints.list(principal, app, options),
      get: (app, endpoint) => endpoints.get(principal, app, endpoint),
      update: async (app, endpoint, input) =>
        (await endpoints.update(principal, app, endpoint, input)).value,
      patch: (app, endpoint, input) => endpoints.patch(principal, app, endpoint, input),
      delete: (app, endpoint) => endpoints.delete(principal, app, endpoint),
      getSecret: (app, endpoint) => endpoints.getSecret(principal, app, endpoint),
      rotateSecret: (app, endpoint, input) =>
        endpoints.rotateSecret(principal, app, endpoint, input),
      getHeaders: (app, endpoint) => endpoints.getHeaders(principal, app, endpoint),
      updateHeaders: (app, endpoint, input) =>
        endpoints.updateHeaders(principal, app, endpoint, input),
      patchHeaders: (app, endpoint, input) =>
        endpoints.patchHeaders(principal, app, endpoint, input),
    },
    eventType: {
      create: (input) => eventTypes.create(principal, input),
      list: (options) => eventTypes.list(principal, options),
      get: (name) => eventTypes.get(principal, name),
      update: async (name, input) => (await eventTypes.update(principal, name, input)).value,
      patch: (name, input) => eventTypes.patch(principal, name, input),
      delete: (name, options) => eventTypes.delete(principal, name, options),
    },
    message: {
      create: createMessage,
      async list(app, options) {
        const { data, ...paging } = await messages.list(principal, app, options);
        const out = data.map((message) => toMessageOut(message, options?.withContent));
        return { data: out, ...paging };
      },
      get: async (app, message, { withContent } = {}) =>
        toMessageOut(await messages.get(principal, app, message), withContent),
    },
    messageAttempt: {
      listByMsg: (app, message, options) =>
        attempts.listByMessage(principal, app, message, options),
      listByEndpoint: (app, endpoint, options) =>
        attempts.listByEndpoint(principal, app, endpoint, options),
      get: (app, message, attempt) => attempts.get(principal, app, message, attempt),
      listAttemptedDestinations: (app, message, options) =>
        attempts.listDestinations(principal, app, message, options),
      resend: (app, message, endpoint) => attempts.resend(principal, app, message, endpoint),
    },
    operationalWebhook: {
      endpoint: {
        create: (input) => operationalWebhooks.create(principal, input),
        list: (options) => operationalWebhooks.list(principal, options),
        get: (endpoint) => operationalWebhooks.get(principal, endpoint),
        update: async (endpoint, input) =>
          (await operationalWebhooks.update(principal, endpoint, input)).value,
        patch: (endpoint, input) => operationalWebhooks.patch(principal, endpoint, input),
        delete: (endpoint) => operationalWebhooks.delete(principal, endpoint),
        getSecret: (endpoint) => operationalWebhooks.getSecret(principal, endpoint),
        rotateSecret: (endpoint, input) =>
          operationalWebhooks.rotateSecret(principal, endpoint, input),
        getHeaders: (endpoint) => operationalWebhooks.getHeaders(principal, endpoint),
        updateHeaders: (endpoint, input) =>
          operationalWebhooks.updateHeaders(principal, endpoint, input),
      },
    },
    statistics: {
      ofApplication: (app, options) => statistics.ofApplication(principal, app, options),
      ofEndpoint: (app, endpoint, options) =>
        statistics.ofEndpoint(principal, app, endpoint, options),
    },
  };
}
