import { shardOf } from '../fleet.ts';
import { int2Array, textArray } from './binary-array.ts';
import type { ConnectionPool } from './connection-pool.ts';
import type { DatabaseTime } from './database-time.ts';

/** Of an endpoint that was ordered for a while, both kinds may wait: the earlier one counts. */
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
  time: DatabaseTime,
  endpointIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await pool.run<{ endpoint_id: string; due_at: number | null }>({
    name: 'next-due',
    text: NEXT_DUE,
    values: [int2Array(endpointIds.map(shardOf)), textArray(endpointIds)],
  });
  const found = new Map<string, number>();
  for (const { endpoint_id, due_at } of rows) {
    if (due_at !== null) found.set(endpoint_id, time.ours(due_at));
  }
  return found;
}
