import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Returns a function that prepares a statement on its first use. At most `most` statements are kept. */
export function preparedStatements(db: DatabaseSync, most: number): (sql: string) => StatementSync {
  const prepared = new Map<string, StatementSync>();
  return (sql) => {
    const known = prepared.get(sql);
    if (known !== undefined) return known;
    if (prepared.size >= most) prepared.clear();
    const statement = db.prepare(sql);
    prepared.set(sql, statement);
    return statement;
  };
}
