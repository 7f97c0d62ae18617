import { sql } from 'kysely';
import type { RawBuilder, SqlBool } from 'kysely';
import { MESSAGE_LENGTH } from '../repositories/message-columns.ts';
import { inSlice } from '../repositories/paging.ts';
import type { Slice } from '../repositories/paging.ts';
import type { OwedRequest, OwedRow } from '../repositories/sql-backend.ts';
import type { Standing } from '../storage.ts';

/**
 * Reads the application's messages in their order, and for each the three tables that may hold its delivery to
 * the endpoint. A list of exhausted or cancelled deliveries reads the table of these alone. The limits in the
 * inner queries make PostgreSQL look up one message after the other by key: with plain joins, a page would
 * read the whole backlog.
 */
export function messagesOfEndpoint({
  applicationId,
  endpointId,
  slice,
  standing,
  conditions,
}: OwedRequest): RawBuilder<OwedRow> {
  const ended = standing === 'exhausted' || standing === 'cancelled' ? standing : null;
  const ofEndpoint = (table: string, columns: string) => sql`(
    select ${sql.raw(columns)} from posthaste.${sql.raw(table)} as found
    where found.message_id = message.id and found.endpoint_id = ${endpointId} limit 1)`;
  // `is true` hides the condition from the planner: without statistics, as in the minute after an import, it
  // would read all attempts of the endpoint for each message, by their index.
  const tried = sql`(
    select count(*)::int4 as count, max(found.succeeded) as succeeded from posthaste.attempt as found
    where found.message_id = message.id and (found.endpoint_id = ${endpointId}) is true)`;
  const from =
    ended === null
      ? sql`posthaste.message as message
          left join lateral ${ofEndpoint('settled_delivery', 'state, schedule_step')} as settled on true`
      : sql`posthaste.settled_delivery as settled
          cross join lateral (select * from posthaste.message as found
            where found.application_id = ${applicationId} and found.id = settled.message_id limit 1) as message`;
  const wanted =
    ended === null
      ? sql<SqlBool>`message.application_id = ${applicationId} and ${inSlice(slice, 'message.id')}
          and (owed.due_at is not null or settled.state is not null or tried.succeeded = 1)
          and ${standingIs(standing)}`
      : sql<SqlBool>`${endedAs(endpointId, ended)} and ${inSlice(slice, 'settled.message_id')}`;
  const order = sql.raw(ended === null ? 'message.id' : 'settled.message_id');
  return sql<OwedRow>`
    select ${MESSAGE_LENGTH},
      ${STATE} as state, coalesce(owed.attempt_count, tried.count) as attempt_count,
      coalesce(owed.schedule_step, settled.schedule_step, 0) as schedule_step,
      owed.due_at as due_at, coalesce(owed.claim_owner, 0) as claim_owner
    from ${from}
    left join lateral ${ofEndpoint('delivery', 'due_at, claim_owner, attempt_count, schedule_step')}
      as owed on true
    cross join lateral ${tried} as tried
    where ${sql.join([wanted, ...conditions], sql` and `)}
    order by ${order} ${sql.raw(slice.direction)} limit ${slice.limit}`;
}

export function endedBehind(
  endpointId: string,
  ended: 'exhausted' | 'cancelled',
  slice: Slice,
  count: number,
): RawBuilder<{ readonly id: string }> {
  return sql`
    select settled.message_id as id from posthaste.settled_delivery as settled
    where ${endedAs(endpointId, ended)} and ${inSlice(slice, 'settled.message_id')}
    order by settled.message_id ${sql.raw(slice.direction)} limit 1 offset ${count - 1}`;
}

const STATE = sql<number>`case when owed.due_at is not null then 0
  when settled.state is not null then settled.state else 1 end`;

function endedAs(endpointId: string, ended: 'exhausted' | 'cancelled'): RawBuilder<SqlBool> {
  const state = ended === 'exhausted' ? 2 : 3;
  return sql`settled.endpoint_id = ${endpointId} and settled.state = ${sql.lit(state)}`;
}

function standingIs(standing: Standing | undefined): RawBuilder<SqlBool> {
  switch (standing) {
    case 'delivered':
      return sql`${STATE} = 1`;
    case 'waiting':
      return sql`owed.due_at is not null and owed.claim_owner = 0 and owed.attempt_count = 0`;
    case 'sending':
      return sql`owed.due_at is not null and (owed.claim_owner <> 0 or owed.attempt_count > 0)`;
    default:
      return sql`true`;
  }
}
