import { PosthasteError } from '../../domain/errors.ts';
import { systemClock } from '../../domain/clock.ts';
import { ConnectionPool } from '../postgres/connection-pool.ts';
import { DatabaseTime } from '../postgres/database-time.ts';
import { migratePostgres, pendingMigrations } from '../postgres/migrations/migrate.ts';
import { PartitionsOfIds, partitionColumn } from '../postgres/partitions.ts';
import { requireSessions } from '../postgres/require-sessions.ts';
import { OTHER_COPY, refuseData, refuseFleet } from './target-checks.ts';
import { arrayOfType } from './column-arrays.ts';
import type { CopiedPart, CopiedTimes } from './copied-parts.ts';
import { type Mark, type TableCount, readCopy } from './copy-state.ts';
import type { Batch, SummedColumn } from './sqlite-source.ts';
import { sumsQuery } from './sums.ts';

/** The copy in the target, begun by this run or an earlier one. */
export interface CopyInTarget {
  readonly times: CopiedTimes;
  readonly marks: ReadonlyMap<string, Mark>;
  /** Null until the copy is complete and verified. */
  readonly tables: readonly TableCount[] | null;
}

export interface TargetColumn extends SummedColumn {
  readonly type: string;
  readonly required: boolean;
}

/** A PostgreSQL database to which only the copy writes. Calls reject with a `PosthasteError`. */
export interface PostgresTarget {
  /** Rejects when the database is in use, or holds other data than an earlier part of the same copy. */
  check(source: string): Promise<void>;
  /** Migrates the database to this version's schema, and begins or resumes the copy. */
  begin(source: string): Promise<CopyInTarget>;
  columnsOf(table: string): Promise<TargetColumn[]>;
  /** Stores the rows and the mark in one transaction, and makes the partitions that the rows need. */
  insert(
    part: CopiedPart,
    columns: readonly TargetColumn[],
    batch: Batch,
    mark: Mark,
  ): Promise<void>;
  sums(table: string, columns: readonly SummedColumn[]): Promise<number[]>;
  /** From now on processes may use the database. */
  finish(tables: readonly TableCount[]): Promise<void>;
  close(): Promise<void>;
}

export function openPostgresTarget(url: string): PostgresTarget {
  const pool = new ConnectionPool({
    url,
    size: 1,
    // A crash of the server may lose the newest batches together with their marks, which is harmless. The last
    // commit waits for the disk.
    settings: { lock_timeout: '30s', synchronous_commit: 'off' },
    deadlineMs: 0,
    connectWithinMs: 10_000,
    onStatement: () => {},
  });
  const partitions = new PartitionsOfIds(pool);

  async function check(source: string): Promise<void> {
    await requireSessions(url);
    // Throws for a newer schema.
    await pendingMigrations(url);
    const { rows } = await pool.run<{ found: boolean }>({
      text: `select to_regclass('posthaste.schema_version') is not null as found`,
    });
    if (rows[0]?.found !== true) return;
    await refuseFleet(pool);
    const copy = await readCopy(pool);
    if (copy === null) await refuseData(pool);
    else if (copy.source !== source) throw new PosthasteError('configuration', OTHER_COPY);
  }

  async function begin(source: string): Promise<CopyInTarget> {
    await migratePostgres(url);
    const time = new DatabaseTime(systemClock, async () => {
      const { rows } = await pool.run<{ now: number }>({
        text: 'select (extract(epoch from clock_timestamp()) * 1000)::int8 as now',
      });
      return rows[0]?.now ?? 0;
    });
    await time.compare();
    await pool.run({
      text: `insert into posthaste.copy (source, claims_end_at, ahead_ms) values ($1, $2, $3)
        on conflict do nothing`,
      values: [source, systemClock.now(), time.stored(0)],
    });
    // A process that registers after this row is committed refuses to start; an earlier one is found here.
    await refuseFleet(pool);
    const copy = await readCopy(pool);
    if (copy === null)
      throw new PosthasteError('internal', 'the row of the copy has disappeared from the target');
    if (copy.source !== source) throw new PosthasteError('configuration', OTHER_COPY);
    return {
      times: { claimsEndAt: copy.claims_end_at, aheadMs: copy.ahead_ms },
      marks: new Map(Object.entries(copy.marks)),
      tables: copy.tables,
    };
  }

  async function columnsOf(table: string): Promise<TargetColumn[]> {
    const { rows } = await pool.run<{ name: string; type: string; required: boolean }>({
      text: `select column_name as name, udt_name as type,
          is_nullable = 'NO' and column_default is null and is_identity = 'NO' as required
        from information_schema.columns
        where table_schema = 'posthaste' and table_name = $1 order by ordinal_position`,
      values: [table],
    });
    return rows.map((row) => ({ ...row, isText: row.type === 'text' }));
  }

  async function insert(
    part: CopiedPart,
    columns: readonly TargetColumn[],
    { rows }: Batch,
    mark: Mark,
  ): Promise<void> {
    const idColumn = partitionColumn(part.table);
    const idAt = columns.findIndex(({ name }) => name === idColumn);
    if (idAt >= 0) await partitions.make(rows.map((row) => String(row[idAt])));
    const names = columns.map(({ name }) => `"${name}"`).join(', ');
    const arrays = columns.map(({ type }, index) => `$${index + 1}::${type}[]`).join(', ');
    await pool.transaction(async (send) => {
      await send({
        text: `insert into posthaste.${part.table} (${names}) select ${names}
          from unnest(${arrays}) as given (${names})`,
        values: columns.map(({ type }, index) =>
          arrayOfType(
            type,
            rows.map((row) => row[index] ?? null),
          ),
        ),
      });
      // Of two copies that run at once, the second finds another batch number and fails.
      const { rowCount } = await send({
        text: `update posthaste.copy set marks = marks || jsonb_build_object($1::text, $2::jsonb)
          where coalesce((marks -> $1 -> 'rows')::int8, 0) = $3 and finished_at is null`,
        values: [part.name, JSON.stringify(mark), mark.rows - rows.length],
      });
      if (rowCount !== 1) {
        throw new PosthasteError('conflict', 'another copy writes to the target database');
      }
    });
  }

  return {
    check,
    begin,
    columnsOf,
    insert,
    async sums(table, columns) {
      const text = sumsQuery(`posthaste.${table}`, columns, 'postgres');
      const { rows } = await pool.run<Record<string, number>>({ text });
      return Object.values(rows[0] ?? {});
    },
    async finish(tables) {
      await pool.runAll([
        { text: 'set local synchronous_commit = on' },
        {
          text: 'update posthaste.copy set finished_at = clock_timestamp(), tables = $1',
          values: [JSON.stringify(tables)],
        },
      ]);
    },
    close: () => pool.close(),
  };
}
