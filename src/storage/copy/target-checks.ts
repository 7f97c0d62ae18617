import { PosthasteError } from '../../domain/errors.ts';
import type { ConnectionPool } from '../postgres/connection-pool.ts';
import { LEASE_TIMES } from '../postgres/fleet/lease.ts';

export const OTHER_COPY =
  'the target holds a copy of another database, or a server has used the source since that copy began: use an empty target database, or drop the schema posthaste in this one, and copy again';

/**
 * Rejects when processes use the target: a process registers before it does anything else. A process whose
 * lease has ended may only hang and come back, so it counts, too.
 */
export async function refuseFleet(pool: ConnectionPool): Promise<void> {
  const { rows } = await pool.run<{ name: string }>({
    text: `select name from posthaste.process
      where not gone and lease_until > clock_timestamp() - $1 * interval '1 ms' order by number`,
    values: [LEASE_TIMES.patienceMs],
  });
  if (rows.length === 0) return;
  const names = rows.map(({ name }) => name).join(', ');
  throw new PosthasteError(
    'storage_locked',
    `processes use the target database: ${names}. Stop them and try again; after a kill, wait 8 seconds for the lease to end`,
  );
}

export async function refuseData(pool: ConnectionPool): Promise<void> {
  const { rows } = await pool.run<{ name: string }>({
    text: `select relname as name from pg_class
      where relnamespace = 'posthaste'::regnamespace and relkind in ('r', 'p') and not relispartition
      order by relname`,
  });
  for (const { name } of rows) {
    if (WITHOUT_SOURCE.includes(name)) continue;
    const { rows: some } = await pool.run({ text: `select from posthaste."${name}" limit 1` });
    if (some.length === 0) continue;
    throw new PosthasteError(
      'configuration',
      `the target database holds data already (in posthaste.${name}): a copy needs an empty one`,
    );
  }
}

/** Tables that only PostgreSQL has: those of the fleet and of the outbox. */
export const WITHOUT_SOURCE: readonly string[] = [
  'change',
  'copy',
  'outbox',
  'outbox_failed',
  'process',
  'retention_mark',
  'schema_version',
  'shard',
];
