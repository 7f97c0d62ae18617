import { idAbove, idAfter, idBelow } from './id-bounds.ts';
import type { FoundDelivery, Standing } from './standing.ts';

/**
 * Work that outlasts its request: on the deliveries of one endpoint, on the messages of one application, or a
 * report about all applications of an organization.
 */
export interface Task {
  /** `qtask_…` */
  readonly id: string;
  readonly organizationId: string;
  /** For a task about an organization: the organization's id. */
  readonly applicationId: string;
  /** For tasks that are not about an endpoint: the id of their subject. Its shard decides which process runs the task. */
  readonly endpointId: string;
  readonly kind: TaskKind;
  readonly selection: Selection;
  readonly status: TaskStatus;
  /** Why the task failed; null unless it did. */
  readonly reason: string | null;
  /** The id of the last message, or failed attempt, that was processed; null at first. */
  readonly cursor: string | null;
  readonly progress: TaskProgress;
  /** Characters of the result so far, as JSON; 0: no result. */
  readonly resultChars: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface TaskProgress {
  /** Messages read so far; applications, for a task about an organization. */
  readonly scannedCount: number;
  /** Deliveries made due, or cancelled, so far. */
  readonly changedCount: number;
}

export const TASK_KINDS = [
  'endpoint.recover',
  'endpoint.replay',
  'endpoint.bulk-replay',
  'endpoint.cancel-msgs',
  'application.purge_content',
  'application.stats',
  'event-type.aggregate',
] as const;
export type TaskKind = (typeof TASK_KINDS)[number];

/** A kind that the Svix API does not have. */
export const ADDITIVE_KIND: TaskKind = 'endpoint.cancel-msgs';

/** The subject of a task. Tasks about an application delete payloads; tasks about an organization have a result. */
export function scopeOf({ kind }: Pick<Task, 'kind'>): 'endpoint' | 'application' | 'organization' {
  if (kind === 'application.purge_content') return 'application';
  return kind === 'application.stats' || kind === 'event-type.aggregate'
    ? 'organization'
    : 'endpoint';
}

/** Attempts of an application in the time of the selection: an entry of the result of `application.stats`. */
export interface ApplicationUsage {
  readonly appId: string;
  readonly appUid: string | null;
  readonly messageDestinations: number;
}

/** The event types that the endpoints of an application want: an entry of the result of `event-type.aggregate`. */
export interface SubscribedEventTypes {
  readonly appId: string;
  readonly explicitlySubscribedEventTypes: readonly string[];
  readonly hasCatchAllEndpoint: boolean;
}

export type TaskResultEntry = ApplicationUsage | SubscribedEventTypes;

/** A cancelled task has the status `failed` and the reason `cancelled`. */
export const TASK_STATUSES = ['running', 'finished', 'failed'] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

/** The messages of a task, and what it does with their deliveries. */
export interface Selection {
  readonly effect: 'schedule' | 'cancel';
  /**
   * What must have happened in the period: `publication`: the message was published; `failure`: an attempt of it
   * failed.
   */
  readonly by: 'publication' | 'failure';
  /** Inclusive beginning of the period; null: no beginning. */
  readonly since: number | null;
  /** Exclusive end of the period. */
  readonly until: number;
  readonly standings: readonly Standing[];
  /** Null: any event type. */
  readonly eventTypes: readonly string[] | null;
  /** Null: any channel, or none. */
  readonly channel: string | null;
  /** Null: any tags, or none. */
  readonly tag: string | null;
  /** Class of the last attempt's status code, 100 … 500; 0: no response arrived; null: any result. */
  readonly statusCodeClass: number | null;
  /** For a task about an organization: only these applications, in this order. */
  readonly applicationIds?: readonly string[];
}

/**
 * Whether the selection includes this message. For `missing`, the endpoint's present filters must match, too
 * (`wanted-messages.ts`).
 */
export function selects(
  selection: Selection,
  found: FoundDelivery,
  isWanted: (found: FoundDelivery) => boolean,
  now: number,
): boolean {
  const { since, until, eventTypes, channel, tag, statusCodeClass } = selection;
  if ((since !== null && found.happenedAt < since) || found.happenedAt >= until) return false;
  if (!canChange(selection, found, now, dueAtByTask(found, now))) return false;
  if (eventTypes !== null && !eventTypes.includes(found.eventType)) return false;
  if (channel !== null && found.channels?.includes(channel) !== true) return false;
  if (tag !== null && found.tags?.includes(tag) !== true) return false;
  if (statusCodeClass !== null && !isOfClass(found, statusCodeClass)) return false;
  return found.standing !== 'missing' || isWanted(found);
}

/**
 * Whether the delivery is in one of the selected states. A pending delivery that is due already, or is not to be due
 * before `dueFrom`, is left alone.
 */
export function canChange(
  { effect, standings }: Pick<Selection, 'effect' | 'standings'>,
  { standing, dueAt }: Pick<FoundDelivery, 'standing' | 'dueAt'>,
  now: number,
  dueFrom: number = now,
): boolean {
  const staysDue = effect === 'schedule' && dueAt !== null && (dueAt <= now || dueFrom > now);
  return standings.includes(standing) && !staysDue;
}

/** When a task makes a delivery due: no task sends a message before its `deliverAt`. */
export function dueAtByTask({ deliverAt }: Pick<FoundDelivery, 'deliverAt'>, now: number): number {
  return deliverAt === null ? now : Math.max(now, deliverAt);
}

function isOfClass({ lastStatusCode }: FoundDelivery, statusCodeClass: number): boolean {
  return lastStatusCode !== null && Math.floor(lastStatusCode / 100) * 100 === statusCodeClass;
}

/** The kind of ids in whose order a selection is processed. */
export function idPrefixOf({ by }: Pick<Selection, 'by'>): 'msg' | 'atmpt' {
  return by === 'failure' ? 'atmpt' : 'msg';
}

/**
 * A range of ids, both ends exclusive, that contains everything in the selection that existed at `askedAt`
 * (`id-bounds.ts`).
 */
export function idRange(
  selection: Pick<Selection, 'by' | 'since' | 'until'>,
  askedAt: number,
): { readonly after: string | null; readonly before: string } {
  const { since, until } = selection;
  const prefix = idPrefixOf(selection);
  const [aboveUntil, aboveAll] = [idAbove(prefix, until), idAfter(prefix, askedAt)];
  return {
    after: since === null ? null : idBelow(prefix, since),
    before: aboveUntil < aboveAll ? aboveUntil : aboveAll,
  };
}
