import { type EventTypeCounts, summaryOf } from '../../domain/attempt-counts.ts';
import type { Rollup, RollupRange } from '../../storage/storage.ts';
import type { ApplicationStatsOut } from './statistics-schemas.ts';

/** Attempts of an application by event type: only of `eventTypes`, or of all when it is null. */
export function applicationStats(
  { from, until }: RollupRange,
  rollups: readonly Rollup[],
  eventTypes: readonly string[] | null,
): ApplicationStatsOut {
  const {
    delivered,
    failed,
    exhausted,
    cancelled,
    eventTypes: known,
  } = summaryOf(rollups.map(({ counts }) => counts));
  const chosen = [...known].filter(([name]) => eventTypes?.includes(name) ?? true);
  const sumOf = (which: keyof EventTypeCounts) =>
    chosen.reduce((sum, [, counts]) => sum + counts[which], 0);
  return {
    by_event_type: Object.fromEntries(
      chosen.map(([name, counts]) => [
        name,
        { success: counts.succeeded, failure: counts.failed, canceled: counts.cancelled },
      ]),
    ),
    // Not the sum over the event types, some of which may have no count of their own.
    total_success: eventTypes === null ? delivered : sumOf('succeeded'),
    total_failure: eventTypes === null ? failed + exhausted : sumOf('failed'),
    total_canceled: eventTypes === null ? cancelled : sumOf('cancelled'),
    since: new Date(from).toISOString(),
    until: new Date(until).toISOString(),
  };
}
