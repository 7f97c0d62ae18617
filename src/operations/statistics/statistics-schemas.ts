import { z } from 'zod';
import type { InputOf, OutputOf } from '../field-types.ts';
import { instant } from '../instant.ts';
import { notOffered } from '../not-offered.ts';

const PERIODS = ['OneHour', 'OneDay'] as const;

/** The names and the shape are those of the Svix API; it has `FiveMinutes` too. */
export const attemptStatisticsFields = {
  /** Default: 24 hours, or 28 days with `OneDay`, before `endDate`. The period that holds it counts. */
  startDate: instant,
  /** Exclusive; default: now. */
  endDate: instant,
  /** Default: `OneHour`. Days are those of UTC. */
  period: z.enum(PERIODS).default('OneHour'),
};

export const attemptStatisticsOptions: z.ZodObject<typeof attemptStatisticsFields, z.core.$strict> =
  z.strictObject(attemptStatisticsFields);

export const checkedAttemptStatisticsOptions = attemptStatisticsOptions.extend({
  period: z
    .preprocess(
      (value) => value ?? undefined,
      z.enum(PERIODS, { error: 'must be OneHour or OneDay: what is kept are sums of hours' }),
    )
    .default('OneHour'),
  eventTypes: notOffered(),
});

const durationsFields = { p50: z.number(), p90: z.number(), p95: z.number(), p99: z.number() };
/** Milliseconds that half, 90 %, 95 % and 99 % of the attempts did not exceed, within 5 %. */
export const durations: z.ZodObject<typeof durationsFields> = z.object(durationsFields);

/** How many attempts got which status code, or which kind of failure instead. */
const results = z.record(z.string(), z.number());

const attemptTotalsFields = {
  successCount: z.number(),
  failureCount: z.number(),
  exhaustedCount: z.number(),
  results,
  durationMs: durations.nullable(),
};
export const attemptTotals: z.ZodObject<typeof attemptTotalsFields> = z.object(attemptTotalsFields);

const attemptSeriesFields = {
  successCount: z.array(z.number()),
  failureCount: z.array(z.number()),
  /** Always null: an attempt cannot be cancelled. */
  canceledCount: z.null(),
  /** Additive: of the failures, those after which no other attempt followed. */
  exhaustedCount: z.array(z.number()),
  /** Additive. */
  results: z.array(results),
  /** Additive: null in a period without attempts. */
  durationMs: z.array(durations.nullable()),
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
export const attemptStatisticsOut: z.ZodObject<typeof attemptStatisticsOutFields> = z.object(
  attemptStatisticsOutFields,
);

export interface AttemptStatisticsOptions extends InputOf<typeof attemptStatisticsFields> {}
export type StatisticsPeriod = (typeof PERIODS)[number];
export interface AttemptStatisticsOut extends OutputOf<typeof attemptStatisticsOutFields> {}
export interface AttemptTotalsOut extends OutputOf<typeof attemptTotalsFields> {}
export interface DurationsOut extends OutputOf<typeof durationsFields> {}
