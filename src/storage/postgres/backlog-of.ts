import { type Backlog, BACKLOG_COUNTED } from '../storage.ts';
import { int2Array } from './binary-array.ts';
import type { ConnectionPool } from './connection-pool.ts';
import type { DatabaseTime } from './database-time.ts';
import { ALL_SHARDS } from '../fleet.ts';
import { SCAN } from './verbs/scan.ts';

/** One seek for each endpoint with work, and an index read up to the limit of the count. */
export async function backlogOf(pool: ConnectionPool, time: DatabaseTime): Promise<Backlog> {
  const { rows } = await pool.run<{ waiting: number; oldest_due_at: number | null }>({
    text: BACKLOG,
    values: [int2Array(ALL_SHARDS)],
  });
  const dueAt = rows[0]?.oldest_due_at ?? null;
  return {
    waiting: rows[0]?.waiting ?? 0,
    oldestDueAt: dueAt === null ? null : time.local(dueAt),
  };
}

// Claimed deliveries are few beside a backlog of that size, so skipping them keeps the count bounded.
const BACKLOG = `
  select
    (select count(*)::int4 from (
      select from posthaste.delivery where claim_owner = 0 limit ${BACKLOG_COUNTED}
    ) as counted) as waiting,
    (select min(w.due_at) from (${SCAN}) as w
      join posthaste.endpoint as e on e.id = w.endpoint_id
      where e.disabled_at is null and e.paused_at is null and e.deleted_at is null) as oldest_due_at`;
