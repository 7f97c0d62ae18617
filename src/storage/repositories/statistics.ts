import { type Compilable, sql } from 'kysely';
import type { SqlBool } from 'kysely';
import type { AttemptSums } from '../../domain/attempt-counts.ts';
import type { RollupTable } from '../schema.ts';
import type { Rollup, RollupRange, StatisticsRepository } from '../storage.ts';
import type { SqlBackend } from './sql-backend.ts';

/** Reads with one seek for each bucket and subject, because the key begins with the bucket. */
export function statisticsRepository({ db, list, write }: SqlBackend): StatisticsRepository {
  function insert(rollups: readonly Rollup[]): Compilable {
    return db
      .insertInto('rollup')
      .values(
        rollups.map(({ span, bucketAt, subjectId, writer, counts }) => ({
          span,
          bucket_at: bucketAt,
          subject_id: subjectId,
          writer,
          counts: JSON.stringify(counts),
        })),
      )
      .onConflict((conflict) =>
        conflict
          .columns(['span', 'bucket_at', 'subject_id', 'writer'])
          .doUpdateSet((eb) => ({ counts: eb.ref('excluded.counts') })),
      );
  }

  return {
    async rollups(subjectIds, range) {
      if (subjectIds.length === 0) return [];
      const rows = await list(inRange(db, range).where('rollup.subject_id', 'in', subjectIds));
      return rows.map(rollupOf);
    },

    async write(rollups) {
      if (rollups.length > 0) await write(parts(rollups).map(insert));
    },

    async forget(span, before, limit) {
      const oldest = db
        .selectFrom('rollup')
        .select(['span', 'bucket_at', 'subject_id', 'writer'])
        .where('span', '=', span)
        .where('bucket_at', '<', before)
        .orderBy('bucket_at')
        .orderBy('subject_id')
        .orderBy('writer')
        .limit(limit);
      const rows = sql.raw('(span, bucket_at, subject_id, writer)');
      const [count = 0] = await write([
        db.deleteFrom('rollup').where(sql<SqlBool>`${rows} in (${oldest})`),
      ]);
      return count;
    },
  };
}

function inRange(db: SqlBackend['db'], { span, from, until }: RollupRange) {
  const first = from - (from % span);
  return db
    .withRecursive('bucket(at)', (buckets) =>
      buckets.selectNoFrom(sql<number>`cast(${first} as bigint)`.as('at')).unionAll(
        buckets
          .selectFrom('bucket')
          .select(sql<number>`at + ${sql.lit(span)}`.as('at'))
          .where(sql<SqlBool>`at + ${sql.lit(span)} < ${until}`),
      ),
    )
    .selectFrom('bucket')
    .crossJoin('rollup')
    .selectAll('rollup')
    .where('rollup.span', '=', span)
    .whereRef('rollup.bucket_at', '=', 'bucket.at');
}

function rollupOf(row: RollupTable): Rollup {
  return {
    span: row.span,
    bucketAt: row.bucket_at,
    subjectId: row.subject_id,
    writer: row.writer,
    counts: JSON.parse(row.counts) as AttemptSums,
  };
}
/** Divides the rollups into parts of 2ⁿ, largest first, so that few statement lengths are prepared. */
function parts(rollups: readonly Rollup[]): (readonly Rollup[])[] {
  const found: (readonly Rollup[])[] = [];
  let size = LARGEST_PART;
  for (let from = 0; from < rollups.length; from += size) {
    while (size > rollups.length - from) size /= 2;
    found.push(rollups.slice(from, from + size));
  }
  return found;
}

const LARGEST_PART = 64;
