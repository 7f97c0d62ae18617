import { sql } from 'kysely';
import type { SqlBool } from 'kysely';
import type { AttemptSums } from '../../domain/attempt-counts.ts';
import { LOG, ROLLUP_MS } from '../rollup-counter.ts';
import type { StatisticsRepository } from '../storage.ts';
import { isOneOf } from './is-one-of.ts';
import type { SqlBackend } from './sql-backend.ts';

/** A seek for each hour: hours come first in the key. */
export function statisticsRepository({ db, list }: SqlBackend): StatisticsRepository {
  return {
    async attempts(subjectId, { from, until }) {
      const first = from - (from % ROLLUP_MS);
      const rows = await list(
        db
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
          .select([
            'attempt_rollup.bucket_at',
            'attempt_rollup.subject_id',
            'attempt_rollup.counts',
          ])
          .whereRef('attempt_rollup.bucket_at', '=', 'hour.at')
          .where(isOneOf('attempt_rollup.subject_id', [LOG, subjectId])),
      );
      return rows.flatMap(({ bucket_at: at, subject_id, counts }) => {
        const parsed: unknown = JSON.parse(counts);
        if (subject_id !== LOG) return [{ at, counts: parsed as AttemptSums }];
        const logged = (parsed as Partial<Record<string, AttemptSums>>)[subjectId];
        return logged === undefined ? [] : [{ at, counts: logged }];
      });
    },
  };
}
