import type { AttemptSums } from '../domain/attempt-counts.ts';

export const HOUR_MS = 3_600_000;
export const FIVE_MINUTES_MS = 300_000;

/** Length of the time that a rollup counts. Only applications and organizations have rollups of five minutes. */
export type RollupSpan = typeof HOUR_MS | typeof FIVE_MINUTES_MS;

/** Rollups older than this are deleted. */
export const ROLLUP_LIFETIMES_MS: Readonly<Record<RollupSpan, number>> = {
  [HOUR_MS]: 90 * 24 * HOUR_MS,
  [FIVE_MINUTES_MS]: 2 * 24 * HOUR_MS,
};

/** The counts of one counter for one subject in one span. */
export interface Rollup {
  readonly span: RollupSpan;
  /** When the span begins. An attempt counts in the span in which it was recorded. */
  readonly bucketAt: number;
  /** An endpoint, an application, or `organizationSubject`. */
  readonly subjectId: string;
  /** The number of the counter. */
  readonly writer: number;
  readonly counts: AttemptSums;
}

/** The `subjectId` of an organization. The colon keeps it apart from ids, because tokens choose organization names. */
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
 * Attempts and accepted messages, added up by the hour and by five minutes, so that reading the totals of a
 * million costs as little as of one. `keepStatistics` counts them.
 */
export interface StatisticsRepository {
  /**
   * The rollups of these subjects, in any order; a span has a rollup for each counter. The range may be a year of
   * hours at most, because each span of each subject costs a look-up.
   */
  rollups(subjectIds: readonly string[], range: RollupRange): Promise<readonly Rollup[]>;
  /** Replaces rollups with the same span, time, subject and writer, which may occur only once in `rollups`. */
  write(rollups: readonly Rollup[]): Promise<void>;
  /** Deletes the oldest rollups of the span that begin before `before`; returns how many. */
  forget(span: RollupSpan, before: number, limit: number): Promise<number>;
}
