import type { ConnectionPool } from '../postgres/connection-pool.ts';
import type { Key } from './sqlite-source.ts';

/** How far the copy of a part is. */
export interface Mark {
  /** The key of the last row that was copied. */
  readonly key: Key;
  readonly rows: number;
}

/** What the verification counted, in both databases. */
export interface TableCount {
  readonly table: string;
  readonly rows: number;
}

/** The state of the copy, as stored in the target (`postgres/migrations/0004-copy.ts`). */
export interface CopyRow {
  readonly source: string;
  readonly claims_end_at: number;
  readonly ahead_ms: number;
  readonly marks: Readonly<Record<string, Mark>>;
  /** Null while the copy is incomplete. */
  readonly tables: readonly TableCount[] | null;
}

/** Reads the state of the copy; null when no copy was begun in this database. */
export async function readCopy(pool: ConnectionPool): Promise<CopyRow | null> {
  const { rows: found } = await pool.run<{ found: boolean }>({
    text: `select to_regclass('posthaste.copy') is not null as found`,
  });
  if (found[0]?.found !== true) return null;
  const { rows } = await pool.run<CopyRow>({ text: 'select * from posthaste.copy' });
  return rows[0] ?? null;
}
