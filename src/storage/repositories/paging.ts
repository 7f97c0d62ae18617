import { sql } from 'kysely';
import type { RawBuilder, SqlBool } from 'kysely';
import type { Page, PageRequest } from '../storage.ts';

/** The part of an ordered list that a query reads for a page. */
export interface Slice {
  /** Read rows beyond this id, exclusive; null: from the beginning of the list, in the direction of reading. */
  readonly bound: { readonly compare: '<' | '>'; readonly id: string } | null;
  readonly direction: 'asc' | 'desc';
  /** Read rows up to this id, inclusive; null: to the other end of the list. */
  readonly end: string | null;
  /** One more than the page: the extra row tells whether there are more. */
  readonly limit: number;
}

/** A page that ends `before` an id is read backwards from there. */
export function sliceOf({ limit, order, after, before }: PageRequest): Slice {
  const backwards = before !== undefined;
  const ascending = (order === 'ascending') !== backwards;
  const id = before ?? after;
  return {
    bound: id === undefined ? null : { compare: ascending ? '>' : '<', id },
    direction: ascending ? 'asc' : 'desc',
    end: null,
    limit: limit + 1,
  };
}

/** The comparison with `end` that ids in the slice satisfy. */
export function compareEnd({ direction }: Slice): '<=' | '>=' {
  return direction === 'asc' ? '<=' : '>=';
}

/** The condition that the ids in the column lie in the slice. */
export function inSlice(slice: Slice, column: string): RawBuilder<SqlBool> {
  const id = sql.ref(column);
  const { bound, end } = slice;
  const parts = [sql<SqlBool>`true`];
  if (bound !== null) parts.push(sql<SqlBool>`${id} ${sql.raw(bound.compare)} ${bound.id}`);
  if (end !== null) parts.push(sql<SqlBool>`${id} ${sql.raw(compareEnd(slice))} ${end}`);
  return sql`${sql.join(parts, sql` and `)}`;
}

/** Cuts the page out of a list of ids in memory. */
export function cut(ids: readonly string[], page: PageRequest): string[] {
  const { bound, direction, limit } = sliceOf(page);
  const sorted = ids.toSorted();
  if (direction === 'desc') sorted.reverse();
  const within = sorted.filter(
    (id) => bound === null || (bound.compare === '>' ? id > bound.id : id < bound.id),
  );
  return within.slice(0, limit);
}

export function pageOf<Row, T>(
  rows: readonly Row[],
  { limit, before }: PageRequest,
  map: (row: Row) => T,
): Page<T> {
  const data = rows.slice(0, limit).map(map);
  if (before !== undefined) data.reverse();
  return { data, done: rows.length <= limit };
}

/** Bound of the text of one page: a reader holds all of a page in memory, more than once. */
const PAGE_CHARS = 4 * 1024 * 1024;

/** Cuts the page at the bound of its text, after at least one row. A page may be shorter than requested. */
export function pageWithin<T>(
  page: Page<T>,
  { before }: PageRequest,
  charsOf: (row: T) => number,
): Page<T> {
  const rows = before === undefined ? page.data : page.data.toReversed();
  let chars = 0;
  const end = rows.findIndex((row, index) => (chars += charsOf(row)) > PAGE_CHARS && index > 0);
  if (end < 0) return page;
  const data = rows.slice(0, end);
  return { data: before === undefined ? data : data.toReversed(), done: false };
}
