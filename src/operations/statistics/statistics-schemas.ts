import { z } from 'zod';
import type { InputOf, OutputOf } from '../field-types.ts';
import { timestamp, uniqueList } from '../fields.ts';
import { instant, requiredInstant } from '../instant.ts';
import { eventTypeNames, splitAtCommas } from '../messages/message-schemas.ts';
import { exceptSvixPlay, notOffered } from '../not-offered.ts';
import { flag } from '../paging.ts';

/** As many as a page of a list has. */
const MOST_ENDPOINTS = 250;
const MOST_ID_CHARS = 64;
const PERIODS = ['FiveMinutes', 'OneHour', 'OneDay'] as const;

/** The names and the shape are those of the Svix API. */
const attemptStatisticsFields = {
  /** Default: 24 hours, or 28 days with `OneDay`, before `endDate`. The period that contains it is the first. */
  startDate: instant,
  /** Exclusive; default: now. */
  endDate: instant,
  /** Default: `OneHour`. Days are in UTC. `FiveMinutes` are kept for two days, and not for endpoints. */
  period: z.enum(PERIODS).default('OneHour'),
};

export const attemptStatisticsOptions: z.ZodObject<typeof attemptStatisticsFields, z.core.$strict> =
  z.strictObject(attemptStatisticsFields);

const endpointIdsField = {
  /** Additive: also the attempts of each of these endpoints of the application, by id. */
  endpointIds: z
    .preprocess<unknown, z.ZodType<string[]>, string[]>(
      splitAtCommas,
      uniqueList(z.string().max(MOST_ID_CHARS), 1, MOST_ENDPOINTS),
    )
    .nullish(),
};
const applicationStatisticsFields = { ...attemptStatisticsFields, ...endpointIdsField };
export const applicationStatisticsOptions: z.ZodObject<
  typeof applicationStatisticsFields,
  z.core.$strict
> = z.strictObject(applicationStatisticsFields);

export const checkedAttemptStatisticsOptions = attemptStatisticsOptions.extend({
  period: z
    .preprocess(
      (value) => value ?? undefined,
      z.enum(PERIODS, { error: `must be ${PERIODS.join(', ')}` }),
    )
    .default('OneHour'),
  eventTypes: notOffered(),
});

export const checkedApplicationStatisticsOptions =
  checkedAttemptStatisticsOptions.extend(endpointIdsField);

const durationsFields = { p50: z.number(), p90: z.number(), p95: z.number(), p99: z.number() };
/** Milliseconds that half, 90 %, 95 % and 99 % did not exceed, within 5 %. */
export const durations: z.ZodObject<typeof durationsFields> = z.object(durationsFields);

/** Numbers of attempts by status code, or by kind of failure when no response arrived. */
const results = z.record(z.string(), z.number());

const attemptTotalsFields = {
  acceptedCount: z.number().nullable(),
  successCount: z.number(),
  failureCount: z.number(),
  canceledCount: z.number(),
  exhaustedCount: z.number(),
  results,
  durationMs: durations.nullable(),
  arrivalMs: durations.nullable(),
};
export const attemptTotals: z.ZodObject<typeof attemptTotalsFields> = z.object(attemptTotalsFields);

const attemptSeriesFields = {
  /** Additive: accepted messages; null for an endpoint. */
  acceptedCount: z.array(z.number()).nullable(),
  successCount: z.array(z.number()),
  failureCount: z.array(z.number()),
  /** Attempts at which a transformation cancelled the delivery. */
  canceledCount: z.array(z.number()),
  /** Additive: failed attempts that were the last of their delivery. */
  exhaustedCount: z.array(z.number()),
  /** Additive. */
  results: z.array(results),
  /** Additive: durations of the attempts; null in a period without attempts. */
  durationMs: z.array(durations.nullable()),
  /** Additive: times from when a delivery was due until it was delivered; null in a period without one. */
  arrivalMs: z.array(durations.nullable()),
};
/** Every list has an entry for each period, from the first to the last. */
export const attemptSeries: z.ZodObject<typeof attemptSeriesFields> = z.object(attemptSeriesFields);

