import { z } from 'zod';
import type { InputOf } from '../field-types.ts';
import { instant } from '../instant.ts';
import { notOffered } from '../not-offered.ts';

/** The names and the shape are those of the Svix API; it has `FiveMinutes` too. */
export const attemptStatisticsFields = {
  /** Default: 24 hours, or 28 days with `OneDay`, before `endDate`. The period that holds it counts. */
  startDate: instant,
  /** Exclusive; default: now. */
  endDate: instant,
  /** Default: `OneHour`. Days are those of UTC. */
  period: z.enum(['OneHour', 'OneDay']).default('OneHour'),
};

export const attemptStatisticsOptions = z.strictObject({
  ...attemptStatisticsFields,
  period: z
    .preprocess(
      (value) => value ?? undefined,
      z.enum(['OneHour', 'OneDay'], {
        error: 'must be OneHour or OneDay: what is kept are sums of hours',
      }),
    )
    .default('OneHour'),
  eventTypes: notOffered(),
});

export interface AttemptStatisticsOptions extends InputOf<typeof attemptStatisticsFields> {}
export type StatisticsPeriod = 'OneHour' | 'OneDay';

/** Every list has an entry for each period, from the first to the last. */
export interface AttemptStatisticsOut {
  /** Where the first period begins. */
  startDate: string;
  /** Where the last period ends. */
  endDate: string;
  period: StatisticsPeriod;
  data: {
    successCount: number[];
    failureCount: number[];
    /** Always null: an attempt cannot be cancelled. */
    canceledCount: null;
    /** Additive: of the failures, those after which no other attempt followed. */
    exhaustedCount: number[];
    /** Additive: how many attempts got which status code, or which kind of failure instead. */
    results: Record<string, number>[];
    /** Additive: null in a period without attempts. */
    durationMs: (DurationsOut | null)[];
  };
  /** Additive: of all periods together. */
  total: AttemptTotalsOut;
}

export interface AttemptTotalsOut {
  successCount: number;
  failureCount: number;
  exhaustedCount: number;
  results: Record<string, number>;
  durationMs: DurationsOut | null;
}

/** Milliseconds that half, 90 %, 95 % and 99 % of the attempts did not exceed, within 5 %. */
export interface DurationsOut {
  p50: number;
  p90: number;
  p95: number;
  p99: number;
}
