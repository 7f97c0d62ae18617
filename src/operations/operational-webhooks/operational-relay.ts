import type { Clock } from '../../domain/clock.ts';
import { PosthasteError } from '../../domain/errors.ts';
import { type OperationalEvent, isOperational } from '../../domain/operational-event.ts';
import { type RepeatedWork, repeatWork } from '../../repeated-work.ts';
import type { EndpointCache, Storage } from '../../storage/storage.ts';
import type { MessageOperations } from '../messages/message-operations.ts';
import type { Announcements } from './announcements.ts';
import { findOperationalApplication } from './operational-application.ts';

export interface OperationalRelayOptions {
  readonly storage: Pick<Storage, 'operationalEvents' | 'applications'>;
  readonly endpointCache: Pick<EndpointCache, 'endpoint' | 'endpoints' | 'application'>;
  readonly messages: Pick<MessageOperations, 'create'>;
  readonly announcements: Announcements;
  readonly clock: Pick<Clock, 'after'>;
  /** Called with errors; the relay tries again later. */
  readonly onError: (error: unknown) => void;
}

/**
 * Publishes stored events as messages and then deletes them: when this process has stored some, and every ten
 * seconds, because another process may have died before. Several processes may take the same event: the
 * message has the event's id as its `eventId`, so it is published once.
 */
export function createOperationalRelay(options: OperationalRelayOptions): RepeatedWork {
  const { storage, endpointCache, messages, announcements, clock, onError } = options;

  async function run(isStopped: () => boolean): Promise<void> {
    if (!announcements.areWanted && (await storage.operationalEvents.areWanted())) {
      announcements.want();
    }
    if (!announcements.areWanted) return;
    while (!isStopped() && (await relayBatch()));
  }

  /** True: there may be more. */
  async function relayBatch(): Promise<boolean> {
    const events = await storage.operationalEvents.first(BATCH);
    for (const event of events) await relay(event);
    await storage.operationalEvents.delete(events.map(({ id }) => id));
    return events.length === BATCH;
  }

  async function relay(event: OperationalEvent): Promise<void> {
    const { type, data } = event;
    const subject = await subjectOf(event);
    if (subject === null || isOperational(subject.organizationId)) return;
    const { organizationId, failSince, ...ids } = subject;
    const application = await findOperationalApplication(storage, organizationId);
    if (application === null) return;
    if ((await endpointCache.endpoints(application.id)).length === 0) return;
    const owner = { organizationId: application.organizationId };
    const payload = {
      type,
      data: { ...ids, ...data, ...(type === 'endpoint.disabled' && { failSince }) },
    };
    const input = { eventType: type, eventId: event.id, payload };
    await messages.create(owner, application.id, input).catch((error: unknown) => {
      const isThere = error instanceof PosthasteError && error.code === 'conflict';
      if (!isThere) throw error;
    });
  }

  /** Null: the endpoint was deleted meanwhile, so its organization is unknown. */
  async function subjectOf(event: OperationalEvent) {
    const { organizationId, applicationId, endpointId, createdAt } = event;
    const failSinceOf = (at: number | null) => new Date(at ?? createdAt).toISOString();
    if (organizationId === null) {
      const found = await endpointCache.endpoint(applicationId, endpointId);
      if (found === null) return null;
      const { application, endpoint } = found;
      return {
        organizationId: application.organizationId,
        appId: applicationId,
        appUid: application.uid,
        endpointUid: endpoint.uid,
        failSince: failSinceOf(endpoint.health.failingSince),
      };
    }
    const none = { appId: null, appUid: null, endpointUid: null };
    const failSince = failSinceOf(null);
    // The event is about a task for all applications.
    if (applicationId === organizationId) return { organizationId, ...none, failSince };
    const application = await endpointCache.application(organizationId, applicationId);
    const appUid = application?.uid ?? null;
    return { organizationId, ...none, appId: applicationId, appUid, failSince };
  }

  const work = repeatWork({ clock, run, onError, everyMs: LOOK_EVERY_MS });
  announcements.onKept(() => work.wake());
  return work;
}

const BATCH = 100;
const LOOK_EVERY_MS = 10_000;
