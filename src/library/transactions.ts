import { CompiledQuery } from 'kysely';
import { PosthasteError } from '../domain/errors.ts';

/**
 * The transaction object of a caller's client, recognized by the method that runs a statement, so that Posthaste
 * depends on none of these packages.
 */
export type Transaction =
  | PgTransaction
  | PostgresJsTransaction
  | KyselyTransaction
  | DrizzleTransaction
  | PrismaTransaction;

/** `Client` or `PoolClient` of pg, after `begin`. */
export interface PgTransaction {
  query(text: string, values: unknown[]): Promise<{ rows: unknown[] }>;
}

/** The `sql` of `sql.begin(async (sql) => …)` of postgres.js, or a reserved one after `begin`. */
export interface PostgresJsTransaction {
  unsafe(text: string, values: (string | null)[]): PromiseLike<readonly unknown[]>;
}

/** The `trx` of `db.transaction().execute(async (trx) => …)` of Kysely. */
export interface KyselyTransaction {
  readonly isTransaction: boolean;
  executeQuery(query: CompiledQuery): Promise<{ rows: unknown[] }>;
}

/** The `tx` of `db.transaction(async (tx) => …)` of Drizzle. */
export interface DrizzleTransaction {
  execute(text: string): PromiseLike<unknown>;
  rollback(): never;
}

/** The `tx` of `prisma.$transaction(async (tx) => …)`. */
export interface PrismaTransaction {
  $queryRawUnsafe(text: string, ...values: unknown[]): PromiseLike<unknown>;
}

type RunStatement = (
  text: string,
  values: readonly (string | null)[],
) => PromiseLike<readonly unknown[]>;

/**
 * Returns a function that runs statements in the transaction. Throws `configuration` for anything else: a pool, or
 * a client outside a transaction, would send the message even if the caller's transaction is rolled back.
 */
export function statementRunner(tx: Transaction): RunStatement {
  if (has(tx, '$queryRawUnsafe')) return prisma(tx as PrismaTransaction);
  if (has(tx, 'executeQuery')) return kysely(tx as KyselyTransaction);
  if (has(tx, 'unsafe')) return postgresJs(tx as PostgresJsTransaction);
  if (has(tx, 'execute')) return drizzle(tx as DrizzleTransaction);
  if (has(tx, 'query')) return pg(tx as PgTransaction);
  throw noTransaction('a client of pg, postgres.js, Kysely, Drizzle or Prisma');
}

function pg(tx: PgTransaction): RunStatement {
  if ('totalCount' in tx) throw noTransaction('a client of pool.connect(), not the pool');
  return async (text, values) => (await tx.query(text, [...values])).rows;
}

function postgresJs(tx: PostgresJsTransaction): RunStatement {
  if (!has(tx, 'savepoint') && !has(tx, 'release')) {
    throw noTransaction('the argument of the callback of sql.begin()');
  }
  return (text, values) => tx.unsafe(text, [...values]);
}

function kysely(tx: KyselyTransaction): RunStatement {
  if (!tx.isTransaction)
    throw noTransaction('the argument of the callback of db.transaction().execute()');
  return async (text, values) => (await tx.executeQuery(CompiledQuery.raw(text, [...values]))).rows;
}

/** Drizzle's `execute` takes a text without parameters, or an object that only its own package can make. */
function drizzle(tx: DrizzleTransaction): RunStatement {
  if (!has(tx, 'rollback')) throw noTransaction('the argument of the callback of db.transaction()');
  return async (text, values) => rowsOf(await tx.execute(withLiterals(text, values)));
}

function prisma(tx: PrismaTransaction): RunStatement {
  if (has(tx, '$connect'))
    throw noTransaction('the argument of the callback of prisma.$transaction()');
  return async (text, values) => rowsOf(await tx.$queryRawUnsafe(text, ...values));
}

/** Some drivers of Drizzle return the rows, others an object with `rows`. */
function rowsOf(answer: unknown): readonly unknown[] {
  const rows = Array.isArray(answer) ? answer : (answer as { rows?: unknown } | null)?.rows;
  return Array.isArray(rows) ? (rows as unknown[]) : [];
}

function withLiterals(text: string, values: readonly (string | null)[]): string {
  return text.replaceAll(/\$(\d)/g, (_, number) => literal(values[Number(number) - 1] ?? null));
}

/**
 * A literal with `E`, in which a backslash means the same under any `standard_conforming_strings`. All clients
 * use UTF-8, in which no byte of a longer character looks like a quote.
 */
function literal(value: string | null): string {
  if (value === null) return 'null';
  return ` E'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

function has(tx: unknown, method: string): boolean {
  const isObject = (typeof tx === 'object' && tx !== null) || typeof tx === 'function';
  return isObject && typeof (tx as Record<string, unknown>)[method] === 'function';
}

function noTransaction(wanted: string): PosthasteError {
  return new PosthasteError('configuration', `tx must be a transaction: ${wanted}`);
}
