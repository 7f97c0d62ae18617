import { type IdPrefix, firstId } from '../../domain/ids.ts';
import type { AttemptFilter, AuditFilter, MessageFilter } from '../storage.ts';
import type { Slice } from './paging.ts';
import type { IdBounds } from './sql-backend.ts';

/** No id outside passes the filter; null: no bound on that side. */
export interface IdRange {
  readonly from: string | null;
  readonly to: string | null;
}

export const ALL_IDS: IdRange = { from: null, to: null };

/** Where the messages are that a filter of times lets pass (`MessageFilter` says why). */
export function messageIds({ createdAfter, createdBefore }: MessageFilter): IdRange {
  return {
    // The clock may tick between the reading for the id and the one for the message.
    from: createdAfter === undefined ? null : firstId('msg', createdAfter - SECOND_MS),
    to: createdBefore === undefined ? null : endId('msg', createdBefore),
  };
}

/** Where the entries of the audit are that a filter of times lets pass. */
export function auditIds({ after, before }: AuditFilter): IdRange {
  return {
    from: after === undefined ? null : firstId('audit', after - SECOND_MS),
    to: before === undefined ? null : endId('audit', before),
  };
}

/** Where the attempts are that a filter of times lets pass (`AttemptFilter` says why). */
export function attemptIds({ startedAfter, startedBefore }: AttemptFilter): IdRange {
  return {
    // The clock may be set back while the attempt is under way.
    from: startedAfter === undefined ? null : firstId('atmpt', startedAfter - MAX_SET_BACK_MS),
    to: startedBefore === undefined ? null : endId('atmpt', startedBefore + MAX_ATTEMPT_MS),
  };
}

/** The attempts that were given their ids, at their ends, in the seconds of the two instants and between. */
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
/** The longest deadline, 120 seconds, and as much again for a process that has too much to do. */
const MAX_ATTEMPT_MS = 240_000;

function endId(prefix: IdPrefix, instant: number): string {
  return firstId(prefix, instant + MAX_SET_BACK_MS + SECOND_MS);
}
