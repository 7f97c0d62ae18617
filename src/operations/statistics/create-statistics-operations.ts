import type { z } from 'zod';
import {
  type AttemptSums,
  type AttemptSummary,
  summaryOf,
  timeAt,
} from '../../domain/attempt-counts.ts';
import { invalid } from '../../domain/errors.ts';
import {
  FIVE_MINUTES_MS,
  HOUR_MS,
  type RollupSpan,
  organizationSubject,
} from '../../storage/storage.ts';
import { findApplication, findEndpoint } from '../access.ts';
import type { Context } from '../context.ts';
import { check, fieldError } from '../validation.ts';
import { applicationStats } from './application-stats.ts';
import type { StatisticsOperations } from './statistics-operations.ts';
import {
  type AttemptStatisticsOut,
  type AttemptTotalsOut,
  type DurationsOut,
  type StatisticsPeriod,
  applicationStatsOptions,
  checkedActiveApplicationOptions,
  checkedApplicationStatisticsOptions,
  checkedAttemptStatisticsOptions,
} from './statistics-schemas.ts';

export function createStatisticsOperations({
  storage,
  clock,
}: Pick<Context, 'storage' | 'clock'>): StatisticsOperations {
  async function statisticsOf(
    subjectId: string,
    range: Range,
    countsAccepted = true,
  ): Promise<AttemptStatisticsOut> {
    return toStatisticsOut(
      range,
      await storage.statistics.rollups([subjectId], range),
      countsAccepted,
    );
  }

  /** Leaves out ids that are no endpoints of the application, so that nobody learns of endpoints of others. */
  async function endpointsOf(
    applicationId: string,
    asked: readonly string[],
    range: Range,
  ): Promise<AttemptStatisticsOut['endpoints']> {
    const known = new Set((await storage.endpoints.all(applicationId)).map(({ id }) => id));
    const ids = asked.filter((id) => known.has(id));
    const bySubject = Map.groupBy(
      await storage.statistics.rollups(ids, range),
      ({ subjectId }) => subjectId,
    );
    return Object.fromEntries(
      ids.map((id) => {
        const { data, total } = toStatisticsOut(range, bySubject.get(id) ?? [], false);
        return [id, { data, total }];
      }),
    );
  }

  return {
    async ofApplication(principal, app, options = {}) {
      const { id } = await findApplication(storage, principal, app);
      const { endpointIds, ...times } = check(
        checkedApplicationStatisticsOptions,
        options,
        'query',
      );
      const range = rangeOf(times, clock.now());
      if (!endpointIds) return statisticsOf(id, range);
      requireHours(range);
      requireFew(endpointIds, range);
      const [statistics, endpoints] = await Promise.all([
        statisticsOf(id, range),
        endpointsOf(id, endpointIds, range),
      ]);
      return { ...statistics, endpoints };
    },

    async ofOrganization({ organizationId }, options = {}) {
      const subject = organizationSubject(organizationId);
      return statisticsOf(subject, rangeOf(timesOf(options), clock.now()));
    },

    async ofEndpoint(principal, app, endpoint, options = {}) {
      const application = await findApplication(storage, principal, app);
      const { id } = await findEndpoint(storage, application, endpoint);
      const range = rangeOf(timesOf(options), clock.now());
      requireHours(range);
      return statisticsOf(id, range, false);
    },

    async byEventType(principal, app, options) {
      const { id } = await findApplication(storage, principal, app);
      const { since, until, eventTypes } = check(applicationStatsOptions, options, 'query');
      const { from, until: to } = rangeOf(
        { startDate: since, endDate: until, period: 'OneHour' },
        clock.now(),
        { start: 'since', end: 'until', most: 92 * 24 },
      );
      const range = { span: HOUR_MS, from, until: to } as const;
      const hours = await storage.statistics.rollups([id], range);
      return applicationStats(range, hours, eventTypes ?? null);
    },

    async countActiveApplications({ organizationId }, options = {}) {
      const { excludeDisabled = true } = check(checkedActiveApplicationOptions, options, 'query');
      const which = excludeDisabled ? 'enabled' : 'all';
      return { count: await storage.endpoints.countApplications(organizationId, which) };
    },

    async countEndpoints({ organizationId }) {
      const { enabled, disabled } = await storage.endpoints.count(organizationId);
      return { active: enabled, disabled };
    },
  };
}

function requireHours({ span }: Range): void {
  if (span === HOUR_MS) return;
  const error = 'must be OneHour or OneDay: five minutes are kept of applications only';
  throw invalid([fieldError(error, 'query', 'period')]);
}

