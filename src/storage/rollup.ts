import type { AttemptSums } from '../domain/attempt-counts.ts';

export const HOUR_MS = 3_600_000;
export const FIVE_MINUTES_MS = 300_000;

/** The time that a rollup counts. Five minutes are kept of applications and organizations only. */
export type RollupSpan = typeof HOUR_MS | typeof FIVE_MINUTES_MS;

/** Older rollups are deleted. */
export const ROLLUP_LIFETIMES_MS: Readonly<Record<RollupSpan, number>> = {
  [HOUR_MS]: 90 * 24 * HOUR_MS,
  [FIVE_MINUTES_MS]: 2 * 24 * HOUR_MS,
};

/** What one counter has counted in one span. */
export interface Rollup {
  readonly span: RollupSpan;
  /** When the span begins. An attempt counts in the one in which it was recorded. */
  readonly bucketAt: number;
  /** An endpoint, an application, or `organizationSubject`. */
  readonly subjectId: string;
  /** A number of the counter alone. */
  readonly writer: number;
  readonly counts: AttemptSums;
}

/** Organizations are named by their tokens: no id of an endpoint or an application has a colon. */
export function organizationSubject(organizationId: string): string {
  return `org:${organizationId}`;
}

/** The rollups that begin in the range or hold its beginning. */
export interface RollupRange {
  readonly span: RollupSpan;
  readonly from: number;
  readonly until: number;
}

/**
 * Attempts and accepted messages added up by the hour and by five minutes, so that a million are as
 * quick to ask for as one. Who counts them is `keepStatistics`.
 */
export interface StatisticsRepository {
  /**
   * Of these subjects, in any order; a span has a rollup for each counter. A year of hours at most: each
   * span of each subject costs a look-up.
   */
  rollups(subjectIds: readonly string[], range: RollupRange): Promise<readonly Rollup[]>;
  /** Over those with the same span, time, subject and writer. Each may be given once. */
  write(rollups: readonly Rollup[]): Promise<void>;
  /** Deletes the oldest rollups of the span that begin before `before`, and answers how many. */
  forget(span: RollupSpan, before: number, limit: number): Promise<number>;
}
