import { int2Array } from '../binary-array.ts';
import type { ConnectionPool } from '../connection-pool.ts';
import type { DatabaseTime } from '../database-time.ts';
import type { DueIndex } from '../due-index.ts';

/** Shards of one statement. */
const CHUNK = 32;

/**
 * Adds every endpoint with work in the shards to the due index: one seek for each endpoint, however long its
 * backlog is. Finds work without a hint: at the start, in new shards, and when other processes wrote it.
 */
export async function scanForWork(
  pool: ConnectionPool,
  time: DatabaseTime,
  dueIndex: DueIndex,
  shards: readonly number[],
): Promise<void> {
  for (let from = 0; from < shards.length; from += CHUNK) {
    const { rows } = await pool.run<{ endpoint_id: string; due_at: number }>({
      name: 'scan',
      text: SCAN,
      values: [int2Array(shards.slice(from, from + CHUNK))],
    });
    for (const { endpoint_id, due_at } of rows) dueIndex.hint(endpoint_id, time.local(due_at));
  }
}

// A loose index scan: jumps from the first row of an endpoint to the first row of the next.
const firstOfEach = (order: string, condition: string) => `
  select first.endpoint_id, first.due_at, first.claim_owner
  from unnest($1::int2[]) as s (shard) cross join lateral (
    with recursive first as (
      (select d.endpoint_id, d.due_at, d.claim_owner from posthaste.delivery as d
       where d.shard = s.shard and ${condition}
       order by d.endpoint_id, ${order} limit 1)
      union all
      select next.* from first cross join lateral (
        select d.endpoint_id, d.due_at, d.claim_owner from posthaste.delivery as d
        where d.shard = s.shard and d.endpoint_id > first.endpoint_id and ${condition}
        order by d.endpoint_id, ${order} limit 1
      ) as next
    )
    select * from first
  ) as first`;

export const SCAN = `
  select endpoint_id, due_at from (
    ${firstOfEach('d.due_at, d.message_id', 'd.claim_owner = 0 and d.sequence is null')}
    union all
    ${firstOfEach('d.sequence, d.message_id', 'd.sequence is not null')}
  ) as found where claim_owner = 0`;
