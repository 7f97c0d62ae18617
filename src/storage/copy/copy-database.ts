import { PosthasteError } from '../../domain/errors.ts';
import { arrayOfType } from './column-arrays.ts';
import type { CopiedPart } from './copied-parts.ts';
import type { Mark, TableCount } from './copy-state.ts';
import { type PostgresTarget, type TargetColumn, openPostgresTarget } from './postgres-target.ts';
import { type BatchBounds, type SqliteSource, openSqliteSource } from './sqlite-source.ts';

export interface CopyOptions {
  /** Path of the SQLite file. */
  readonly from: string;
  /** URL of the PostgreSQL database. */
  readonly to: string;
  /** Only report what would be copied, without writing to the target. */
  readonly dryRun?: boolean;
  /** Called after each batch. */
  readonly onProgress?: (progress: CopyProgress) => void;
  /** Bounds of one transaction; tests set others. */
  readonly batch?: BatchBounds;
}

export interface CopyProgress {
  /** The name of the table that is being copied, or `verifying`. */
  readonly step: string;
  /** Rows copied so far, by this run and earlier ones. */
  readonly rows: number;
  readonly ofRows: number;
}

export interface CopyResult {
  readonly outcome: 'copied' | 'copied before' | 'dry run';
  /** The tables of the target; after a dry run, the tables as they would be. */
  readonly tables: readonly TableCount[];
  /** Rows that this run copied; earlier runs copied the others. */
  readonly rowsOfRun: number;
}

/**
 * Copies a SQLite database that no process uses into an empty PostgreSQL database: everything that an
 * installation holds. The source is only read.
 *
 * A batch of rows and the mark of how far the copy is are one transaction of the target. So the next run
 * resumes one that was killed at any point, and no row is copied twice or left out. At the end
 * counts and sums of each table are compared; before that no process can use the target.
 *
 * Rejects with a `PosthasteError` when a process uses one of the databases, when the target holds other
 * data, or when the schema of one of them has another version.
 */
export async function copyDatabase(options: CopyOptions): Promise<CopyResult> {
  const source = openSqliteSource(options.from);
  const target = openPostgresTarget(options.to);
  try {
    await target.check(source.identity);
    if (options.dryRun === true) return plan(source);
    const { times, marks, tables } = await target.begin(source.identity);
    if (tables !== null) return { outcome: 'copied before', tables, rowsOfRun: 0 };
    const parts = await matched(source, target, source.parts(times));
    const rowsOfRun = await copyParts(source, target, parts, marks, options);
    const verified = await verify(source, target, parts);
    await target.finish(verified);
    return { outcome: 'copied', tables: verified, rowsOfRun };
  } finally {
    await target.close();
    source.close();
  }
}

function plan(source: SqliteSource): CopyResult {
  const rows = new Map<string, number>();
  for (const part of source.parts({ claimsEndAt: 0, aheadMs: 0 })) {
    rows.set(part.table, (rows.get(part.table) ?? 0) + source.count(part));
  }
  const tables = [...rows].map(([table, count]) => ({ table, rows: count }));
  return { outcome: 'dry run', tables, rowsOfRun: 0 };
}

interface MatchedPart extends CopiedPart {
  /** The columns of the target that the source has, in the order in which the source reads them. */
  readonly columns: readonly TargetColumn[];
}

/** Throws when a column exists on one side only: its values would be lost, or missing. */
async function matched(
  source: SqliteSource,
  target: PostgresTarget,
  parts: readonly CopiedPart[],
): Promise<MatchedPart[]> {
  const all: MatchedPart[] = [];
  for (const part of parts) {
    const offered = source.columnsOf(part);
    const wanted = await target.columnsOf(part.table);
    const columns = offered.map((name) => {
      const column = wanted.find((one) => one.name === name);
      if (column === undefined) throw defect(`posthaste.${part.table} has no column ${name}`);
      // Throws when there is no form for its type.
      arrayOfType(column.type, []);
      return column;
    });
    for (const { name, required } of wanted) {
      if (required && !offered.includes(name)) {
        throw defect(`nothing is copied to posthaste.${part.table}.${name}`);
      }
    }
    all.push({ ...part, columns });
  }
  return all;
}

async function copyParts(
  source: SqliteSource,
  target: PostgresTarget,
  parts: readonly MatchedPart[],
  marks: ReadonlyMap<string, Mark>,
  { onProgress = () => {}, batch: bounds = BATCH }: CopyOptions,
): Promise<number> {
  const ofRows = parts.reduce((sum, part) => sum + source.count(part), 0);
  let rows = [...marks.values()].reduce((sum, mark) => sum + mark.rows, 0);
  let rowsOfRun = 0;
  for (const part of parts) {
    let mark = marks.get(part.name);
    for (;;) {
      onProgress({ step: part.name, rows, ofRows });
      const batch = source.read(part, mark?.key ?? null, bounds);
      if (batch === undefined) break;
      mark = { key: batch.key, rows: (mark?.rows ?? 0) + batch.rows.length };
      await target.insert(part, part.columns, batch, mark);
      rows += batch.rows.length;
      rowsOfRun += batch.rows.length;
    }
  }
  onProgress({ step: 'verifying', rows, ofRows });
  return rowsOfRun;
}

/** Throws unless each table of the target has the same count and sums as its source. */
async function verify(
  source: SqliteSource,
  target: PostgresTarget,
  parts: readonly MatchedPart[],
): Promise<TableCount[]> {
  const tables: TableCount[] = [];
  const differences: string[] = [];
  for (const [table, its] of Map.groupBy(parts, (part) => part.table)) {
    const columns = (its[0]?.columns ?? []).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const expected = its
      .map((part) => source.sums(part, columns))
      .reduce((sums, more) => sums.map((sum, index) => sum + (more[index] ?? 0)));
    const found = await target.sums(table, columns);
    for (const [index, sum] of expected.entries()) {
      if (sum === found[index]) continue;
      const what = index === 0 ? 'rows' : `in the sum of ${columns[index - 1]?.name ?? ''}`;
      differences.push(`${table}: ${found[index] ?? 0} ${what} instead of ${sum}`);
    }
    tables.push({ table, rows: expected[0] ?? 0 });
  }
  if (differences.length === 0) return tables;
  throw new PosthasteError(
    'internal',
    `the target differs from the source, so no process may use it:\n  ${differences.join('\n  ')}`,
  );
}

function defect(reason: string): PosthasteError {
  return new PosthasteError('internal', `a defect in Posthaste: ${reason}`);
}

const BATCH: BatchBounds = { rows: 5_000, chars: 4 * 1024 * 1024 };
