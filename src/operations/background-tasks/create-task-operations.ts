import type { z } from 'zod';
import { PosthasteError, invalid, notFound } from '../../domain/errors.ts';
import { isId } from '../../domain/ids.ts';
import { retentionTimesOf } from '../../domain/retention-times.ts';
import {
  ADDITIVE_KIND,
  type Selection,
  TASK_KINDS,
  type Task,
  type TaskKind,
  scopeOf,
} from '../../domain/task.ts';
import { HOUR_MS, type TaskFilter } from '../../storage/storage.ts';
import { findApplication, findEndpoint } from '../access.ts';
import type { ChangedObjects } from '../audit/new-audit.ts';
import type { Context } from '../context.ts';
import type { Keep } from '../idempotency.ts';
import { taskEvent } from '../operational-webhooks/task-event.ts';
import { nullIfEmpty } from '../null-if-empty.ts';
import { pageRequest, toListOut } from '../paging.ts';
import type { Principal } from '../principal.ts';
import { check, fieldError } from '../validation.ts';
import { countSelected } from './count-selected.ts';
import type { StartTask, TaskOperations } from './task-operations.ts';
import { toTaskOut, toTaskStartedOut, toTaskWithResultOut } from './task-out.ts';
import {
  applicationUsageIn,
  cancelMessagesIn,
  bulkReplayIn,
  replayIn,
  taskListOptions,
} from './task-schemas.ts';

interface Selected {
  readonly selection: Selection;
  readonly dryRun: boolean | null | undefined;
}

