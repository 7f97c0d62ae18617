import { type RawBuilder, sql } from 'kysely';
import { and, inOrder, withinPlaces } from '../repositories/undelivered.ts';
import type { UndeliveredRequest } from '../repositories/sql-backend.ts';

/** Reads the two tables of deliveries, each along its index by application, or over all applications. */
export function undeliveredSource(
  { applicationId, endpointId, state, slice }: UndeliveredRequest,
  limit: number,
): RawBuilder<unknown> {
  const named = (table: 'd' | 's') =>
    and([
      ...(applicationId === null
        ? []
        : [sql<boolean>`${sql.ref(`${table}.application_id`)} = ${applicationId}`]),
      ...(endpointId === null
        ? []
        : [sql<boolean>`${sql.ref(`${table}.endpoint_id`)} = ${endpointId}`]),
      withinPlaces(slice, table),
    ]);
  const failing = sql`(
    select d.message_id, d.endpoint_id, d.application_id, 0 as state, d.attempt_count,
      d.schedule_step, d.due_at, d.claim_owner
    from posthaste.delivery as d where d.attempt_count > 0 and ${named('d')}
    ${inOrder(slice, 'd')} limit ${limit})`;
  const exhausted = sql`(
    select s.message_id, s.endpoint_id, s.application_id, 2, null::int4, s.schedule_step,
      null::int8, 0
    from posthaste.settled_delivery as s where s.state = 2 and ${named('s')}
    ${inOrder(slice, 's')} limit ${limit})`;
  const parts = state === null ? [failing, exhausted] : [state === 'pending' ? failing : exhausted];
  return sql`(
    select message_id, endpoint_id, application_id, state, attempt_count, schedule_step, due_at,
      claim_owner
    from (${sql.join(parts, sql` union all `)})
      as both_of (message_id, endpoint_id, application_id, state, attempt_count, schedule_step,
        due_at, claim_owner)
    ${inOrder(slice, 'both_of')} limit ${limit})`;
}

/** For an ended delivery the attempts are counted, only in rows that are shown. */
export const ATTEMPT_COUNT: RawBuilder<number> = sql`coalesce(owed.attempt_count,
  (select count(*)::int4 from posthaste.attempt as a
    where a.message_id = owed.message_id and (a.endpoint_id = owed.endpoint_id) is true))`;
