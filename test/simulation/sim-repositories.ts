import { PosthasteError } from '../../src/domain/errors.ts';
import { cut, pageOf } from '../../src/storage/repositories/paging.ts';
import type { Repositories } from '../../src/storage/repositories/repositories.ts';
import { type SimDatabase, deliveryOf } from './sim-database.ts';

type Run = <T>(run: () => T) => Promise<T>;

/** The repositories of a simulated database, without event types and the long lists. */
export function simRepositories(
  database: SimDatabase,
  read: Run,
  write: Run,
): Omit<Repositories, 'backlog'> {
  const { applications, endpoints, messages, attempts } = database;

  return {
    applications: {
      create: (application) =>
        write(() => {
          database.refuseSameUid(applications, application, 'organizationId');
          applications.set(application.id, { value: application, deletedAt: null });
        }),
      get: (organizationId, id) =>
        read(() => database.find(applications, id, (row) => row.organizationId === organizationId)),
      list: notOffered,
      update: (application, found) =>
        write(() => {
          const row = applications.get(application.id);
          if (row === undefined || row.deletedAt !== null) return false;
          if (row.value.organizationId !== application.organizationId) return false;
          if (row.value.updatedAt !== found.updatedAt) return false;
          database.refuseSameUid(applications, application, 'organizationId');
          row.value = application;
          return true;
        }),
      delete: (organizationId, id, now) =>
        write(() => {
          const row = applications.get(id);
          if (row === undefined || row.deletedAt !== null) return false;
          if (row.value.organizationId !== organizationId) return false;
          row.deletedAt = now;
          for (const endpoint of endpoints.values()) {
            if (endpoint.value.applicationId === id) endpoint.deletedAt ??= now;
          }
          return true;
        }),
    },

    endpoints: {
      create: (endpoint) =>
        write(() => {
          database.refuseSameUid(endpoints, endpoint, 'applicationId');
          endpoints.set(endpoint.id, { value: endpoint, deletedAt: null });
        }),
      get: (applicationId, id) =>
        read(() => database.find(endpoints, id, (row) => row.applicationId === applicationId)),
      list: notOffered,
      troubled: notOffered,
      count: notOffered,
      countApplications: notOffered,
      nextDue: notOffered,
      all: (applicationId) =>
        read(() =>
          [...endpoints.values()]
            .filter((row) => row.deletedAt === null && row.value.applicationId === applicationId)
            .map(({ value }) => value),
        ),
      update: (endpoint, found) => write(() => database.updateEndpoint(endpoint, found)),
      delete: (applicationId, id, now) =>
        write(() => {
          const row = endpoints.get(id);
          if (row === undefined || row.deletedAt !== null) return false;
          if (row.value.applicationId !== applicationId) return false;
          row.deletedAt = now;
          database.onEdited?.(applicationId, id, 0);
          database.watch.switched?.(id, 'deleted', 'person');
          return true;
        }),
    },

    keptAnswers: { get: notOffered, keep: notOffered },

    configuration: { apply: notOffered, isTaken: notOffered },
    // No organization has chosen settings.
    organizationSettings: {
      get: async () => null,
      withRetention: async () => [],
      put: notOffered,
    },

    statistics: {
      rollups: notOffered,
      write: notOffered,
      forget: notOffered,
    },

    operationalEvents: { first: notOffered, delete: notOffered, areWanted: notOffered },
    apiKeys: {
      create: notOffered,
      get: notOffered,
      byHash: notOffered,
      list: notOffered,
      update: notOffered,
      expire: notOffered,
      used: notOffered,
    },
    revocations: { add: notOffered, concerning: notOffered },
    audit: { add: notOffered, list: notOffered },
    listeners: {
      keep: notOffered,
      get: notOffered,
      count: notOffered,
      expired: notOffered,
      delete: notOffered,
      ask: notOffered,
      open: notOffered,
      answer: notOffered,
      answers: notOffered,
      forget: notOffered,
      forgetExpired: notOffered,
    },

    tasks: {
      create: notOffered,
      get: notOffered,
      list: notOffered,
      running: notOffered,
      end: notOffered,
      advance: notOffered,
      result: notOffered,
      scan: notOffered,
      dueCount: notOffered,
      head: notOffered,
    },

    eventTypes: {
      create: notOffered,
      get: notOffered,
      existing: notOffered,
      list: notOffered,
      update: notOffered,
      delete: notOffered,
    },

    messages: {
      get: (applicationId, id) =>
        read(() => {
          const byId = messages.get(id);
          const stored =
            byId?.message.applicationId === applicationId
              ? byId
              : database.messageByUid(applicationId, id);
          return stored?.message ?? null;
        }),
      some: notOffered,
      list: notOffered,
      ofEndpoint: notOffered,
      deliveries: (_applicationId, messageId, page) =>
        read(() => {
          const deliveries = messages.get(messageId)?.deliveries ?? new Map();
          const rows = cut([...deliveries.keys()], page).flatMap((id) => {
            const delivery = deliveries.get(id);
            const endpoint = endpoints.get(id)?.value;
            return delivery && endpoint ? [{ delivery: deliveryOf(delivery), endpoint }] : [];
          });
          return pageOf(rows, page, (row) => row);
        }),
      deliveriesTo: notOffered,
      delivery: (_applicationId, messageId, endpointId) =>
        read(() => {
          const stored = database.delivery(messageId, endpointId);
          return stored === undefined ? null : deliveryOf(stored);
        }),
    },

    undelivered: { list: notOffered, count: notOffered },

    attempts: {
      get: (messageId, id) =>
        read(() => {
          const attempt = attempts.get(id);
          return attempt?.messageId === messageId ? attempt : null;
        }),
      byMessage: notOffered,
      byEndpoint: notOffered,
      expungeResponse: notOffered,
      count: notOffered,
    },
  };
}

function notOffered(): Promise<never> {
  return Promise.reject(new PosthasteError('internal', 'the simulated storage does not offer it'));
}
