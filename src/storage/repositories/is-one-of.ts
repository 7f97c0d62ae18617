import { sql } from 'kysely';
import type { Expression, SqlBool } from 'kysely';

/** Whether the column has one of the values. An empty list, which PostgreSQL does not accept, matches nothing. */
export function isOneOf(column: string, values: readonly string[]): Expression<SqlBool> {
  if (values.length === 0) return sql<SqlBool>`1 = 0`;
  return sql<SqlBool>`${sql.ref(column)} in (${sql.join(values)})`;
}
