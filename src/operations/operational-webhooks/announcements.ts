import type { Application } from '../../domain/application.ts';
import type { Endpoint } from '../../domain/endpoint.ts';
import {
  type OperationalEvent,
  type OperationalEventType,
  isOperational,
} from '../../domain/operational-event.ts';
import type { AttemptRecord, HealthChange, RecordBatch, Storage } from '../../storage/storage.ts';

/** Whether operational events are stored, and the listeners for new ones. */
export interface Announcements {
  /** False: no organization has an operational endpoint, so events are not stored. */
  readonly areWanted: boolean;
  /** Call when an organization has created an operational endpoint. */
  want(): void;
  /** Calls `listener` after this process has stored events. */
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

/** The type of the event about an edited endpoint. */
export function changeOf(edited: Endpoint, found: Endpoint): OperationalEventType {
  if ((edited.disabled === null) === (found.disabled === null)) return 'endpoint.updated';
  return edited.disabled === null ? 'endpoint.enabled' : 'endpoint.disabled';
}

/** The event about a change of an endpoint by a user; undefined: no event. */
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

/** The events about the endpoints of an application that is being deleted, made while they can be looked up. */
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
 * Wraps a storage: stores the engine's records together with the events about them, in one transaction. So the
 * engine and the backends need not know which events exist.
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
    // One event per endpoint of a batch.
    changes.delete(record.attempt.endpointId);
    events.push(...healthEvents(record, change));
  }
  return events;
}

/** The event about an attempt: a delivery is once failing, and then once exhausted or recovered. */
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

/** A delivery counts as failing after this many attempts, as in Svix. */
const FAILING_AT = 4;
