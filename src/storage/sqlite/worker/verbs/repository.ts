import type { DatabaseSync } from 'node:sqlite';
import { decodeQueries, VIOLATED } from '../../wire/calls.ts';
import { preparedStatements } from '../prepared-statements.ts';
import { isUniqueViolation } from '../sqlite-errors.ts';
import type { RunQueries, SessionState, Verb } from './verb.ts';

// More than the shapes of the repositories' writing queries.
const PREPARED = 100;

/** Runs the queries of one repository call. */
export function repositoryVerb({ runQueries }: SessionState): Verb {
  return (call, out) => {
    const required = call.number();
    runQueries(decodeQueries(call), out, required);
  };
}

export function createQueryRunner(db: DatabaseSync): RunQueries {
  const prepare = preparedStatements(db, PREPARED);
  const begin = db.prepare('savepoint call');
  const rollback = db.prepare('rollback to call');
  const release = db.prepare('release call');

  return (queries, out, required = 0) => {
    begin.run();
    try {
      const affected: number[] = [];
      let isShort = false;
      for (const { sql, parameters } of queries) {
        const count = Number(prepare(sql).run(...parameters).changes);
        affected.push(count);
        isShort = count === 0 && affected.length <= required;
        if (isShort) break;
      }
      if (isShort) rollback.run();
      release.run();
      out.push(affected.length, ...affected);
      return !isShort;
    } catch (error) {
      if (!isUniqueViolation(error) || !(error instanceof Error)) throw error;
      rollback.run();
      release.run();
      out.push(VIOLATED, error.message);
      return false;
    }
  };
}
