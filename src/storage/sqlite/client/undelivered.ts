import { type RawBuilder, sql } from 'kysely';
import { and, inOrder, withinPlaces } from '../../repositories/undelivered.ts';
import type { UndeliveredRequest } from '../../repositories/sql-backend.ts';
import { STATE } from '../wire/calls.ts';

/** Must equal the text in the indexes (`0027-undelivered.ts`): SQLite uses them for no other text. */
const WITH_FAILURES = sql.raw('(state = 2 or (state = 0 and attempt_count > 0))');

/** Reads deliveries along the index by application, or over all applications. */
export function undeliveredSource(
  { applicationId, endpointId, state, slice }: UndeliveredRequest,
  limit: number,
): RawBuilder<unknown> {
  const index = applicationId === null ? 'delivery_undelivered' : 'delivery_undelivered_of';
  return sql`(
    select message_id, endpoint_id, application_id, state, attempt_count, schedule_step, due_at,
      claim_owner
    from delivery indexed by ${sql.raw(index)}
    where ${WITH_FAILURES} and ${and([
      ...(applicationId === null ? [] : [sql<boolean>`application_id = ${applicationId}`]),
      ...(endpointId === null ? [] : [sql<boolean>`endpoint_id = ${endpointId}`]),
      ...(state === null ? [] : [sql<boolean>`state = ${STATE[state]}`]),
      withinPlaces(slice, 'delivery'),
    ])}
    ${inOrder(slice, 'delivery')} limit ${limit})`;
}
