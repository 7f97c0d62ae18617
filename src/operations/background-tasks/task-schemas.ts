import { z } from 'zod';
import { TASK_KINDS, TASK_STATUSES } from '../../domain/task.ts';
import type { InputOf, OutputOf } from '../field-types.ts';
import { channel, eventTypeName, name256, tag, uniqueList } from '../fields.ts';
import { instant, requiredInstant } from '../instant.ts';
import { flag, orderedListFields } from '../paging.ts';

/** Additive: changes nothing, and returns how many deliveries would change. */
const dryRun = z.boolean().nullish();

const replayFields = {
  /** Only messages that were published (recover: that failed) at this instant or later. */
  since: requiredInstant,
  /** Only messages before this instant; default: now. */
  until: instant,
  dryRun,
};
export const replayIn: z.ZodObject<typeof replayFields, z.core.$strict> =
  z.strictObject(replayFields);

const bulkReplayFields = {
  ...replayFields,
  /** Null and an empty list: all. */
  eventTypes: uniqueList(eventTypeName, 0, 1000).nullish(),
  channel: channel.nullish(),
  tag: tag.nullish(),
  /** 0 delivered, 1 waiting for its first attempt, 2 failed for good, 3 failed and retried, 4 cancelled. */
  status: z.literal([0, 1, 2, 3, 4]).nullish(),
  /** 100 … 500, of the last attempt; 0: no response arrived. */
  statusCodeClass: z.literal([0, 100, 200, 300, 400, 500]).nullish(),
};
export const bulkReplayIn: z.ZodObject<typeof bulkReplayFields, z.core.$strict> =
  z.strictObject(bulkReplayFields);

const cancelMessagesFields = {
  /** Only messages that were published before this instant. */
  createdBefore: requiredInstant,
  dryRun,
};
export const cancelMessagesIn: z.ZodObject<typeof cancelMessagesFields, z.core.$strict> =
  z.strictObject(cancelMessagesFields);

/** The names are those of the Svix API. */
const applicationUsageFields = {
  /** An instant in the first hour to count; at most 92 days before `until`. */
  since: requiredInstant,
  /** Exclusive end, in the last hour to count. */
  until: requiredInstant,
  /** Ids or uids; default: all applications. */
  appIds: uniqueList(name256, 0, 1000).nullish(),
};
export const applicationUsageIn: z.ZodObject<typeof applicationUsageFields, z.core.$strict> =
  z.strictObject(applicationUsageFields);

const taskListFields = {
  ...orderedListFields,
  status: z.enum(TASK_STATUSES).nullish(),
  task: z.enum(TASK_KINDS).nullish(),
  /**
   * Additive. False: without the tasks of `cancel-msgs`, unless `task` asks for them. The default is true, but over HTTP
   * it is false, because typed client libraries refuse a whole list with a kind that they don't know.
   */
  expandedTasks: flag.nullish(),
};
export const taskListOptions: z.ZodObject<typeof taskListFields, z.core.$strict> =
  z.strictObject(taskListFields);

const taskStartedFields = {
  /** `qtask_…` */
  id: z.string(),
  status: z.enum(TASK_STATUSES),
  /** `endpoint.cancel-msgs` is additive. */
  task: z.enum(TASK_KINDS),
  updatedAt: z.string(),
};

const applicationUsageOutFields = {
  ...taskStartedFields,
  /** Entries of `appIds` that do not exist. */
  unresolvedAppIds: z.array(z.string()),
};
export const applicationUsageOut: z.ZodObject<typeof applicationUsageOutFields> =
  z.object(applicationUsageOutFields);

const usageEntry = z.object({
  appId: z.string(),
  appUid: z.string().nullable(),
  /** Attempts, successful or not. */
  messageDestinations: z.number(),
});

const eventTypesEntry = z.object({
  appId: z.string(),
  /** The event types that any of its endpoints names. */
  explicitlySubscribedEventTypes: z.array(z.string()),
  /** Whether an endpoint wants every event type. */
  hasCatchAllEndpoint: z.boolean(),
});

const taskDataFields = {
  /** Null: the task is about all applications. */
  appId: z.string().nullable(),
  /** Null: the task is about the application, or about all. */
  endpointId: z.string().nullable(),
  /** Messages read so far; applications, when the task is about all. */
  scanned: z.number(),
  /** Deliveries made due, or cancelled, so far. */
  changed: z.number(),
  /** Why the task failed; `cancelled` when a person stopped it. Null unless it failed. */
  reason: z.string().nullable(),
  since: z.string().nullable(),
  until: z.string(),
  eventTypes: z.array(z.string()).nullable(),
  channel: z.string().nullable(),
  tag: z.string().nullable(),
  createdAt: z.string(),
  /** The result of `application.stats` so far. A list leaves results out. */
  appStats: z.array(usageEntry).optional(),
  /** The result of `event-type.aggregate` so far. */
  event_types: z.array(eventTypesEntry).optional(),
};

const taskOutFields = { ...taskStartedFields, data: z.object(taskDataFields) };

const countFields = {
  /** Deliveries that the task would make due, or cancel. */
  count: z.number(),
  /** False: only a part of the messages was counted, and there are more. */
  isExact: z.boolean(),
};

export const taskStartedOut = z.object(taskStartedFields);
export const taskOut = z.object(taskOutFields);
export const taskCountOut = z.object(countFields);

export interface RecoverIn extends InputOf<typeof replayFields> {}
export interface ReplayIn extends InputOf<typeof replayFields> {}
export interface BulkReplayIn extends InputOf<typeof bulkReplayFields> {}
export interface CancelMessagesIn extends InputOf<typeof cancelMessagesFields> {}
export interface ApplicationUsageIn extends InputOf<typeof applicationUsageFields> {}
export interface ApplicationUsageOut extends OutputOf<typeof applicationUsageOutFields> {}
export interface TaskListOptions extends InputOf<typeof taskListFields> {}
export interface TaskStartedOut extends OutputOf<typeof taskStartedFields> {}
export interface TaskOut extends OutputOf<typeof taskOutFields> {}
/** The answer of a dry run. */
export interface TaskCountOut extends OutputOf<typeof countFields> {}