/** Each hour of each endpoint is a look-up, and each period of each a part of the answer. */
function requireFew({ length }: readonly string[], { from, until }: Range): void {
  if (length * ((until - from) / HOUR_MS) <= MOST_ENDPOINT_HOURS) return;
  const error = `must be fewer, or of a shorter time: at most ${MOST_ENDPOINT_HOURS} hours of all together`;
  throw invalid([fieldError(error, 'query', 'endpointIds')]);
}

/** A day of as many endpoints as a page of a list has. */
const MOST_ENDPOINT_HOURS = 250 * 24;

interface Range {
  readonly period: StatisticsPeriod;
  readonly span: RollupSpan;
  /** `from` and `to` are at the edges of periods. */
  readonly from: number;
  readonly until: number;
}

type Times = Pick<
  z.output<typeof checkedAttemptStatisticsOptions>,
  'startDate' | 'endDate' | 'period'
>;

function timesOf(options: unknown): Times {
  return check(checkedAttemptStatisticsOptions, options, 'query');
}

function rangeOf(
  { startDate, endDate, period }: Times,
  now: number,
  names: { readonly start: string; readonly end: string; readonly most?: number } = WIRE_NAMES,
): Range {
  const { ms, span, shown } = PERIODS[period];
  const most = names.most ?? PERIODS[period].most;
  const until = Math.ceil((endDate ?? now) / ms) * ms;
  const from = Math.floor((startDate ?? until - shown * ms) / ms) * ms;
  if (from >= until) {
    throw invalid([fieldError(`must be before ${names.end}`, 'query', names.start)]);
  }
  if (until - from > most * ms) {
    const error = `must be at most ${most} periods of ${period} before ${names.end}`;
    throw invalid([fieldError(error, 'query', names.start)]);
  }
  return { period, span, from, until };
}

function toStatisticsOut(
  { period, from, until }: Range,
  rollups: readonly { readonly bucketAt: number; readonly counts: AttemptSums }[],
  countsAccepted: boolean,
): AttemptStatisticsOut {
  const { ms } = PERIODS[period];
  const counts = Array.from({ length: (until - from) / ms }, (): AttemptSums[] => []);
  for (const { bucketAt, counts: sums } of rollups) {
    counts[Math.floor((bucketAt - from) / ms)]?.push(sums);
  }
  const periods = counts.map((each) => toTotals(summaryOf(each), countsAccepted));
  return {
    startDate: new Date(from).toISOString(),
    endDate: new Date(until).toISOString(),
    period,
    data: {
      acceptedCount: countsAccepted ? periods.map(({ acceptedCount }) => acceptedCount ?? 0) : null,
      successCount: periods.map(({ successCount }) => successCount),
      failureCount: periods.map(({ failureCount }) => failureCount),
      canceledCount: periods.map(({ canceledCount }) => canceledCount),
      exhaustedCount: periods.map(({ exhaustedCount }) => exhaustedCount),
      results: periods.map(({ results }) => results),
      durationMs: periods.map(({ durationMs }) => durationMs),
      arrivalMs: periods.map(({ arrivalMs }) => arrivalMs),
    },
    total: toTotals(summaryOf(counts.flat()), countsAccepted),
  };
}

function toTotals(summary: AttemptSummary, countsAccepted: boolean): AttemptTotalsOut {
  const { accepted, delivered, failed, exhausted, cancelled, results } = summary;
  return {
    acceptedCount: countsAccepted ? accepted : null,
    successCount: delivered,
    failureCount: failed + exhausted,
    canceledCount: cancelled,
    exhaustedCount: exhausted,
    results: { ...results },
    durationMs: toDurations(summary.durations),
    arrivalMs: toDurations(summary.arrivals),
  };
}

function toDurations(classes: ReadonlyMap<number, number>): DurationsOut | null {
  const p50 = timeAt(classes, 0.5);
  const p90 = timeAt(classes, 0.9);
  const p95 = timeAt(classes, 0.95);
  const p99 = timeAt(classes, 0.99);
  if (p50 === null || p90 === null || p95 === null || p99 === null) return null;
  return { p50, p90, p95, p99 };
}

const WIRE_NAMES = { start: 'startDate', end: 'endDate' } as const;

/** For each period: its length, how many are shown by default, and how many at most. */
const PERIODS = {
  FiveMinutes: { ms: FIVE_MINUTES_MS, span: FIVE_MINUTES_MS, shown: 24 * 12, most: 48 * 12 },
  OneHour: { ms: HOUR_MS, span: HOUR_MS, shown: 24, most: 31 * 24 },
  OneDay: { ms: 24 * HOUR_MS, span: HOUR_MS, shown: 28, most: 91 },
} as const;
