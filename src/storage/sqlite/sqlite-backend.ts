import {
  DummyDriver,
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
} from 'kysely';
import type { Compilable, SqlBool } from 'kysely';
import { PosthasteError } from '../../domain/errors.ts';
import type { SqlBackend } from '../repositories/sql-backend.ts';
import type { Database } from '../schema.ts';
import { putWrite, takeWriteResult } from './protocol.ts';
import type { Cursor, Value } from './protocol.ts';

type Call = <T>(put: (out: Value[]) => void, take: (reply: Cursor) => T) => Promise<T>;
type Read = (sql: string, parameters: readonly Value[]) => Promise<readonly unknown[]>;

export function createSqliteBackend(call: Call, read: Read): SqlBackend {
  return {
    db: new Kysely<Database>({
      dialect: {
        createAdapter: () => new SqliteAdapter(),
        createQueryCompiler: () => new SqliteQueryCompiler(),
        createIntrospector: (db) => new SqliteIntrospector(db),
        createDriver: () => new DummyDriver(),
      },
    }),
    read<Row>(query: Compilable<Row>) {
      const { sql, parameters } = query.compile();
      return read(sql, parameters as readonly Value[]) as Promise<readonly Row[]>;
    },
    async write(queries, { conflict, endpointId, endpointsOf } = {}) {
      const compiled = queries.map((query) => query.compile());
      const result = await call(
        (out) => putWrite(out, compiled, endpointId ?? null, endpointsOf ?? null),
        takeWriteResult,
      );
      if ('affected' in result) return result.affected;
      throw new PosthasteError('conflict', conflict ?? result.conflict);
    },
    arrayHas: (column, value) =>
      sql<SqlBool>`exists (select 1 from json_each(${sql.ref(column)}) where value = ${value})`,
  };
}
