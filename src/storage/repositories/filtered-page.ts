import type { Page, PageRequest } from '../storage.ts';
import { within } from './id-range.ts';
import type { IdRange } from './id-range.ts';
import { pageOf, sliceOf } from './paging.ts';
import type { Slice } from './paging.ts';

/** How many rows one statement, and one page, may read to find rows that pass the filter. */
export interface ScanLimits {
  readonly rowsPerStatement: number;
  readonly rowsPerPage: number;
}

// These take about 10 ms (in which other lists wait) and 30 ms.
export const SCAN_LIMITS: ScanLimits = { rowsPerStatement: 10_000, rowsPerPage: 30_000 };

/** Limits where an index holds only ids, and each row or its message is looked up, at about 10 µs each. */
export const LOOK_UP_LIMITS: ScanLimits = { rowsPerStatement: 1_000, rowsPerPage: 2_000 };

export interface FilteredList<Row> {
  readonly range: IdRange;
  /** The id of the row that comes `count` rows after the beginning of the slice; null when fewer are left. */
  readonly idBehind: (slice: Slice, count: number) => Promise<string | null>;
  /** Rows of the slice that pass the filter. */
  readonly rows: (slice: Slice) => Promise<readonly Row[]>;
}

/**
 * A page of a list with a filter. Only rows in the filter's range of ids are read, in windows, so that no
 * statement takes long. A page that would have to read too many rows is cut: it holds the rows found so far,
 * and `cutAt` says where to continue.
 */
export async function filteredPage<Row, T>(
  page: PageRequest,
  { range, idBehind, rows }: FilteredList<Row>,
  map: (row: Row) => T,
  limits: ScanLimits = SCAN_LIMITS,
): Promise<Page<T>> {
  const whole = within(sliceOf(page), range);
  const { direction, end } = whole;
  const found: Row[] = [];
  let { bound } = whole;
  for (let scanned = 0; ; scanned += limits.rowsPerStatement) {
    const slice = { direction, bound, end, limit: whole.limit - found.length };
    const last = await idBehind(slice, limits.rowsPerStatement);
    found.push(...(await rows({ ...slice, end: last ?? end })));
    if (last === null || found.length === whole.limit) return pageOf(found, page, map);
    if (scanned + limits.rowsPerStatement >= limits.rowsPerPage) {
      const cutAt = page.before === undefined ? { after: last } : { before: last };
      return { ...pageOf(found, page, map), done: false, cutAt };
    }
    bound = { compare: direction === 'asc' ? '>' : '<', id: last };
  }
}
