import { existsSync } from 'node:fs';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { PosthasteError } from '../../domain/errors.ts';
import { shardOf } from '../fleet.ts';
import { requireCurrentSchema } from '../sqlite/migrations/migrate.ts';
import { lockDatabase, openForReading } from '../sqlite/worker/connection.ts';
import { failureOf } from '../sqlite/worker/sqlite-errors.ts';
import {
  type CopiedPart,
  type CopiedTimes,
  LEFT_BEHIND,
  TRANSFORMED,
  transformedParts,
} from './copied-parts.ts';
import { sumsQuery } from './sums.ts';

export type Value = string | number | null;
export type Key = readonly Value[];

/** Consecutive rows of a part. */
export interface Batch {
  readonly rows: readonly (readonly Value[])[];
  /** The key of the last row. */
  readonly key: Key;
}

export interface BatchBounds {
  readonly rows: number;
  /** A batch ends with the row that exceeds this number of characters. */
  readonly chars: number;
}

/** A SQLite database that no other process uses. It is only read. */
export interface SqliteSource {
  /** Identifies this state of the database: it changes when a server uses the database again. */
  readonly identity: string;
  parts(times: CopiedTimes): CopiedPart[];
  columnsOf(part: CopiedPart): string[];
  count(part: CopiedPart): number;
  /** The next batch of rows after the key (null: from the first row); undefined when no row is left. */
  read(part: CopiedPart, after: Key | null, bounds: BatchBounds): Batch | undefined;
  /** Sums of the columns, as `sumsQuery` defines them. */
  sums(part: CopiedPart, columns: readonly SummedColumn[]): number[];
  close(): void;
}

export interface SummedColumn {
  readonly name: string;
  readonly isText: boolean;
}

/** Throws a `PosthasteError` when a server uses the file, or its schema has another version. */
export function openSqliteSource(path: string): SqliteSource {
  if (!existsSync(path)) {
    throw new PosthasteError('configuration', `the database ${path} does not exist`);
  }
  try {
    const lock = lockDatabase(path, false);
    try {
      const { db } = openForReading(path, null);
      return createSource(db, path, () => {
        db.close();
        lock.close();
      });
    } catch (error) {
      lock.close();
      throw error;
    }
  } catch (error) {
    const { code, message } = failureOf(error, path);
    const hint = code === 'storage_locked' ? ': stop the server before you copy its database' : '';
    throw new PosthasteError(code, message + hint, { cause: error });
  }
}

function createSource(db: DatabaseSync, path: string, close: () => void): SqliteSource {
  requireCurrentSchema(db, path);
  db.function('shard_of', { deterministic: true }, (id) => shardOf(String(id)));
  const statements = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    const prepared = statements.get(sql) ?? db.prepare(sql);
    prepared.setReturnArrays(true);
    statements.set(sql, prepared);
    return prepared;
  };
  const rowOf = (sql: string) => prepare(sql).get() as unknown as number[];
  const columnsOf = ({ from, without = [] }: CopiedPart) =>
    db
      .prepare(`select * from (${from}) limit 0`)
      .columns()
      .map(({ name }) => name)
      .filter((name) => !without.includes(name));

  return {
    identity: identityOf(db),
    parts: (times) => [...plainParts(db), ...transformedParts(times)],
    columnsOf,
    count: ({ from }) => rowOf(`select count(*) from (${from})`)[0] ?? 0,
    read(part, after, bounds) {
      const columns = columnsOf(part);
      const statement = prepare(`
        select ${[...columns, ...part.key].map(quoted).join(', ')} from (${part.from})
        ${after === null ? '' : `where (${part.key.map(quoted).join(', ')}) > (${after.map(() => '?').join(', ')})`}
        order by ${part.key.map(quoted).join(', ')} limit ${bounds.rows}`);
      return readBatch(statement, after ?? [], columns.length, bounds.chars);
    },
    sums: ({ from }, columns) => rowOf(sumsQuery(`(${from}) as part`, columns, 'sqlite')),
    close,
  };
}

function readBatch(
  statement: StatementSync,
  after: Key,
  width: number,
  mostChars: number,
): Batch | undefined {
  const rows: Value[][] = [];
  let key: Value[] = [];
  let chars = 0;
  for (const row of statement.iterate(...(after as SQLInputValue[]))) {
    const values = row as unknown as Value[];
    key = values.splice(width);
    rows.push(values);
    for (const value of values) if (typeof value === 'string') chars += value.length;
    if (chars > mostChars) break;
  }
  return rows.length === 0 ? undefined : { rows, key };
}

/** Each start of a server takes the next number. */
function identityOf(db: DatabaseSync): string {
  const last = db.prepare('select number, started_at from owner order by number desc').get();
  const first = db.prepare('select min(id) as id from application').get();
  return JSON.stringify([last?.['number'] ?? 0, last?.['started_at'] ?? 0, first?.['id'] ?? '']);
}

/** Tables that have the same form in the target. */
function plainParts(db: DatabaseSync): CopiedPart[] {
  const known = [...LEFT_BEHIND, ...TRANSFORMED];
  return db
    .prepare(`select name from sqlite_schema where type = 'table' order by name`)
    .all()
    .map((row) => String(row['name']))
    .filter((table) => !known.includes(table) && !table.startsWith('sqlite_'))
    .map((table) => ({
      name: table,
      table,
      from: `select * from ${quoted(table)}`,
      key: primaryKey(db, table),
    }));
}

function primaryKey(db: DatabaseSync, table: string): string[] {
  return db
    .prepare('select name from pragma_table_info(?) where pk > 0 order by pk')
    .all(table)
    .map((row) => String(row['name']));
}

function quoted(name: string): string {
  return `"${name}"`;
}
