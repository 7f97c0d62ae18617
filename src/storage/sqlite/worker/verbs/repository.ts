import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { decodeQueries, VIOLATED } from '../../wire/calls.ts';
import type { Query } from '../../wire/calls.ts';
import type { Value } from '../../wire/values.ts';
import { isUniqueViolation } from '../sqlite-errors.ts';
import type { SessionState, Verb } from './verb.ts';

// More than the shapes of the repositories' writing queries.
const PREPARED = 100;

/** Runs the queries of one repository call. */
export function repositoryVerb({ db }: SessionState): Verb {
  const run = createQueryRunner(db);
  return (call, out) => {
    const required = call.number();
    run(decodeQueries(call), out, required);
  };
}

/** Whether the queries were run. */
export type RunQueries = (queries: readonly Query[], out: Value[], required?: number) => boolean;

/** Runs all queries or none, and writes the answer. A violated uniqueness fails this call, not its batch. */
export function createQueryRunner(db: DatabaseSync): RunQueries {
  const prepared = new Map<string, StatementSync>();
  const begin = db.prepare('savepoint call');
  const rollback = db.prepare('rollback to call');
  const release = db.prepare('release call');

  function prepare(sql: string): StatementSync {
    const known = prepared.get(sql);
    if (known !== undefined) return known;
    if (prepared.size >= PREPARED) prepared.clear();
    const statement = db.prepare(sql);
    prepared.set(sql, statement);
    return statement;
  }

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