export function createTaskOperations(context: Context): TaskOperations {
  const { storage, clock, ids, retention, wakeTasks, audit } = context;

  /** The operation that starts a task, or only counts. `select` reads its input. */
  function starting(
    kind: TaskKind,
    select: (input: unknown, now: number, organizationId: string) => Selected | Promise<Selected>,
  ): StartTask {
    return async (principal, app, endpoint, input, keep) => {
      const application = await findApplication(storage, principal, app);
      const found = await findEndpoint(storage, application, endpoint);
      const now = clock.now();
      const { selection, dryRun } = await select(input, now, application.organizationId);
      if (dryRun === true) return countSelected(context, found, selection);
      const { organizationId, id: applicationId } = application;
      const of = { organizationId, applicationId, endpointId: found.id, kind, selection };
      return begin(principal, of, now, toTaskStartedOut, keep);
    };
  }

  async function begin<Out>(
    principal: Principal,
    of: Pick<Task, 'organizationId' | 'applicationId' | 'endpointId' | 'kind' | 'selection'>,
    now: number,
    toOut: (task: Task) => Out,
    keep?: Keep<Out>,
  ): Promise<Out> {
    const task: Task = {
      id: ids.next('qtask'),
      ...of,
      status: 'running',
      reason: null,
      cursor: null,
      progress: { scannedCount: 0, changedCount: 0 },
      resultChars: 0,
      createdAt: now,
      updatedAt: now,
    };
    const out = toOut(task);
    await storage.tasks.create(task, keep?.(out), audit(principal, objectsOf(task)));
    wakeTasks();
    return out;
  }

  /**
   * Throws `validation` when attempts are gone of messages that are still there: those that were delivered
   * would be taken for missing, and sent again.
   */
  async function requireAttemptsSince(
    since: number,
    now: number,
    organizationId: string,
  ): Promise<void> {
    const own = await storage.organizationSettings.get(organizationId);
    const times = own === null ? retention : retentionTimesOf(own, retention);
    const attemptsMs = times.attemptsMs ?? Infinity;
    if (attemptsMs >= (times.messagesMs ?? Infinity)) return;
    if (since >= now - attemptsMs + LONGEST_SCAN_MS) return;
    const days = Math.floor((attemptsMs - LONGEST_SCAN_MS) / DAY_MS);
    const msg = `must be within the last ${days} days: of messages before, attempts are not kept that tell which were delivered`;
    throw invalid([fieldError(msg, 'body', 'since')]);
  }

  async function find({ organizationId, applicationId }: Principal, id: string): Promise<Task> {
    const found = isId('qtask', id) ? await storage.tasks.get(organizationId, id) : null;
    const isVisible = applicationId === undefined || found?.applicationId === applicationId;
    if (found === null || !isVisible) throw notFound('Task', id);
    return found;
  }

  return {
    recover: starting('endpoint.recover', (input, now) => {
      const given = check(replayIn, input, 'body');
      const period = periodOf(given, now);
      if (period.since < now - RECOVERED_MS) {
        throw invalid([fieldError('must be within the last 14 days', 'body', 'since')]);
      }
      const standings = ['exhausted', 'failing'] as const;
      const selection = { ...ANY, ...period, by: 'failure' as const, standings };
      return { selection, dryRun: given.dryRun };
    }),

    replayMissing: starting('endpoint.replay', async (input, now, organizationId) => {
      const given = check(replayIn, input, 'body');
      const period = periodOf(given, now);
      await requireAttemptsSince(period.since, now, organizationId);
      const selection = { ...ANY, ...period, standings: ['missing'] as const };
      return { selection, dryRun: given.dryRun };
    }),

    bulkReplay: starting('endpoint.bulk-replay', (input, now) => {
      const given = check(bulkReplayIn, input, 'body');
      const { eventTypes, channel, tag, status, statusCodeClass, dryRun } = given;
      const selection = {
        ...ANY,
        ...periodOf(given, now),
        standings: typeof status === 'number' ? [STANDINGS[status]] : STANDINGS,
        eventTypes: nullIfEmpty(eventTypes),
        channel: channel ?? null,
        tag: tag ?? null,
        statusCodeClass: statusCodeClass ?? null,
      };
      return { selection, dryRun };
    }),

    cancelMessages: starting('endpoint.cancel-msgs', (input, now) => {
      const { createdBefore, dryRun } = check(cancelMessagesIn, input, 'body');
      const until = Math.min(createdBefore, now);
      const standings = ['waiting', 'failing', 'sending'] as const;
      return { selection: { ...ANY, effect: 'cancel', until, standings }, dryRun };
    }),

    async purgeContent(principal, app, keep) {
      const { id: applicationId, organizationId } = await findApplication(storage, principal, app);
      const now = clock.now();
      const of = {
        organizationId,
        applicationId,
        endpointId: applicationId,
        kind: 'application.purge_content',
        selection: { ...ANY, effect: 'cancel', until: now, standings: [] },
      } as const;
      return begin(principal, of, now, toTaskStartedOut, keep);
    },

    async aggregateUsage(principal, input, keep) {
      const { since, until, appIds } = check(applicationUsageIn, input, 'body');
      const now = clock.now();
      const period = wholeHoursOf(periodOf({ since, until }, now));
      const { organizationId } = principal;
      const named = await Promise.all(
        (appIds ?? []).map(async (id) => ({
          id,
          found: await storage.applications.get(organizationId, id),
        })),
      );
      const unresolvedAppIds = named.filter(({ found }) => found === null).map(({ id }) => id);
      const applicationIds = new Set(named.flatMap(({ found }) => found?.id ?? []));
      const of = ofOrganization(organizationId, 'application.stats', {
        ...period,
        ...(appIds && { applicationIds: [...applicationIds].toSorted() }),
      });
      return begin(
        principal,
        of,
        now,
        (task) => ({ ...toTaskStartedOut(task), unresolvedAppIds }),
        keep,
      );
    },

    async aggregateEventTypes(principal) {
      const now = clock.now();
      const of = ofOrganization(principal.organizationId, 'event-type.aggregate', { until: now });
      return begin(principal, of, now, toTaskStartedOut);
    },

    async list(principal, options = {}) {
      const checked = check(taskListOptions, options, 'query');
      const { organizationId, applicationId } = principal;
      const page = await storage.tasks.list(organizationId, {
        ...pageRequest(checked, 'qtask', 'descending'),
        ...(applicationId !== undefined && { applicationId }),
        ...(checked.status && { status: checked.status }),
        ...kindsOf(checked),
      });
      return toListOut(page, (task) => task.id, toTaskOut);
    },

    async get(principal, task) {
      const found = await find(principal, task);
      if (scopeOf(found) !== 'organization') return toTaskOut(found);
      return toTaskWithResultOut(found, await storage.tasks.result(found.id));
    },

    async cancel(principal, id, keep) {
      const task = await find(principal, id);
      const at = clock.now();
      const end = { status: 'failed', reason: 'cancelled', at } as const;
      const out = toTaskOut({ ...task, ...end, updatedAt: at });
      const entry = audit(principal, objectsOf(task));
      const isEnded =
        task.status === 'running' &&
        (await storage.tasks.end(
          task.id,
          end,
          keep?.(out),
          entry,
          taskEvent(context.announcements, task, end),
        ));
      if (!isEnded) {
        throw new PosthasteError('task_ended', `Task ${id} has ended`);
      }
      context.announcements.kept();
      return out;
    },
  };
}

