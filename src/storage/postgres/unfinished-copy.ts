import { PosthasteError } from '../../domain/errors.ts';
import type { ConnectionPool } from './connection-pool.ts';

/** Refuses a database with an unfinished copy: missing rows would cause duplicates and lost deliveries. */
export async function refuseUnfinishedCopy(pool: ConnectionPool): Promise<void> {
  const { rows } = await pool.run({
    text: 'select from posthaste.copy where finished_at is null',
  });
  if (rows.length === 0) return;
  throw new PosthasteError(
    'configuration',
    'an unfinished copy is in the database: run `posthaste copy` again until it is complete',
  );
}
