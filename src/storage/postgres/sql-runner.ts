import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  ColumnNode,
  TableNode,
  sql,
} from 'kysely';
import type { Compilable, CompiledQuery, InsertQueryNode, SqlBool, UpdateQueryNode } from 'kysely';
import type { QueryResult } from 'pg';
import { PosthasteError } from '../../domain/errors.ts';
import { compareEnd } from '../repositories/paging.ts';
import type { OwedRow, SqlBackend, UndeliveredRow } from '../repositories/sql-backend.ts';
import type { Database } from '../schema.ts';
import type { ConnectionPool, Statement } from './connection-pool.ts';
import type { DatabaseTime } from './database-time.ts';
import { backlogOf } from './backlog-of.ts';
import { deliveriesOf, dueAtOf } from './deliveries-of.ts';
import { endedBehind, messagesOfEndpoint } from './messages-of-endpoint.ts';
import { nextDue } from './next-due.ts';
import { isTimeout, isTransient, isUnanswered, isUniqueViolation } from './postgres-errors.ts';
import { ATTEMPT_COUNT, undeliveredSource } from './undelivered.ts';
import { dueCount, headOf, scanDeliveries } from './tasks-of.ts';

export interface SqlPaths {
  readonly lookUps: ConnectionPool;
  /** For writes. Its number of connections bounds concurrent writes, so that many of them don't delay look-ups. */
  readonly writes: ConnectionPool;
  readonly lists: ConnectionPool;
  readonly time: DatabaseTime;
  /** Runs the call unless the storage is closed; `stop` of the storage waits for the call. */
  readonly whenOpen: <T>(call: () => Promise<T>) => Promise<T>;
  /** The number of this process. */
  readonly owner: () => number;
  /** Called with the endpoints that a call has changed. */
  readonly onEndpointsChanged: (endpointIds: readonly string[]) => void;
  /** Called after a commit that left something in `change` for the other processes. */
  readonly onTold: () => void;
}

