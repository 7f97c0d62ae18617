import type { ScheduledDelivery } from '../../storage.ts';
import { int8Array, textArray } from '../binary-array.ts';
import { OF_ENDPOINT, cancelling, tellingClaimants } from '../cancelling.ts';
import type { ConnectionPool, Statement } from '../connection-pool.ts';
import type { DatabaseTime } from '../database-time.ts';
import type { DueIndex } from '../due-index.ts';
import { payloadDeleted } from '../payload-deleted.ts';
import { shardOf } from '../../fleet.ts';

/** Deliveries to one endpoint. */
export interface Scheduled extends Omit<ScheduledDelivery, 'messageId' | 'dueAt'> {
  readonly due: readonly Pick<ScheduledDelivery, 'messageId' | 'dueAt'>[];
}

/**
 * Makes deliveries due, whatever their state, each at its step of the schedule; creates missing ones. Skips
 * messages whose payload is deleted.
 */
export function scheduleStatement(
  time: DatabaseTime,
  { due, endpointId, applicationId, trigger }: Scheduled,
): Statement {
  return {
    name: 'schedule',
    // At an ordered endpoint, deliveries go back to their places; one that never had a place goes to the front.
    text: `
      with wanted as (
        select m.id, m.due_at from unnest($1::text[], $5::int8[]) as m (id, due_at)
        where not exists (select from posthaste.message as e
          where e.application_id = $3 and e.id = m.id
            and ${payloadDeleted('e')})
      ),
      settled as (
        delete from posthaste.settled_delivery
        where message_id = any($1::text[]) and endpoint_id = $2
          and message_id in (select id from wanted)
        returning message_id, sequence, schedule_step
      )
      insert into posthaste.delivery as d
        (message_id, endpoint_id, application_id, shard, due_at, trigger, claim_owner,
         schedule_step, attempt_count, sequence)
      select m.id, $2, $3, $4, m.due_at, $6, 0,
        coalesce((select schedule_step from settled where message_id = m.id), 0),
        (select count(*) from posthaste.attempt as a
         where a.message_id = m.id and (a.endpoint_id = $2) is true),
        (select coalesce((select sequence from settled where message_id = m.id), 0)
         from posthaste.endpoint_sequence as s where s.endpoint_id = $2 and s.active)
      from wanted as m
      on conflict (message_id, endpoint_id) do update
        set trigger = excluded.trigger, due_at = excluded.due_at, claim_owner = 0`,
    values: [
      textArray(due.map(({ messageId }) => messageId)),
      endpointId,
      applicationId,
      shardOf(endpointId),
      int8Array(due.map(({ dueAt }) => time.stored(dueAt))),
      trigger === 'manual' ? 1 : 0,
    ],
  };
}

/** Endpoints of one statement. */
const CHUNK = 5_000;

/** Returns the endpoints of the due index that are deleted. */
export async function deletedEndpoints(
  pool: ConnectionPool,
  dueIndex: DueIndex,
): Promise<string[]> {
  const all = dueIndex.endpointIds();
  const deleted: string[] = [];
  for (let from = 0; from < all.length; from += CHUNK) {
    const { rows } = await pool.run<{ id: string }>({
      name: 'deleted-endpoints',
      text: 'select id from posthaste.endpoint where id = any($1::text[]) and deleted_at is not null',
      values: [textArray(all.slice(from, from + CHUNK))],
    });
    for (const { id } of rows) deleted.push(id);
  }
  return deleted;
}

/** Cancels at most `limit` deliveries of the endpoint; returns how many. */
export async function cancelDeliveries(
  pool: ConnectionPool,
  endpointId: string,
  limit: number,
): Promise<number> {
  const { rows } = await pool.run<{ count: number }>({
    name: 'cancel',
    text: `
      with owed as (
        (select message_id, endpoint_id from posthaste.delivery
         where shard = $2 and endpoint_id = $1 and claim_owner = 0 and sequence is null limit $3)
        union
        (select message_id, endpoint_id from posthaste.delivery
         where shard = $2 and endpoint_id = $1 and sequence is not null limit $3)
        union
        (select message_id, endpoint_id from posthaste.delivery
         where claim_owner <> 0 and endpoint_id = $1 limit $3)
        limit $3
      ),
      ${cancelling('select * from owed', OF_ENDPOINT)}
      select count(*)::int4 as count from cancelled`,
    values: [endpointId, shardOf(endpointId), limit],
  });
  return rows[0]?.count ?? 0;
}

/** Cancels deliveries of an endpoint, claimed or not. Its row: how many, and whether other processes are told. */
export function cancelStatement(endpointId: string, messageIds: readonly string[]): Statement {
  return {
    name: 'cancel-some',
    text: `
      with owed as (select id as message_id, $1::text as endpoint_id from unnest($2::text[]) as m (id)),
      ${cancelling('select * from owed', OF_ENDPOINT)},
      ${tellingClaimants('array[$1::text]')}
      select count(*)::int4 as count, exists (select from told) as told from cancelled`,
    values: [endpointId, textArray(messageIds)],
  };
}
