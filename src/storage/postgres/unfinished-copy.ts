import { PosthasteError } from '../../domain/errors.ts';
import type { ConnectionPool } from './connection-pool.ts';

/** What was not copied yet would be missing: messages published twice, deliveries never made. */
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
