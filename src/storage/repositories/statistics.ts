import { type Compilable, sql } from 'kysely';
import type { SqlBool } from 'kysely';
import type { AttemptSums } from '../../domain/attempt-counts.ts';
import { ROLLUP_MS } from '../rollup-counter.ts';
import type { AttemptRollupTable } from '../schema.ts';
import type { Rollup, StatisticsRepository } from '../storage.ts';
import type { SqlBackend } from './sql-backend.ts';

/** A seek for each hour: hours come first in the key. */
export function statisticsRepository({ db, list, write }: SqlBackend): StatisticsRepository {
  function insert(rollups: readonly Rollup[]): Compilable {
    return db
      .insertInto('attempt_rollup')
      .values(
        rollups.map(({ bucketAt, subjectId, writer, counts }) => ({
          bucket_at: bucketAt,
          subject_id: subjectId,
          writer,
          counts: JSON.stringify(counts),
        })),
      )
      .onConflict((conflict) =>
        conflict
          .columns(['bucket_at', 'subject_id', 'writer'])
          .doUpdateSet((eb) => ({ counts: eb.ref('excluded.counts') })),
      );
  }

  return {
    async attempts(subjectId, range) {
      const rows = await list(
        inHours(db, range).where('attempt_rollup.subject_id', '=', subjectId),
      );
      return rows.map(rollupOf);
    },

    async attemptsOfOrganization(organizationId, range) {
      const rows = await list(
        inHours(db, range)
          .innerJoin('application', 'application.id', 'attempt_rollup.subject_id')
          // What the ids of applications begin with: endpoints are passed over by the key.
          .where('attempt_rollup.subject_id', '>=', 'app_')
          .where('attempt_rollup.subject_id', '<', 'app`')
          .where('application.organization_id', '=', organizationId),
      );
      return rows.map(rollupOf);
    },

    async write(rollups) {
      if (rollups.length > 0) await write(parts(rollups).map(insert));
    },

    async forget(before, limit) {
      const rows = sql.raw('(bucket_at, subject_id, writer)');
      const oldest = db
        .selectFrom('attempt_rollup')
        .select(['bucket_at', 'subject_id', 'writer'])
        .where('bucket_at', '<', before)
        .orderBy('bucket_at')
        .orderBy('subject_id')
        .orderBy('writer')
        .limit(limit);
      const [count = 0] = await write([
        db.deleteFrom('attempt_rollup').where(sql<SqlBool>`${rows} in (${oldest})`),
      ]);
      return count;
    },
  };
}

function inHours(db: SqlBackend['db'], { from, until }: Range) {
  const first = from - (from % ROLLUP_MS);
  return db
    .withRecursive('hour(at)', (hours) =>
      hours.selectNoFrom(sql<number>`cast(${first} as bigint)`.as('at')).unionAll(
        hours
          .selectFrom('hour')
          .select(sql<number>`at + ${sql.lit(ROLLUP_MS)}`.as('at'))
          .where(sql<SqlBool>`at + ${sql.lit(ROLLUP_MS)} < ${until}`),
      ),
    )
    .selectFrom('hour')
    .crossJoin('attempt_rollup')
    .selectAll('attempt_rollup')
    .whereRef('attempt_rollup.bucket_at', '=', 'hour.at');
}

interface Range {
  readonly from: number;
  readonly until: number;
}

function rollupOf(row: AttemptRollupTable): Rollup {
  return {
    bucketAt: row.bucket_at,
    subjectId: row.subject_id,
    writer: row.writer,
    counts: JSON.parse(row.counts) as AttemptSums,
  };
}

/** In powers of two, largest first: a statement is prepared for each length. */
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