/** The objects of a task, for the audit. */
function objectsOf(task: Task): ChangedObjects {
  const { applicationId, endpointId, id: taskId } = task;
  const scope = scopeOf(task);
  return {
    ...(scope !== 'organization' && { applicationId }),
    ...(scope === 'endpoint' && { endpointId }),
    taskId,
  };
}

function ofOrganization(
  organizationId: string,
  kind: TaskKind,
  given: Pick<Selection, 'until'> & Partial<Selection>,
) {
  const selection: Selection = { ...ANY, standings: [], ...given };
  return {
    organizationId,
    applicationId: organizationId,
    endpointId: organizationId,
    kind,
    selection,
  };
}

interface Period {
  readonly since: number;
  readonly until: number;
}

/** Throws `validation` unless the period begins before it ends; it ends now at the latest. */
function periodOf(
  { since, until }: { since: number; until?: number | null | undefined },
  now: number,
): Period {
  const end = Math.min(until ?? now, now);
  if (since <= end) return { since, until: end };
  const msg = since > now ? 'must be in the past' : 'must be before until';
  throw invalid([fieldError(msg, 'body', 'since')]);
}

/** Throws `validation` when the period is longer than hourly sums are kept. */
function wholeHoursOf({ since, until }: Period): Period {
  const hours = {
    since: Math.floor(since / HOUR_MS) * HOUR_MS,
    until: Math.ceil(until / HOUR_MS) * HOUR_MS,
  };
  if (hours.until - hours.since <= MOST_USAGE_MS) return hours;
  throw invalid([fieldError('must be at most 92 days before until', 'body', 'since')]);
}

function kindsOf({ task, expandedTasks }: z.output<typeof taskListOptions>): TaskFilter {
  if (task) return { kinds: [task] };
  if (expandedTasks === false)
    return { kinds: TASK_KINDS.filter((kind) => kind !== ADDITIVE_KIND) };
  return {};
}

const ANY = {
  effect: 'schedule',
  by: 'publication',
  since: null,
  eventTypes: null,
  channel: null,
  tag: null,
  statusCodeClass: null,
} as const;

/** Indexed by the `status` of `BulkReplayIn`. */
const STANDINGS = ['delivered', 'waiting', 'exhausted', 'failing', 'cancelled'] as const;

/** Two weeks, and five minutes for clients whose clocks differ, as in Svix. */
const RECOVERED_MS = 14 * 24 * 60 * 60 * 1000 + 5 * 60 * 1000;

/** A task that began in time must not meet messages whose attempts have gone meanwhile. */
const LONGEST_SCAN_MS = HOUR_MS;

const DAY_MS = 24 * HOUR_MS;
const MOST_USAGE_MS = 92 * DAY_MS;
