import type { Compilable, Expression, Kysely, SqlBool } from 'kysely';
import type { Database } from '../schema.ts';

/** What the repositories need of a backend to be written once for all of them. */
export interface SqlBackend {
  /** Builds queries; it has no connection to run them. */
  readonly db: Kysely<Database>;
  /** Runs a query that sees all writes that were answered before. */
  readonly read: <Row>(query: Compilable<Row>) => Promise<readonly Row[]>;
  /**
   * Runs the queries in one transaction, in the order of all other writing calls, and answers how
   * many rows each of them affected. A violated uniqueness rejects with `conflict`.
   */
  readonly write: (queries: readonly Compilable[], context?: WriteContext) => Promise<number[]>;
  /** Whether the JSON array in `column` contains `value`; false when it is null. */
  readonly arrayHas: (column: string, value: string) => Expression<SqlBool>;
}

export interface WriteContext {
  /** The sentence of the error when a uniqueness is violated. */
  readonly conflict?: string;
  /** The endpoint whose row is written: what the backend knows of its claimable work changes. */
  readonly endpointId?: string;
  /** The application all of whose endpoints are written. */
  readonly endpointsOf?: string;
}
