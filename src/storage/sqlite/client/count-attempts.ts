import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import type { IdBounds } from '../../repositories/sql-backend.ts';

/**
 * Counts in the index, which is read in its order, and in its tail, without rows that are in both
 * (`worker/attempts-by-endpoint.ts`). The union that lists use would sort: ten times slower for a million
 * attempts.
 */
export function countAttempts(
  endpointId: string,
  { from, to }: IdBounds,
  limit: number,
): RawBuilder<{ readonly count: number }> {
  const wanted = sql`entry.endpoint_id = ${endpointId} and entry.id > ${from} and entry.id < ${to}`;
  return sql`
    select min(${limit}, (select count(*) from (
        select 1 from attempt_by_endpoint as entry where ${wanted} limit ${limit}
      )) + (
        select count(*) from attempt_by_endpoint_tail as entry
        where ${wanted} and not exists (select 1 from attempt_by_endpoint as moved
          where moved.endpoint_id = entry.endpoint_id and moved.id = entry.id)
      )) as count`;
}
