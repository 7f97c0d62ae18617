import { firstId } from '../../domain/ids.ts';
import type { ConnectionPool } from './connection-pool.ts';

export const DAY_MS = 86_400_000;
const DAYS_AHEAD = 3;
const TABLES = ['message', 'settled_delivery', 'attempt'];
const PARTITIONS_LOCK = 0x706f73746862;

/** When the day of the instant began, in UTC. */
export function dayOf(instant: number): number {
  return Math.floor(instant / DAY_MS) * DAY_MS;
}

/**
 * Makes the partitions of the day and the next ones where they are missing: one of each table for a day
 * in UTC, by the ids that are made on it. Called at the start and on each new day.
 *
 * A day for which the default partition has rows already, because a clock was wrong, gets no
 * partition: its rows stay where they are.
 */
export async function makePartitions(pool: ConnectionPool, today: number): Promise<void> {
  for (let day = 0; day <= DAYS_AHEAD; day++) await makeDay(pool, today + day * DAY_MS);
}

async function makeDay(pool: ConnectionPool, from: number): Promise<void> {
  const suffix = new Date(from).toISOString().slice(0, 10).replaceAll('-', '');
  const [first, end] = [firstId('msg', from), firstId('msg', from + DAY_MS)];
  const { rows } = await pool.run<{ missing: string }>({
    text: `select name as missing from unnest($1::text[]) as name
      where to_regclass('posthaste.' || name || '_' || $2) is null`,
    values: [TABLES, suffix],
  });
  if (rows.length === 0) return;
  await pool.transaction(async (send) => {
    await send({ text: `select pg_advisory_xact_lock(${PARTITIONS_LOCK})` });
    for (const { missing: table } of rows) {
      const column = table === 'message' ? 'id' : 'message_id';
      const { rows: taken } = await send({
        text: `select from posthaste.${table}_default where ${column} >= $1 and ${column} < $2 limit 1`,
        values: [first, end],
      });
      if (taken.length > 0) continue;
      await send({
        text: `create table if not exists posthaste.${table}_${suffix}
          partition of posthaste.${table} for values from ('${first}') to ('${end}')`,
      });
    }
  });
}

/** Deletes idempotency keys that have expired, a bounded number at a time. */
export async function forgetOldKeys(pool: ConnectionPool, now: number): Promise<void> {
  await pool.run({
    name: 'forget-keys',
    text: `delete from posthaste.message_key where (application_id, kind, key) in (
      select application_id, kind, key from posthaste.message_key
      where kind = 'idempotencyKey' and expires_at <= $1 order by expires_at limit 10000)`,
    values: [now],
  });
}
