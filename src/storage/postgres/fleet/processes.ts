import type { FleetProcess } from '../../fleet.ts';
import type { ConnectionPool } from '../connection-pool.ts';

/**
 * Every process that uses the database, and those that ended without unregistering in the last hour. `local`
 * converts an instant of the database to this process's time.
 */
export async function readProcesses(
  pool: ConnectionPool,
  local: (stored: number) => number,
): Promise<FleetProcess[]> {
  const { rows } = await pool.run<ProcessRow>({ text: PROCESSES });
  return rows.map((row) => ({
    number: row.number,
    name: row.name,
    roles: row.roles,
    version: row.version,
    startedAt: local(row.started_at),
    leaseUntil: local(row.lease_until),
    ownedShards: row.owned_shards,
  }));
}

interface ProcessRow {
  readonly number: number;
  readonly name: string;
  readonly roles: readonly string[];
  readonly version: string;
  readonly started_at: number;
  readonly lease_until: number;
  readonly owned_shards: number;
}

// A process that was declared gone is shown with an ended lease, even if that happened a moment before its end.
const PROCESSES = `
  select number, name, roles, version,
    (extract(epoch from started_at) * 1000)::int8 as started_at,
    (extract(epoch from lease_until) * 1000)::int8 as lease_until,
    (select count(*)::int4 from posthaste.shard as s where s.owner = p.number) as owned_shards
  from posthaste.process as p
  order by number`;
