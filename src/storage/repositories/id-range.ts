import { type IdPrefix, firstId } from '../../domain/ids.ts';
import type { AttemptFilter, AuditFilter, MessageFilter } from '../storage.ts';
import type { Slice } from './paging.ts';
import type { IdBounds } from './sql-backend.ts';

/** A range that contains all ids that pass a filter; null: no bound on that side. */
export interface IdRange {
  readonly from: string | null;
  readonly to: string | null;
}

/** The range of ids of the messages that pass a filter by time (`MessageFilter` says why). */
export function messageIds({ createdAfter, createdBefore }: MessageFilter): IdRange {
  return {
    // The clock is read twice, for the id and for the message, and may tick in between.
    from: createdAfter === undefined ? null : firstId('msg', createdAfter - SECOND_MS),
    to: createdBefore === undefined ? null : endId('msg', createdBefore),
  };
}

/** The range of ids of the audit entries that pass a filter by time. */
export function auditIds({ after, before }: AuditFilter): IdRange {
  return {
    from: after === undefined ? null : firstId('audit', after - SECOND_MS),
    to: before === undefined ? null : endId('audit', before),
  };
}

/** The range of ids of the attempts that pass a filter by time (`AttemptFilter` says why). */
export function attemptIds({ startedAfter, startedBefore }: AttemptFilter): IdRange {
  return {
    // The clock may be set back during the attempt.
    from: startedAfter === undefined ? null : firstId('atmpt', startedAfter - MAX_SET_BACK_MS),
    to: startedBefore === undefined ? null : endId('atmpt', startedBefore + MAX_ATTEMPT_MS),
  };
}

/** The ids of the attempts that ended between the two instants, both seconds included. */
export function secondsOf({ from, to }: { from: number; to: number }): IdBounds {
  return { from: firstId('atmpt', from), to: firstId('atmpt', to + SECOND_MS) };
}

/** The part of the slice that lies in the range. */
export function within(slice: Slice, { from, to }: IdRange): Slice {
  const { bound, direction } = slice;
  const [compare, first, end] =
    direction === 'asc' ? (['>', from, to] as const) : (['<', to, from] as const);
  const isTighter =
    bound === null || (first !== null && (compare === '>' ? first > bound.id : first < bound.id));
  return { ...slice, bound: first !== null && isTighter ? { compare, id: first } : bound, end };
}

const SECOND_MS = 1_000;
const MAX_SET_BACK_MS = 3_600_000;
/** Twice the longest deadline of 120 s, because an overloaded process may be late. */
const MAX_ATTEMPT_MS = 240_000;

function endId(prefix: IdPrefix, instant: number): string {
  return firstId(prefix, instant + MAX_SET_BACK_MS + SECOND_MS);
}
