import { sql } from 'kysely';
import type { RawBuilder, SqlBool } from 'kysely';
import { MESSAGE_LENGTH } from '../../repositories/message-columns.ts';
import { inSlice } from '../../repositories/paging.ts';
import type { Slice } from '../../repositories/paging.ts';
import type { OwedRequest, OwedRow } from '../../repositories/sql-backend.ts';
import type { Standing } from '../../storage.ts';
import { STATE } from '../wire/calls.ts';

/**
 * Reads the application's messages in their order, and whether each lists the endpoint or has a delivery to it
 * (`worker/rowless-deliveries.ts`). A list of exhausted or cancelled deliveries reads the index of these
 * instead.
 */
export function messagesOfEndpoint({
  applicationId,
  endpointId,
  slice,
  standing,
  conditions,
}: OwedRequest): RawBuilder<OwedRow> {
  const ended = standing === 'exhausted' || standing === 'cancelled' ? standing : null;
  // These joins make SQLite read the tables from left to right.
  const from =
    ended === null
      ? sql`message left join delivery as owed
          on owed.message_id = message.id and owed.endpoint_id = ${endpointId}`
      : sql`delivery as owed cross join message`;
  const wanted =
    ended === null
      ? sql<SqlBool>`message.application_id = ${applicationId}
          and (owed.state is not null or instr(message.claimed_endpoint_ids, ${`"${endpointId}"`}) > 0)
          and ${inSlice(slice, 'message.id')} and ${standingIs(standing, endpointId)}`
      : sql<SqlBool>`${endedAs(endpointId, ended)} and ${inSlice(slice, 'owed.message_id')}
          and message.application_id = ${applicationId} and message.id = owed.message_id`;
  const order = sql.ref(ended === null ? 'message.id' : 'owed.message_id');
  return sql<OwedRow>`
    select ${MESSAGE_LENGTH},
      ${state(endpointId)} as state,
      coalesce(owed.attempt_count, (select count(*) from attempt
        where attempt.message_id = message.id and attempt.endpoint_id = ${endpointId})) as attempt_count,
      coalesce(owed.schedule_step, 0) as schedule_step,
      case when owed.state is null then message.claimed_until else owed.due_at end as due_at,
      coalesce(owed.claim_owner, 1) as claim_owner
    from ${from}
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
    select owed.message_id as id from delivery as owed
    where ${endedAs(endpointId, ended)} and ${inSlice(slice, 'owed.message_id')}
    order by owed.message_id ${sql.raw(slice.direction)} limit 1 offset ${count - 1}`;
}

/** A literal, because SQLite uses the partial index of ended deliveries only with one. */
function endedAs(endpointId: string, ended: 'exhausted' | 'cancelled'): RawBuilder<SqlBool> {
  return sql`owed.endpoint_id = ${endpointId} and owed.state > 1 and owed.state = ${STATE[ended]}`;
}

/** A delivery without a row is delivered once it has a successful attempt. */
function state(endpointId: string): RawBuilder<number> {
  return sql`coalesce(owed.state, ${isProven(endpointId)})`;
}

function isProven(endpointId: string): RawBuilder<number> {
  return sql`exists (select 1 from attempt where attempt.message_id = message.id
    and attempt.endpoint_id = ${endpointId} and attempt.succeeded = 1)`;
}

function standingIs(standing: Standing | undefined, endpointId: string): RawBuilder<SqlBool> {
  switch (standing) {
    case 'delivered':
      return sql`${state(endpointId)} = ${STATE.delivered}`;
    case 'waiting':
      return sql`owed.state = 0 and owed.claim_owner = 0 and owed.attempt_count = 0`;
    case 'sending':
      return sql`(owed.state = 0 and (owed.claim_owner <> 0 or owed.attempt_count > 0)
        or owed.state is null and not ${isProven(endpointId)})`;
    default:
      return sql`true`;
  }
}
