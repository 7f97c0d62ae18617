import {
  DummyDriver,
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
} from 'kysely';
import type { Compilable, RawBuilder, SqlBool } from 'kysely';
import { PosthasteError } from '../../../domain/errors.ts';
import type { SqlBackend } from '../../repositories/sql-backend.ts';
import type { Database } from '../../schema.ts';
import type { PhysicalDatabase } from '../physical-schema.ts';
import { decodeQueriesResult, encodeQueries } from '../wire/calls.ts';
import type { QueriesResult, Query } from '../wire/calls.ts';
import type { ReadRequest } from '../wire/queries.ts';
import type { Value, ValueReader } from '../wire/values.ts';
import { attemptsOfEndpoint } from './attempts-of-endpoint.ts';
import { backlogOf } from './backlog-of.ts';
import { countAttempts } from './count-attempts.ts';
import { deliveriesOf } from './deliveries-of.ts';
import { endedBehind, messagesOfEndpoint } from './messages-of-endpoint.ts';
import { nextDue } from './next-due.ts';
import { undeliveredSource } from './undelivered.ts';
import { dueCount, headOf, scanDeliveries } from './tasks-of.ts';

export interface SqlPaths {
  readonly call: <T>(
    encode: (out: Value[]) => void,
    decode: (reply: ValueReader) => T,
  ) => Promise<T>;
  readonly lookUp: (request: ReadRequest) => Promise<readonly unknown[]>;
  readonly list: (request: ReadRequest) => Promise<readonly unknown[]>;
}

/** Runs the queries of the repositories, each on its path. */
export function createSqlRunner({ call, ...reads }: SqlPaths): SqlBackend {
  const db = new Kysely<PhysicalDatabase>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createQueryCompiler: () => new SqliteQueryCompiler(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createDriver: () => new DummyDriver(),
    },
  });
  const lookUp = <Row>(query: Compilable<Row>) =>
    reads.lookUp(compiled(query)) as Promise<readonly Row[]>;
  const list = <Row>(query: Compilable<Row>) =>
    reads.list(compiled(query)) as Promise<readonly Row[]>;

  const raw = <Row>(query: RawBuilder<Row>): Compilable<Row> => ({
    compile: () => query.compile(db),
  });

  // The repositories see the logical tables only.
  const logical: Kysely<Database> = db;

  return {
    // Only one process has the file open, so its clock is the stored time.
    time: { stored: (instant) => instant, local: (instant) => instant },
    db: logical,
    lookUp,
    list,
    async write(queries, conflict, required = 0) {
      const texts = queries.map(compiled);
      return affectedRows(
        await call((out) => encodeQueries(out, texts, required), decodeQueriesResult),
        conflict,
      );
    },
    arrayHas: (column, value) =>
      sql<SqlBool>`exists (select 1 from json_each(${sql.ref(column)}) where value = ${value})`,
    backlog: () => backlogOf(db, list),
    scanDeliveries: (scan) => scanDeliveries(reads.list, scan),
    dueCount: (endpointId, now, limit) => dueCount(reads.lookUp, endpointId, now, limit),
    headOf: (endpointId) => headOf(reads.lookUp, endpointId),
    nextDue: (endpointIds) => nextDue(reads.list, endpointIds),
    deliveriesOf: (applicationId, messageId) => deliveriesOf(db, list, applicationId, messageId),
    messagesOfEndpoint: (request) => list(raw(messagesOfEndpoint(request))),
    undelivered: {
      source: undeliveredSource,
      attemptCount: sql`owed.attempt_count`,
      read: (query) => list(raw(query)),
      tables: { message: sql`message`, application: sql`application`, endpoint: sql`endpoint` },
    },
    async endedBehind(...place) {
      const [row] = await list(raw(endedBehind(...place)));
      return row?.id ?? null;
    },
    async countAttempts(...place) {
      const [row] = await list(raw(countAttempts(...place)));
      return row?.count ?? 0;
    },
    attemptsOfEndpoint: (endpointId, slice) => attemptsOfEndpoint(db, endpointId, slice),
  };
}

/** How many rows each query affected. Throws `conflict` with the given message when a uniqueness was violated. */
export function affectedRows(result: QueriesResult, conflict?: string): number[] {
  if ('affected' in result) return result.affected;
  throw new PosthasteError('conflict', conflict ?? result.violated);
}

export function compiled(query: Compilable): Query {
  const { sql, parameters } = query.compile();
  return { sql, parameters: parameters as readonly Value[] };
}
