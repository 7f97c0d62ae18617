import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  TableNode,
  sql,
} from 'kysely';
import type { Compilable, CompiledQuery, SqlBool } from 'kysely';
import { PosthasteError } from '../../domain/errors.ts';
import { compareEnd } from '../repositories/paging.ts';
import type { SqlBackend } from '../repositories/sql-backend.ts';
import type { Database } from '../schema.ts';
import type { ConnectionPool, Statement } from './connection-pool.ts';
import type { DatabaseTime } from './database-time.ts';
import { deliveriesOf } from './deliveries-of.ts';
import { isTimeout, isUniqueViolation } from './postgres-errors.ts';

export interface SqlPaths {
  readonly lookUps: ConnectionPool;
  readonly lists: ConnectionPool;
  readonly time: DatabaseTime;
  /** Runs the call unless the storage is closed; it is waited for when the storage stops. */
  readonly whenOpen: <T>(call: () => Promise<T>) => Promise<T>;
  /** Called with the endpoints that a call has changed. */
  readonly onEndpointsChanged: (endpointIds: readonly string[]) => void;
}

/** Runs the queries of the repositories, each on its path. */
export function createSqlRunner(paths: SqlPaths): SqlBackend {
  const { lookUps, lists, time, whenOpen } = paths;
  const db = new Kysely<Database>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createQueryCompiler: () => new PostgresQueryCompiler(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createDriver: () => new DummyDriver(),
    },
  }).withSchema('posthaste');

  function list<T>(call: () => Promise<T>): Promise<T> {
    return whenOpen(call).catch((error: unknown) => {
      if (!isTimeout(error)) throw error;
      throw new PosthasteError('query_too_slow', 'the list took too long to read', {
        cause: error,
      });
    });
  }

  return {
    db,
    lookUp: (query) => whenOpen(() => rowsOf(lookUps, query)),
    list: (query) => list(() => rowsOf(lists, query)),
    async write(queries, conflict) {
      const compiled = queries.map((query) => query.compile());
      try {
        const results = await whenOpen(() => lookUps.runAll(compiled.map(writing)));
        const changed = compiled.flatMap((query, index) =>
          changesEndpoints(query) ? (results[index]?.rows ?? []) : [],
        );
        paths.onEndpointsChanged(changed.map((row) => (row as { id: string }).id));
        return results.map(({ rowCount }) => rowCount ?? 0);
      } catch (error) {
        if (!isUniqueViolation(error)) throw error;
        throw new PosthasteError('conflict', conflict ?? 'it exists already', { cause: error });
      }
    },
    arrayHas: (column, value) => sql<SqlBool>`${sql.ref(column)}::jsonb ? ${value}`,
    deliveriesOf: (applicationId, messageId) =>
      list(() => deliveriesOf(lists, time, applicationId, messageId)),
    attemptsOfEndpoint(endpointId, slice) {
      const { bound, direction, end, limit } = slice;
      let query = db
        .selectFrom('attempt')
        .select(['attempt.message_id', 'attempt.id'])
        .where('attempt.endpoint_id', '=', endpointId);
      if (bound !== null) query = query.where('attempt.id', bound.compare, bound.id);
      if (end !== null) query = query.where('attempt.id', compareEnd(slice), end);
      return query.orderBy('attempt.id', direction).limit(limit);
    },
  };
}

async function rowsOf<Row>(pool: ConnectionPool, query: Compilable<Row>): Promise<readonly Row[]> {
  const { sql: text, parameters: values } = query.compile();
  return (await pool.run<Row>({ text, values })).rows;
}

function writing(query: CompiledQuery): Statement {
  const text = changesEndpoints(query) ? `${query.sql} returning "id"` : query.sql;
  return { text, values: query.parameters };
}

/** Their deliveries may have become claimable, or no longer be so. */
function changesEndpoints({ query }: CompiledQuery): boolean {
  if (query.kind !== 'UpdateQueryNode' || query.table === undefined) return false;
  return TableNode.is(query.table) && query.table.table.identifier.name === 'endpoint';
}