const attemptStatisticsOutFields = {
  /** The beginning of the first period. */
  startDate: z.string(),
  /** The end of the last period. */
  endDate: z.string(),
  period: z.enum(PERIODS),
  data: attemptSeries,
  /** Additive: the sums over all periods. */
  total: attemptTotals,
};
/** Only of an application, when they were asked for. */
const endpointsOutField = {
  /** Additive: of each endpoint of `endpoint_ids` that the application has, by id. */
  endpoints: z
    .record(z.string(), z.object({ data: attemptSeries, total: attemptTotals }))
    .optional(),
};
const statisticsOutFields = { ...attemptStatisticsOutFields, ...endpointsOutField };
export const attemptStatisticsOut: z.ZodObject<typeof statisticsOutFields> =
  z.object(statisticsOutFields);

const applicationStatsFields = {
  /** An instant in the first hour to count. */
  since: requiredInstant,
  /** Exclusive end, in the last hour to count. */
  until: requiredInstant,
  /** Only attempts of these event types; default: all. */
  eventTypes: eventTypeNames.nullish(),
};
export const applicationStatsOptions: z.ZodObject<typeof applicationStatsFields, z.core.$strict> =
  z.strictObject(applicationStatsFields);

const eventTypeStats = z.object({
  success: z.number(),
  failure: z.number(),
  canceled: z.number(),
});

const applicationStatsOutFields = {
  by_event_type: z.record(z.string(), eventTypeStats),
  total_success: z.number(),
  total_failure: z.number(),
  total_canceled: z.number(),
  since: timestamp,
  until: timestamp,
};
/** The names are those of the Svix API. */
export const applicationStatsOut: z.ZodObject<typeof applicationStatsOutFields> =
  z.object(applicationStatsOutFields);

const activeApplicationFields = {
  /** Leave out applications whose endpoints are all disabled; default: true. */
  excludeDisabled: flag.optional(),
};
export const activeApplicationOptions: z.ZodObject<typeof activeApplicationFields, z.core.$strict> =
  z.strictObject(activeApplicationFields);
export const checkedActiveApplicationOptions = activeApplicationOptions.extend({
  excludeSvixPlay: exceptSvixPlay,
});

const activeApplicationOutFields = { count: z.number() };
export const activeApplicationOut: z.ZodObject<typeof activeApplicationOutFields> = z.object(
  activeApplicationOutFields,
);

const endpointCountOutFields = { active: z.number(), disabled: z.number() };
export const endpointCountOut: z.ZodObject<typeof endpointCountOutFields> =
  z.object(endpointCountOutFields);

export interface AttemptStatisticsOptions extends InputOf<typeof attemptStatisticsFields> {}

export interface ApplicationStatisticsOptions extends InputOf<typeof applicationStatisticsFields> {}
export type StatisticsPeriod = (typeof PERIODS)[number];
export interface AttemptStatisticsOut
  extends
    OutputOf<typeof attemptStatisticsOutFields>,
    Partial<OutputOf<typeof endpointsOutField>> {}
export interface AttemptTotalsOut extends OutputOf<typeof attemptTotalsFields> {}
export interface DurationsOut extends OutputOf<typeof durationsFields> {}
export interface ApplicationStatsOptions extends InputOf<typeof applicationStatsFields> {}
export interface ApplicationStatsOut extends OutputOf<typeof applicationStatsOutFields> {}
export interface ActiveApplicationOptions extends InputOf<typeof activeApplicationFields> {}
export interface ActiveApplicationOut extends OutputOf<typeof activeApplicationOutFields> {}
export interface EndpointCountOut extends OutputOf<typeof endpointCountOutFields> {}
