import type { FleetProcess } from '../../fleet.ts';
import type { ConnectionPool } from '../connection-pool.ts';

/**
 * Every process that uses the database, or did in the last hour and went without a farewell. `ours`
 * makes an instant of the database one of this process.
 */
export async function readProcesses(
  pool: ConnectionPool,
  ours: (stored: number) => number,
): Promise<FleetProcess[]> {
  const { rows } = await pool.run<ProcessRow>({ text: PROCESSES });
  return rows.map((row) => ({
    number: row.number,
    name: row.name,
    roles: row.roles,
    version: row.version,
    startedAt: ours(row.started_at),
    leaseUntil: ours(row.lease_until),
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

// One that is gone is told by a lease that is over, even if it was declared so a moment before.
const PROCESSES = `
  select number, name, roles, version,
    (extract(epoch from started_at) * 1000)::int8 as started_at,
    (extract(epoch from lease_until) * 1000)::int8 as lease_until,
    (select count(*)::int4 from posthaste.shard as s where s.owner = p.number) as owned_shards
  from posthaste.process as p
  order by number`;
