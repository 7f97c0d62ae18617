import { shardOf } from '../fleet.ts';
import { int2Array, textArray } from './binary-array.ts';
import type { NextDueRow } from '../repositories/sql-backend.ts';
import type { ConnectionPool } from './connection-pool.ts';

/** An endpoint that was ordered for a while may have ordered and unordered deliveries: the earlier one counts. */
export const NEXT_DUE = `
  select e.id as endpoint_id, least(
    (select d.due_at from posthaste.delivery as d
      where d.shard = e.shard and d.endpoint_id = e.id and d.claim_owner = 0 and d.sequence is null
      order by d.due_at, d.message_id limit 1),
    (select case when d.claim_owner = 0 then d.due_at end from posthaste.delivery as d
      where d.shard = e.shard and d.endpoint_id = e.id and d.sequence is not null
      order by d.sequence, d.message_id limit 1)
  ) as due_at
  from unnest($1::int2[], $2::text[]) as e (shard, id)`;

export async function nextDue(
  pool: ConnectionPool,
  endpointIds: readonly string[],
): Promise<readonly NextDueRow[]> {
  const { rows } = await pool.run<NextDueRow>({
    name: 'next-due',
    text: NEXT_DUE,
    values: [int2Array(endpointIds.map(shardOf)), textArray(endpointIds)],
  });
  return rows;
}
