import { ConnectionPool } from './connection-pool.ts';
import { refusalExplained } from './postgres-errors.ts';

/**
 * Runs work that is done once, before or without the storage, on connections of its own. They have no settings,
 * because a pooler would pass settings on with the session. A refusal by the server becomes a `configuration`
 * error.
 */
export async function withPool<T>(
  url: string,
  { size, deadlineMs }: { readonly size: number; readonly deadlineMs: number },
  use: (pool: ConnectionPool) => Promise<T>,
): Promise<T> {
  const pool = new ConnectionPool({
    url,
    size,
    settings: {},
    deadlineMs,
    connectWithinMs: 10_000,
    onStatement: () => {},
  });
  try {
    return await use(pool);
  } catch (error) {
    throw refusalExplained(error);
  } finally {
    await pool.close();
  }
}
