import type { ConnectionPool, Send } from '../connection-pool.ts';
import { isConnectionFault } from '../postgres-errors.ts';

/** An index that a migration adds to a table that may be large. */
export interface OnlineIndex {
  readonly name: string;
  /** The name without schema. */
  readonly table: string;
  /** The columns, and the condition of a partial index. */
  readonly on: string;
}

/**
 * Builds the index while others write to the table. On a partitioned table PostgreSQL can't do that in one
 * statement: each partition gets its part of the index, and `createIndex` only puts the parts together. Parts that an
 * earlier try has completed are kept; unfinished ones are dropped first.
 *
 * `create index concurrently` waits for the transactions that were open when it began, such as a long backup; other
 * sessions don't wait behind it. After `waitMs` it fails like a statement that waits for a lock.
 */
export async function buildOnline(
  pool: ConnectionPool,
  index: OnlineIndex,
  waitMs: number,
): Promise<void> {
  await pool.onOneConnection(async (send) => {
    // Not `set local`: `create index concurrently` can't run in a transaction.
    await send({ text: `set statement_timeout = 0; set lock_timeout = ${waitMs}` });
    try {
      for (const { name, table } of await missingParts(send, index)) {
        await send({ text: `drop index concurrently if exists posthaste.${name}` });
        await send({
          text: `create index concurrently ${name} on posthaste.${table} ${index.on}`,
        });
      }
    } catch (error) {
      if (!isConnectionFault(error)) await send({ text: RESET });
      throw error;
    }
    await send({ text: RESET });
  });
}

/** The tables that hold the rows (partitions, or the table itself) and lack the index, with the name of its part. */
async function missingParts(
  send: Send,
  index: OnlineIndex,
): Promise<{ readonly name: string; readonly table: string }[]> {
  const { rows } = await send<{ table: string }>({
    text: LEAVES,
    values: [`posthaste.${index.table}`],
  });
  const parts = rows.map(({ table }) => ({
    name: table === index.table ? index.name : `${table}_${index.name}`,
    table,
  }));
  const { rows: valid } = await send<{ name: string }>({
    text: VALID,
    values: [parts.map(({ name }) => name)],
  });
  const complete = new Set(valid.map(({ name }) => name));
  return parts.filter(({ name }) => !complete.has(name));
}

/** The statement that completes the index from the parts of `buildOnline`, or builds all of it when there are none. */
export function createIndex({ name, table, on }: OnlineIndex): string {
  return `create index if not exists ${name} on posthaste.${table} ${on};\n`;
}

const RESET = 'reset statement_timeout; reset lock_timeout';

const LEAVES = `
  select c.relname as table from pg_partition_tree($1::regclass) as t
  join pg_class as c on c.oid = t.relid where t.isleaf`;

const VALID = `
  select c.relname as name from pg_class as c join pg_index as i on i.indexrelid = c.oid
  where c.relnamespace = 'posthaste'::regnamespace and c.relname = any($1) and i.indisvalid`;
