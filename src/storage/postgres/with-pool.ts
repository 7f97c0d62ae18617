import { ConnectionPool } from './connection-pool.ts';
import { refusalExplained } from './postgres-errors.ts';

/**
 * For what is done once, before or without the storage: on connections of its own, without settings, which a
 * pooler would give to others with the session. A refusal of the server is an error of the configuration.
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
