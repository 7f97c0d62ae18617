import type {
  MessageIn,
  MessageOut,
  Operations,
  Principal,
  StartTask,
} from '../operations/operations.ts';
import { toBatchOut, toMessageOut } from '../operations/operations.ts';
import {
  aFlag,
  anything,
  checkOptions,
  type OptionCheck,
  optional,
  textOf,
} from '../domain/options.ts';
import type { Start, CreateMessageOptions, Api } from './api.ts';
import { sendIn } from './send-in-transaction.ts';

/**
 * The operations as methods of one principal, named as in the HTTP API and its client libraries. `hasOutbox`:
 * the database accepts messages inside callers' transactions.
 */
export function bindOperations(
  operations: Operations,
  principal: Principal,
  { hasOutbox = false } = {},
): Api {
  const { applications, endpoints, eventTypes, messages, attempts } = operations;
  const { tasks, portalAccess, apiKeys, outbox } = operations;
  const { operationalWebhooks, statistics, undelivered, configuration } = operations;

  const starting = <Input>(start: StartTask) =>
    ((app, endpoint, input) => start(principal, app, endpoint, input)) as Start<Input>;

  async function createMessage(
    app: string,
    input: MessageIn,
    options: CreateMessageOptions = NO_OPTIONS,
  ): Promise<MessageOut> {
    if (options !== NO_OPTIONS) checkOptions(options, CREATE_OPTIONS);
    const { tx, idempotencyKey, withContent, explain = false, traceparent } = options;
    const message =
      tx === undefined
        ? await messages.create(principal, app, input, { idempotencyKey, explain, traceparent })
        : await outbox.send(
            principal,
            app,
            input,
            sendIn(tx, { hasOutbox, idempotencyKey, explain }),
            { traceparent },
          );
    return toMessageOut(message, withContent);
  }

  return {
    authentication: {
      appPortalAccess: (app, input) => portalAccess.grant(principal, app, input),
      expireAll: (app, input) => portalAccess.expireAll(principal, app, input),
    },
    audit: { list: (options) => operations.audit.list(principal, options) },
    apiKey: {
      create: (input) => apiKeys.create(principal, input),
      list: (options) => apiKeys.list(principal, options),
      get: (key) => apiKeys.get(principal, key),
      patch: (key, input) => apiKeys.patch(principal, key, input),
      expire: (key, input) => apiKeys.expire(principal, key, input),
    },
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
      pause: (app, endpoint) => endpoints.pause(principal, app, endpoint),
      resume: (app, endpoint) => endpoints.resume(principal, app, endpoint),
      head: (app, endpoint) => endpoints.head(principal, app, endpoint),
      skipHead: (app, endpoint, input) => endpoints.skipHead(principal, app, endpoint, input),
      retryHead: (app, endpoint, input) => endpoints.retryHead(principal, app, endpoint, input),
      recover: starting(tasks.recover),
      replayMissing: starting(tasks.replayMissing),
      bulkReplay: starting(tasks.bulkReplay),
      cancelMsgs: starting(tasks.cancelMessages),
      delete: (app, endpoint) => endpoints.delete(principal, app, endpoint),
      getSecret: (app, endpoint) => endpoints.getSecret(principal, app, endpoint),
      rotateSecret: (app, endpoint, input) =>
        endpoints.rotateSecret(principal, app, endpoint, input),
      sendExample: async (app, endpoint, input) =>
        toMessageOut(await messages.sendExample(principal, app, endpoint, input)),
      getStats: (app, endpoint, options) => endpoints.stats(principal, app, endpoint, options),
      getAttemptStats: (app, endpoint, options) =>
        endpoints.attemptStats(principal, app, endpoint, options),
      getAuthentication: (app, endpoint) => endpoints.getAuthentication(principal, app, endpoint),
      setAuthentication: (app, endpoint, input) =>
        endpoints.setAuthentication(principal, app, endpoint, input),
      deleteAuthentication: (app, endpoint) =>
        endpoints.deleteAuthentication(principal, app, endpoint),
      getOauth: (app, endpoint) => endpoints.getOauth(principal, app, endpoint),
      getOauthConfig: (app, endpoint) => endpoints.getOauthConfig(principal, app, endpoint),
      setOauth: (app, endpoint, input) => endpoints.setOauth(principal, app, endpoint, input),
      deleteOauth: (app, endpoint) => endpoints.deleteOauth(principal, app, endpoint),
      getMtls: (app, endpoint) => endpoints.getMtls(principal, app, endpoint),
      getMtlsConfig: (app, endpoint) => endpoints.getMtlsConfig(principal, app, endpoint),
      setMtls: (app, endpoint, input) => endpoints.setMtls(principal, app, endpoint, input),
      deleteMtls: (app, endpoint) => endpoints.deleteMtls(principal, app, endpoint),
      getSignature: (app, endpoint) => endpoints.getSignature(principal, app, endpoint),
      getSignatureConfig: (app, endpoint) => endpoints.getSignatureConfig(principal, app, endpoint),
      setSignature: (app, endpoint, input) =>
        endpoints.setSignature(principal, app, endpoint, input),
      deleteSignature: (app, endpoint) => endpoints.deleteSignature(principal, app, endpoint),
      getTransformation: (app, endpoint) => endpoints.getTransformation(principal, app, endpoint),
      patchTransformation: (app, endpoint, input) =>
        endpoints.patchTransformation(principal, app, endpoint, input),
      simulateTransformation: (app, endpoint, input) =>
        endpoints.simulateTransformation(principal, app, endpoint, input),
      testFilter: (app, endpoint, input) => endpoints.testFilter(principal, app, endpoint, input),
      getThrottlingStatus: (app, endpoint) => endpoints.rateLimitStatus(principal, app, endpoint),
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
      importOpenapi: (input) => eventTypes.importOpenapi(principal, input),
      exportOpenapi: () => eventTypes.exportOpenapi(principal),
      delete: (name, options) => eventTypes.delete(principal, name, options),
    },
    message: {
      create: createMessage,
      async list(app, options) {
        const { data, ...paging } = await messages.list(principal, app, options);
        const out = data.map((message) => toMessageOut(message, options?.withContent));
        return { data: out, ...paging };
      },
      async get(app, message, options = NO_OPTIONS) {
        checkOptions(options, GET_OPTIONS);
        return toMessageOut(await messages.get(principal, app, message), options.withContent);
      },
      async createBatch(app, batch, options = NO_OPTIONS) {
        checkOptions(options, BATCH_OPTIONS);
        const body = { input: { messages: batch }, texts: null };
        return toBatchOut(await messages.createBatch(principal, app, body, options));
      },
      bulkExpungeContent: (app, input) => messages.bulkExpunge(principal, app, input),
      cancel: (app, message) => messages.cancel(principal, app, message),
      expungeAllContents: (app) => tasks.purgeContent(principal, app),
      getRawPayload: (app, message) => messages.rawPayload(principal, app, message),
      precheck: (app, input) => messages.precheck(principal, app, input),
      routing: (app, message, options) => messages.routing(principal, app, message, options),
      expungeContent: (app, message) => messages.expungeContent(principal, app, message),
    },
    messageAttempt: {
      listByMsg: (app, message, options) =>
        attempts.listByMessage(principal, app, message, options),
      async listByEndpoint(app, endpoint, options) {
        const list = await attempts.listByEndpoint(principal, app, endpoint, options);
        const data = list.data.map(({ msg, ...attempt }) => ({
          ...attempt,
          ...(msg && { msg: toMessageOut(msg, options?.withContent) }),
        }));
        return { ...list, data };
      },
      async listAttemptedMessages(app, endpoint, options) {
        const list = await attempts.listMessages(principal, app, endpoint, options);
        const data = list.data.map(({ message, ...standing }) => ({
          ...toMessageOut(message, options?.withContent),
          ...standing,
        }));
        return { ...list, data };
      },
      getHeaders: (app, message, attempt) => attempts.getHeaders(principal, app, message, attempt),
      expungeContent: (app, message, attempt) =>
        attempts.expungeContent(principal, app, message, attempt),
      get: (app, message, attempt) => attempts.get(principal, app, message, attempt),
      listAttemptedDestinations: (app, message, options) =>
        attempts.listDestinations(principal, app, message, options),
      resend: (app, message, endpoint) => attempts.resend(principal, app, message, endpoint),
    },
    settings: {
      get: () => operations.settings.get(principal),
      patch: (input) => operations.settings.patch(principal, input),
    },
    environment: {
      export: (options) => configuration.export(principal, options),
      import: (input, options) => configuration.import(principal, input, options),
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
      ofOrganization: (options) => statistics.ofOrganization(principal, options),
      byEventType: (app, options) => statistics.byEventType(principal, app, options),
      countActiveApplications: (options) => statistics.countActiveApplications(principal, options),
      countEndpoints: () => statistics.countEndpoints(principal),
      aggregateAppStats: (input) => tasks.aggregateUsage(principal, input),
      aggregateEventTypes: () => tasks.aggregateEventTypes(principal),
    },
    undelivered: {
      list: (options) => undelivered.list(principal, options),
      listOfApplication: (app, options) => undelivered.listOfApplication(principal, app, options),
      count: (options) => undelivered.count(principal, options),
      countOfApplication: (app, options) => undelivered.countOfApplication(principal, app, options),
    },
    backgroundTask: {
      list: (options) => tasks.list(principal, options),
      get: (task) => tasks.get(principal, task),
      cancel: (task) => tasks.cancel(principal, task),
    },
  };
}

const NO_OPTIONS: CreateMessageOptions = {};

const BATCH_OPTIONS = {
  idempotencyKey: optional(textOf(1, 256)),
  // Not checked here: a malformed `traceparent` starts a new trace.
  traceparent: anything,
} satisfies Record<string, OptionCheck>;

const GET_OPTIONS = { withContent: optional(aFlag) };

const CREATE_OPTIONS = {
  ...BATCH_OPTIONS,
  ...GET_OPTIONS,
  explain: optional(aFlag),
  tx: anything,
} satisfies Record<keyof CreateMessageOptions, OptionCheck>;