/** Runs the queries of the repositories, each on its path. */
export function createSqlRunner(paths: SqlPaths): SqlBackend {
  const { lookUps, writes, lists, time, whenOpen } = paths;
  const prepared = createPreparer();
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
      if (!isTimeout(error) || isUnanswered(error)) throw error;
      throw new PosthasteError('query_too_slow', 'the list took too long to read', {
        cause: error,
      });
    });
  }

  /** Writes run concurrently: the database decides between two that want the same uid. */
  async function write(
    queries: readonly CompiledQuery[],
    required: number,
  ): Promise<QueryResult<object>[]> {
    const statements = queries.map((query) => prepared(telling(query, paths.owner())));
    for (let left = TRIES - 1; ; left--) {
      try {
        return await writes.runAll(statements, required);
      } catch (error) {
        if (left === 0 || !isTransient(error)) throw error;
      }
    }
  }

  return {
    time,
    db,
    lookUp: <Row>(query: Compilable<Row>) =>
      whenOpen(() => rowsOf<Row>(lookUps, prepared(query.compile()))),
    list: <Row>(query: Compilable<Row>) => list(() => rowsOf<Row>(lists, plain(query.compile()))),
    async write(queries, conflict, required = 0) {
      const compiled = queries.map((query) => query.compile());
      try {
        const results = await whenOpen(() => write(compiled, required));
        const changed = compiled.flatMap((query, index) =>
          tableOf(query) === 'endpoint' ? (results[index]?.rows ?? []) : [],
        );
        if (compiled.some((query) => tableOf(query) !== null)) paths.onTold();
        paths.onEndpointsChanged(changed.map((row) => (row as { id: string }).id));
        return results.map(({ rowCount }) => rowCount ?? 0);
      } catch (error) {
        throw isUniqueViolation(error) ? conflictOf(error, conflict) : error;
      }
    },
    arrayHas: (column, value) => sql<SqlBool>`${sql.ref(column)}::jsonb ? ${value}`,
    backlog: () => list(() => backlogOf(lists, time)),
    scanDeliveries: (scan) => list(() => scanDeliveries(lists, time, scan)),
    dueCount: (...given) => whenOpen(() => dueCount(lookUps, time, ...given)),
    headOf: (endpointId) => whenOpen(() => headOf(lookUps, time, endpointId)),
    nextDue: (endpointIds) => list(() => nextDue(lists, endpointIds)),
    deliveriesOf: (applicationId, messageId) =>
      list(() => deliveriesOf(lists, time, applicationId, messageId)),
    async messagesOfEndpoint(request) {
      const query = messagesOfEndpoint(request).compile(db);
      const rows = await list(() => rowsOf<OwedRow>(lists, plain(query)));
      return rows.map((row) => ({ ...row, due_at: dueAtOf(row, time) }));
    },
    undelivered: {
      source: undeliveredSource,
      attemptCount: ATTEMPT_COUNT,
      async read(query) {
        const rows = await list(() => rowsOf<UndeliveredRow>(lists, plain(query.compile(db))));
        return rows.map((row) => ({ ...row, due_at: dueAtOf(row, time) }));
      },
      tables: {
        message: sql`posthaste.message`,
        application: sql`posthaste.application`,
        endpoint: sql`posthaste.endpoint`,
      },
    },
    async endedBehind(...place) {
      const query = endedBehind(...place).compile(db);
      const [row] = await list(() => rowsOf<{ id: string }>(lists, plain(query)));
      return row?.id ?? null;
    },
    async countAttempts(endpointId, { from, to }, limit) {
      const text = `select count(*)::int4 as count from (select from posthaste.attempt
        where endpoint_id = $1 and id > $2 and id < $3 limit $4) as counted`;
      const values = [endpointId, from, to, limit];
      const [row] = await list(() => rowsOf<{ count: number }>(lists, { text, values }));
      return row?.count ?? 0;
    },
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

async function rowsOf<Row>(pool: ConnectionPool, statement: Statement): Promise<readonly Row[]> {
  return (await pool.run<Row>(statement)).rows;
}

export function statementOf(query: Compilable): Statement {
  return plain(query.compile());
}

export function conflictOf(cause: unknown, conflict = 'it exists already'): PosthasteError {
  return new PosthasteError('conflict', conflict, { cause });
}

/**
 * Edits of applications, endpoints, keys and revocations, and new tasks, write a row of `change` for the other
 * processes in their own transaction.
 */
function telling(query: CompiledQuery, owner: number): Text {
  const table = tableOf(query);
  if (table === null) return query;
  const { sql, parameters } = query;
  return {
    sql: TELLING[table](sql, parameters.length + 1),
    parameters: [...parameters, owner],
  };
}

function tableOf({ query }: CompiledQuery): keyof typeof TELLING | null {
  if (query.kind !== 'UpdateQueryNode' && query.kind !== 'InsertQueryNode') return null;
  const node = query.kind === 'UpdateQueryNode' ? query.table : query.into;
  if (node === undefined || !TableNode.is(node)) return null;
  const { name } = node.table.identifier;
  if (name === 'application' || name === 'endpoint' || name === 'revocation') return name;
  if (name === 'api_key') return setsColumn(query, 'last_used_at') ? null : name;
  return query.kind === 'InsertQueryNode' && name === 'task' ? name : null;
}

function setsColumn(query: UpdateQueryNode | InsertQueryNode, column: string): boolean {
  return (
    query.kind === 'UpdateQueryNode' &&
    (query.updates ?? []).some(
      ({ column: node }) => ColumnNode.is(node) && node.column.name === column,
    )
  );
}

type Text = Pick<CompiledQuery, 'sql' | 'parameters'>;

function plain({ sql: text, parameters: values }: Text): Statement {
  return { text, values };
}

/**
 * Gives statements a name, so that each connection parses and plans them once: parsing costs several times as
 * much as a look-up or a write of one row. At most a hundred names are kept; statements have few shapes.
 */
function createPreparer(): (query: Text) => Statement {
  const names = new Map<string, string>();
  return (query) => {
    let name = names.get(query.sql);
    if (name === undefined) {
      if (names.size >= MOST_PREPARED) return plain(query);
      name = `repository-${names.size}`;
      names.set(query.sql, name);
    }
    return { name, ...plain(query) };
  };
}

const MOST_PREPARED = 100;
/** How often a write is tried: one that fails in a deadlock has stored nothing. */
const TRIES = 3;

/** The row of `change` names no key: caches of tokens are small, so the other processes read all tokens again. */
const tellOfAccess = (text: string, origin: number) => `
    with changed as (${text} returning 1 as one),
    told as (
      insert into posthaste.change (origin, application_id, endpoint_ids)
      select $${origin}::int4, null, array[]::text[] from changed limit 1
    )
    select one from changed`;

const TELLING = {
  api_key: tellOfAccess,
  revocation: tellOfAccess,
  endpoint: (text: string, origin: number) => `
    with changed as (${text} returning id, application_id),
    told as (
      insert into posthaste.change (origin, application_id, endpoint_ids)
      select $${origin}::int4, application_id, array_agg(id) from changed group by application_id
    )
    select id from changed`,
  // The owner of the endpoint looks for tasks.
  task: (text: string, origin: number) => `
    with changed as (${text} returning id, application_id),
    told as (
      insert into posthaste.change (origin, application_id, endpoint_ids)
      select $${origin}::int4, application_id, array[]::text[] from changed
    )
    select id from changed`,
  // Limits and policies of an application apply to its endpoints, so these change, too.
  application: (text: string, origin: number) => `
    with changed as (${text} returning id),
    told as (
      insert into posthaste.change (origin, application_id, endpoint_ids)
      select $${origin}::int4, id, array(select e.id from posthaste.endpoint as e where e.application_id = changed.id)
      from changed
    )
    select id from changed`,
};
