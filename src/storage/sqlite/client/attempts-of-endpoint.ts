import type { Kysely } from 'kysely';
import { compareEnd } from '../../repositories/paging.ts';
import type { Slice } from '../../repositories/paging.ts';
import type { AttemptIdsQuery } from '../../repositories/sql-backend.ts';
import type { PhysicalDatabase } from '../physical-schema.ts';

/**
 * The attempts of an endpoint, from the index and from its tail. The same attempt may be in both
 * (`worker/attempts-by-endpoint.ts`). Each part has its own limit, so that little is sorted.
 */
export function attemptsOfEndpoint(
  db: Kysely<PhysicalDatabase>,
  endpointId: string,
  slice: Slice,
): AttemptIdsQuery {
  const { bound, direction, end, limit } = slice;
  const part = (table: 'attempt_by_endpoint' | 'attempt_by_endpoint_tail') => {
    let wanted = db
      .selectFrom(`${table} as entry`)
      .select(['entry.message_id', 'entry.id'])
      .where('entry.endpoint_id', '=', endpointId);
    if (bound !== null) wanted = wanted.where('entry.id', bound.compare, bound.id);
    if (end !== null) wanted = wanted.where('entry.id', compareEnd(slice), end);
    return db.selectFrom(wanted.orderBy('entry.id', direction).limit(limit).as('part')).selectAll();
  };
  const both = part('attempt_by_endpoint').union(part('attempt_by_endpoint_tail'));
  // The type hides the physical tables: callers see only the logical ones.
  return both.orderBy('id', direction).limit(limit) as unknown as AttemptIdsQuery;
}
