import type { StatementSync } from 'node:sqlite';
import { SQLITE_CONSTRAINT, sqliteCode } from '../faults.ts';
import type { Cursor, Value } from '../protocol.ts';
import type { SessionState, Verb } from '../session.ts';

// The repositories have a fixed number of writing queries; only their shapes count here.
const PREPARED = 100;

/** Runs the queries of one repository call, all or none; a conflict fails this call alone. */
export function writeVerb({ db, agenda }: SessionState): Verb {
  const prepared = new Map<string, StatementSync>();
  const begin = db.prepare('savepoint call');
  const rollback = db.prepare('rollback to call');
  const release = db.prepare('release call');
  const endpointsOf = db.prepare(
    'select id from endpoint where application_id = ? and deleted_at is null',
  );

  function prepare(sql: string): StatementSync {
    const known = prepared.get(sql);
    if (known !== undefined) return known;
    if (prepared.size >= PREPARED) prepared.clear();
    const statement = db.prepare(sql);
    prepared.set(sql, statement);
    return statement;
  }

  function touched(endpointId: Value, applicationId: Value): string[] {
    if (endpointId !== null) return [String(endpointId)];
    if (applicationId === null) return [];
    return endpointsOf.all(applicationId).map((row) => String(row['id']));
  }

  return (input, out) => {
    const endpoints = touched(input.value(), input.value()).map((id) => ({
      id,
      wasOrdered: agenda.isOrdered(id),
    }));
    const queries = Array.from({ length: input.number() }, () => takeQuery(input));
    begin.run();
    try {
      const affected = queries.map(({ sql, parameters }) =>
        Number(prepare(sql).run(...parameters).changes),
      );
      release.run();
      out.push(affected.length, ...affected);
    } catch (error) {
      if (sqliteCode(error) !== SQLITE_CONSTRAINT || !(error instanceof Error)) throw error;
      rollback.run();
      release.run();
      out.push(-1, error.message);
      return;
    }
    for (const { id, wasOrdered } of endpoints) agenda.endpointChanged(id, wasOrdered);
  };
}

function takeQuery(input: Cursor): { sql: string; parameters: Value[] } {
  const sql = input.text();
  const parameters = Array.from({ length: input.number() }, () => input.value());
  return { sql, parameters };
}
