import {
  type AttemptSums,
  type AttemptSummary,
  durationAt,
  summaryOf,
} from '../../domain/attempt-counts.ts';
import { invalid } from '../../domain/errors.ts';
import { findApplication, findEndpoint } from '../access.ts';
import type { Context } from '../context.ts';
import { check, fieldError } from '../validation.ts';
import type { StatisticsOperations } from './statistics-operations.ts';
import {
  type AttemptStatisticsOut,
  type AttemptTotalsOut,
  type DurationsOut,
  type StatisticsPeriod,
  checkedAttemptStatisticsOptions,
} from './statistics-schemas.ts';

export function createStatisticsOperations({
  storage,
  clock,
}: Pick<Context, 'storage' | 'clock'>): StatisticsOperations {
  async function attemptsOf(subjectId: string, options: unknown): Promise<AttemptStatisticsOut> {
    const range = rangeOf(options, clock.now());
    const hours = await storage.statistics.attempts(subjectId, range);
    return toStatisticsOut(range, hours);
  }

  return {
    async ofApplication(principal, app, options = {}) {
      const { id } = await findApplication(storage, principal, app);
      return attemptsOf(id, options);
    },

    async ofOrganization({ organizationId }, options = {}) {
      const range = rangeOf(options, clock.now());
      const hours = await storage.statistics.attemptsOfOrganization(organizationId, range);
      return toStatisticsOut(range, hours);
    },

    async ofEndpoint(principal, app, endpoint, options = {}) {
      const application = await findApplication(storage, principal, app);
      const { id } = await findEndpoint(storage, application, endpoint);
      return attemptsOf(id, options);
    },
  };
}

interface Range {
  readonly period: StatisticsPeriod;
  /** Both at the edge of a period. */
  readonly from: number;
  readonly until: number;
}

function rangeOf(options: unknown, now: number): Range {
  const { startDate, endDate, period } = check(checkedAttemptStatisticsOptions, options, 'query');
  const { ms, shown, most } = PERIODS[period];
  const until = Math.ceil((endDate ?? now) / ms) * ms;
  const from = Math.floor((startDate ?? until - shown * ms) / ms) * ms;
  if (from >= until) {
    throw invalid([fieldError('must be before endDate', 'query', 'startDate')]);
  }
  if (until - from > most * ms) {
    const error = `must be at most ${most} periods of ${period} before endDate`;
    throw invalid([fieldError(error, 'query', 'startDate')]);
  }
  return { period, from, until };
}

function toStatisticsOut(
  { period, from, until }: Range,
  hours: readonly { readonly bucketAt: number; readonly counts: AttemptSums }[],
): AttemptStatisticsOut {
  const { ms } = PERIODS[period];
  const counts = Array.from({ length: (until - from) / ms }, (): AttemptSums[] => []);
  for (const hour of hours) counts[Math.floor((hour.bucketAt - from) / ms)]?.push(hour.counts);
  const periods = counts.map((each) => toTotals(summaryOf(each)));
  return {
    startDate: new Date(from).toISOString(),
    endDate: new Date(until).toISOString(),
    period,
    data: {
      successCount: periods.map(({ successCount }) => successCount),
      failureCount: periods.map(({ failureCount }) => failureCount),
      canceledCount: null,
      exhaustedCount: periods.map(({ exhaustedCount }) => exhaustedCount),
      results: periods.map(({ results }) => results),
      durationMs: periods.map(({ durationMs }) => durationMs),
    },
    total: toTotals(summaryOf(counts.flat())),
  };
}

function toTotals(summary: AttemptSummary): AttemptTotalsOut {
  const { delivered, failed, exhausted, results } = summary;
  return {
    successCount: delivered,
    failureCount: failed + exhausted,
    exhaustedCount: exhausted,
    results: { ...results },
    durationMs: toDurations(summary),
  };
}

function toDurations(summary: AttemptSummary): DurationsOut | null {
  const p50 = durationAt(summary, 0.5);
  const p90 = durationAt(summary, 0.9);
  const p95 = durationAt(summary, 0.95);
  const p99 = durationAt(summary, 0.99);
  if (p50 === null || p90 === null || p95 === null || p99 === null) return null;
  return { p50, p90, p95, p99 };
}

const HOUR_MS = 60 * 60 * 1000;
/** How long each period is, how many are shown when nobody says, and how many at most. */
const PERIODS = {
  OneHour: { ms: HOUR_MS, shown: 24, most: 31 * 24 },
  OneDay: { ms: 24 * HOUR_MS, shown: 28, most: 91 },
} as const;
