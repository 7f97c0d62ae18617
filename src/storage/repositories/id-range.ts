import { type DatedPrefix, idAbove, idAfter, idBelow } from '../../domain/id-bounds.ts';
import { firstId } from '../../domain/ids.ts';
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
  return between('msg', createdAfter, createdBefore);
}

/** The range of ids of the audit entries that pass a filter by time. */
export function auditIds({ after, before }: AuditFilter): IdRange {
  return between('audit', after, before);
}

/** The range of ids of the attempts that pass a filter by time (`AttemptFilter` says why). */
export function attemptIds({ startedAfter, startedBefore }: AttemptFilter): IdRange {
  return between('atmpt', startedAfter, startedBefore);
}

function between(
  prefix: DatedPrefix,
  after: number | undefined,
  before: number | undefined,
): IdRange {
  return {
    from: after === undefined ? null : idBelow(prefix, after),
    to: before === undefined ? null : idAbove(prefix, before),
  };
}

/** The ids of the attempts that ended between the two instants, both seconds included. */
export function secondsOf({ from, to }: { from: number; to: number }): IdBounds {
  return { from: firstId('atmpt', from), to: idAfter('atmpt', to) };
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
