import type { Application } from '../../domain/application.ts';
import type { Endpoint } from '../../domain/endpoint.ts';
import {
  type OperationalEvent,
  type OperationalEventType,
  isOperational,
} from '../../domain/operational-event.ts';
import type { AttemptRecord, HealthChange, RecordBatch, Storage } from '../../storage/storage.ts';

/** Whether events are kept, and who is told that there are some. */
export interface Announcements {
  /** False: nobody asked to be told, and nothing is kept. */
  readonly areWanted: boolean;
  /** An organization has asked to be told. */
  want(): void;
  /** Calls `listener` after events were kept in this process. */
  onKept(listener: () => void): void;
  kept(): void;
}

export function createAnnouncements(): Announcements {
  let areWanted = false;
  let listener = () => {};
  return {
    get areWanted() {
      return areWanted;
    },
    want: () => void (areWanted = true),
    onKept: (given) => void (listener = given),
    kept: () => listener(),
  };
}

/** The event of an endpoint that was edited. */
export function changeOf(edited: Endpoint, found: Endpoint): OperationalEventType {
  if ((edited.disabled === null) === (found.disabled === null)) return 'endpoint.updated';
  return edited.disabled === null ? 'endpoint.enabled' : 'endpoint.disabled';
}

/** What a change of an endpoint by its owners is told as; undefined: it is not told. */
export function endpointEvent(
  { areWanted }: Announcements,
  type: OperationalEventType,
  { id, uid, organizationId, applicationId, updatedAt }: Endpoint,
): OperationalEvent | undefined {
  if (!areWanted || isOperational(organizationId)) return undefined;
  return {
    id: `${id}.${type}.${updatedAt}`,
    type,
    organizationId,
    applicationId,
    endpointId: id,
    createdAt: updatedAt,
    data: {
      endpointId: id,
      endpointUid: uid,
      ...(type === 'endpoint.disabled' && { trigger: 'manual' }),
    },
  };
}

/** What is told of the endpoints of an application that is deleted: nobody can look it up afterwards. */
export function endedEvents(
  announcements: Announcements,
  { uid }: Pick<Application, 'uid'>,
  endpoints: readonly Endpoint[],
  now: number,
): OperationalEvent[] {
  return endpoints.flatMap((endpoint) => {
    const event = endpointEvent(announcements, 'endpoint.deleted', { ...endpoint, updatedAt: now });
    return event === undefined ? [] : [{ ...event, data: { appUid: uid, ...event.data } }];
  });
}

/**
 * The same storage; what the engine records is kept with the events about it, in one transaction. The
 * engine and the backends know nothing of what is told.
 */
export function announceRecords(storage: Storage, announcements: Announcements): Storage {
  return {
    ...storage,
    get owner() {
      return storage.owner;
    },
    async record(take) {
      if (!announcements.areWanted) return storage.record(take);
      let count = 0;
      const recorded = await storage.record(() => {
        const batch = take();
        const events = eventsOf(batch);
        count = events.length;
        return { ...batch, events };
      });
      if (count > 0) announcements.kept();
      return recorded;
    },
  };
}

function eventsOf({ records, health }: RecordBatch): OperationalEvent[] {
  const changes = new Map(health.map((change) => [change.endpointId, change]));
  const events: OperationalEvent[] = [];
  for (const record of records) {
    const type = attemptEvent(record);
    if (type !== null) events.push(eventOf(type, record, { msgId: record.attempt.messageId }));
    const change = changes.get(record.attempt.endpointId);
    if (change === undefined) continue;
    // Once for each endpoint of a batch.
    changes.delete(record.attempt.endpointId);
    events.push(...healthEvents(record, change));
  }
  return events;
}

/** Of a delivery: failing once, and then exhausted or recovered once. */
function attemptEvent({ attempt, next }: AttemptRecord): OperationalEventType | null {
  if (next.state === 'cancelled') return null;
  if (next.state === 'exhausted') return 'message.attempt.exhausted';
  if (next.state === 'delivered') {
    return attempt.number > FAILING_AT ? 'message.attempt.recovered' : null;
  }
  return attempt.number === FAILING_AT ? 'message.attempt.failing' : null;
}

function healthEvents(record: AttemptRecord, { disabled, alert }: HealthChange) {
  if (disabled !== undefined) {
    const { reason } = disabled;
    return [eventOf('endpoint.disabled', record, { trigger: 'automatic', reason })];
  }
  return alert === undefined ? [] : [eventOf('endpoint.failing', record, { progress: alert })];
}

function eventOf(
  type: OperationalEventType,
  { attempt }: AttemptRecord,
  data: Readonly<Record<string, unknown>>,
): OperationalEvent {
  const { id, applicationId, endpointId, statusCode, startedAt, durationMs } = attempt;
  const timestamp = new Date(startedAt).toISOString();
  const lastAttempt = { id, responseStatusCode: statusCode ?? 0, timestamp };
  return {
    id: `${id}.${type}`,
    type,
    organizationId: null,
    applicationId,
    endpointId,
    createdAt: startedAt + durationMs,
    data: { endpointId, ...data, lastAttempt },
  };
}

/** The attempt of a delivery after which it counts as failing, as with Svix. */
const FAILING_AT = 4;
