import { firstId } from './ids.ts';
import type { FoundDelivery, Standing } from './standing.ts';

/**
 * Work that outlasts its request: on the deliveries of one endpoint, on the messages of one application, or
 * on all applications of an organization, of which it answers something.
 */
export interface Task {
  /** `qtask_…` */
  readonly id: string;
  readonly organizationId: string;
  /** Of work on an organization: that one's id. */
  readonly applicationId: string;
  /** Of other work the id of what it is about: by it one process owns the task. */
  readonly endpointId: string;
  readonly kind: TaskKind;
  readonly selection: Selection;
  readonly status: TaskStatus;
  /** Why it failed; null unless it did. */
  readonly reason: string | null;
  /** The id of the last message, or failed attempt, that it has passed; null at first. */
  readonly cursor: string | null;
  readonly progress: TaskProgress;
  /** How long its result is so far, as JSON; 0: it has none. */
  readonly resultChars: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface TaskProgress {
  /** Messages that it has looked at; applications, when it is about an organization. */
  readonly scannedCount: number;
  /** Deliveries that it has made due, or cancelled. */
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

/** What a task is about. That of an application deletes payloads, that of an organization has a result. */
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

/** What the endpoints of an application want: an entry of the result of `event-type.aggregate`. */
export interface SubscribedEventTypes {
  readonly appId: string;
  readonly explicitlySubscribedEventTypes: readonly string[];
  readonly hasCatchAllEndpoint: boolean;
}

export type TaskResultEntry = ApplicationUsage | SubscribedEventTypes;

/** A task that was cancelled has failed, with the reason `cancelled`. */
export const TASK_STATUSES = ['running', 'finished', 'failed'] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

/** Which messages a task is about, and what it does with their deliveries. */
export interface Selection {
  readonly effect: 'schedule' | 'cancel';
  /**
   * What happened in its time: `publication`: the message was published; `failure`: an attempt of it failed.
   */
  readonly by: 'publication' | 'failure';
  /** At this instant or later; null: however long ago. */
  readonly since: number | null;
  /** Before this instant. */
  readonly until: number;
  readonly standings: readonly Standing[];
  /** Null: of any type. */
  readonly eventTypes: readonly string[] | null;
  /** Null: on any channel, or on none. */
  readonly channel: string | null;
  /** Null: with any tags, or without. */
  readonly tag: string | null;
  /** 100 … 500, of the last attempt; 0: no response arrived; null: whatever came of it. */
  readonly statusCodeClass: number | null;
  /** Of a task on an organization, in their order: only these applications. */
  readonly applicationIds?: readonly string[];
}

/**
 * Whether the selection is about this message. What is missing counts only if the endpoint wants it, by
 * the filters that the endpoint has now (`wanted-messages.ts`).
 */
export function selects(
  selection: Selection,
  found: FoundDelivery,
  isWanted: (found: FoundDelivery) => boolean,
  now: number,
): boolean {
  const { since, until, eventTypes, channel, tag, statusCodeClass } = selection;
  if ((since !== null && found.happenedAt < since) || found.happenedAt >= until) return false;
  if (!canChange(selection, found, now)) return false;
  if (eventTypes !== null && !eventTypes.includes(found.eventType)) return false;
  if (channel !== null && found.channels?.includes(channel) !== true) return false;
  if (tag !== null && found.tags?.includes(tag) !== true) return false;
  if (statusCodeClass !== null && !isOfClass(found, statusCodeClass)) return false;
  return found.standing !== 'missing' || isWanted(found);
}

/** Whether the delivery stands as it must be. What is due already needs not be made due. */
export function canChange(
  { effect, standings }: Pick<Selection, 'effect' | 'standings'>,
  { standing, dueAt }: Pick<FoundDelivery, 'standing' | 'dueAt'>,
  now: number,
): boolean {
  const isDue = effect === 'schedule' && dueAt !== null && dueAt <= now;
  return standings.includes(standing) && !isDue;
}

function isOfClass({ lastStatusCode }: FoundDelivery, statusCodeClass: number): boolean {
  return lastStatusCode !== null && Math.floor(lastStatusCode / 100) * 100 === statusCodeClass;
}

/** The ids that a selection goes along. */
export function idPrefixOf({ by }: Pick<Selection, 'by'>): 'msg' | 'atmpt' {
  return by === 'failure' ? 'atmpt' : 'msg';
}

/**
 * Between which ids, both exclusive, everything of the selection is that was there at `askedAt`. An id
 * begins with the second of its creation, or with a later one after the clock was set back; an attempt
 * gets its id when it ends.
 */
export function idRange(
  selection: Pick<Selection, 'by' | 'since' | 'until'>,
  askedAt: number,
): { readonly after: string | null; readonly before: string } {
  const { since, until, by } = selection;
  const prefix = idPrefixOf(selection);
  const [earlyMs, lateMs] =
    by === 'failure'
      ? [MAX_SET_BACK_MS, MAX_SET_BACK_MS + MAX_ATTEMPT_MS]
      : [SECOND_MS, MAX_SET_BACK_MS];
  return {
    // The clock may tick between the reading for the id and the one for the instant.
    after: since === null ? null : firstId(prefix, since - earlyMs),
    before: firstId(prefix, Math.min(until + lateMs, askedAt) + SECOND_MS),
  };
}

const SECOND_MS = 1_000;
const MAX_SET_BACK_MS = 3_600_000;
/** The longest deadline, 120 seconds, and as much again for a process that has too much to do. */
const MAX_ATTEMPT_MS = 240_000;
