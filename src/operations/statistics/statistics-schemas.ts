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
export const attemptStatisticsFields = {
  /** Default: 24 hours, or 28 days with `OneDay`, before `endDate`. The period that holds it counts. */
  startDate: instant,
  /** Exclusive; default: now. */
  endDate: instant,
  /** Default: `OneHour`. Days are those of UTC. `FiveMinutes` are kept for two days, not of endpoints. */
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

/** How many attempts got which status code, or which kind of failure instead. */
const results = z.record(z.string(), z.number());

const attemptTotalsFields = {
  acceptedCount: z.number().nullable(),
  successCount: z.number(),
  failureCount: z.number(),
  exhaustedCount: z.number(),
  results,
  durationMs: durations.nullable(),
  arrivalMs: durations.nullable(),
};
export const attemptTotals: z.ZodObject<typeof attemptTotalsFields> = z.object(attemptTotalsFields);

const attemptSeriesFields = {
  /** Additive: messages; null of an endpoint. */
  acceptedCount: z.array(z.number()).nullable(),
  successCount: z.array(z.number()),
  failureCount: z.array(z.number()),
  /** Always null: an attempt cannot be cancelled. */
  canceledCount: z.null(),
  /** Additive: of the failures, those after which no other attempt followed. */
  exhaustedCount: z.array(z.number()),
  /** Additive. */
  results: z.array(results),
  /** Additive: of the attempts; null in a period without any. */
  durationMs: z.array(durations.nullable()),
  /** Additive: from when a delivery was owed until it was delivered; null where none was. */
  arrivalMs: z.array(durations.nullable()),
};
/** Every list has an entry for each period, from the first to the last. */
export const attemptSeries: z.ZodObject<typeof attemptSeriesFields> = z.object(attemptSeriesFields);

const attemptStatisticsOutFields = {
  /** Where the first period begins. */
  startDate: z.string(),
  /** Where the last period ends. */
  endDate: z.string(),
  period: z.enum(PERIODS),
  data: attemptSeries,
  /** Additive: of all periods together. */
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
  /** The hour that holds it is the first. */
  since: requiredInstant,
  /** Exclusive. The hour that holds it is the last. */
  until: requiredInstant,
  /** Only attempts of these; default: all. */
  eventTypes: eventTypeNames.nullish(),
};
export const applicationStatsOptions: z.ZodObject<typeof applicationStatsFields, z.core.$strict> =
  z.strictObject(applicationStatsFields);

const eventTypeStats = z.object({
  success: z.number(),
  failure: z.number(),
  /** Always 0: an attempt cannot be cancelled. */
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
  /** Count no application whose endpoints are all disabled; default: true. */
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
