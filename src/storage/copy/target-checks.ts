import { PosthasteError } from '../../domain/errors.ts';
import type { ConnectionPool } from '../postgres/connection-pool.ts';
import { LEASE_TIMES } from '../postgres/fleet/lease.ts';

export const OTHER_COPY =
  'the target holds a copy of another database, or a server has used the source since that copy began: give an empty database, or drop the schema posthaste of this one to begin again';

/** A process registers before it does anything else. One whose lease is over may hang, and come back. */
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
    `processes use the target database: ${names}. Stop them, and try again; the lease of one that was killed ends within 8 seconds`,
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

/** Tables of PostgreSQL alone: of the processes, and of messages that are none yet. */
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
