import {
  DummyDriver,
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
} from 'kysely';
import type { CompiledQuery, DatabaseConnection, QueryResult, SqlBool } from 'kysely';
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
        createDriver: () => new ReadingDriver(read),
      },
    }),
    async write(queries, { conflict, endpointId, endpointsOf } = {}) {
      const result = await call(
        (out) => putWrite(out, queries, endpointId ?? null, endpointsOf ?? null),
        takeWriteResult,
      );
      if ('affected' in result) return result.affected;
      throw new PosthasteError('conflict', conflict ?? result.conflict);
    },
    arrayHas: (column, value) =>
      sql<SqlBool>`exists (select 1 from json_each(${sql.ref(column)}) where value = ${value})`,
  };
}

/** Sends Kysely's queries to the reader, whose connection can't write. */
class ReadingDriver extends DummyDriver {
  readonly #connection: DatabaseConnection;

  constructor(read: Read) {
    super();
    this.#connection = {
      async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
        const rows = await read(query.sql, query.parameters as readonly Value[]);
        return { rows: rows as R[] };
      },
      // oxlint-disable-next-line require-yield -- lists are bounded pages, nothing streams
      async *streamQuery() {
        throw new Error('streaming is not offered');
      },
    };
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }
}
