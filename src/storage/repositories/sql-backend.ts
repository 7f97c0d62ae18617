import type {
  Compilable,
  Expression,
  Kysely,
  Selectable,
  SelectQueryBuilder,
  SqlBool,
} from 'kysely';
import type { Database, DeliveryTable } from '../schema.ts';
import type { Backlog } from '../storage.ts';
import type { Slice } from './paging.ts';

/** What the repositories need of a backend to be written once for all of them. */
export interface SqlBackend {
  /** Builds queries; it has no connection to run them. */
  readonly db: Kysely<Database>;
  /**
   * Runs a query that reads few rows, each by a key. It sees all writes that were answered before,
   * and never waits behind a list: the engine needs its answers.
   */
  readonly lookUp: <Row>(query: Compilable<Row>) => Promise<readonly Row[]>;
  /** Runs a query of a list. It sees all writes that were answered before. */
  readonly list: <Row>(query: Compilable<Row>) => Promise<readonly Row[]>;
  /**
   * Runs the queries in one transaction, and answers how many rows each of them affected. Of calls
   * that overlap, the backend decides which comes first. A violated uniqueness rejects with `conflict`
   * and the given sentence.
   */
  readonly write: (queries: readonly Compilable[], conflict?: string) => Promise<number[]>;
  /** Whether the JSON array in `column` contains `value`; false when it is null. */
  readonly arrayHas: (column: string, value: string) => Expression<SqlBool>;
  readonly backlog: () => Promise<Backlog>;
  /** All deliveries of a message. */
  readonly deliveriesOf: (
    applicationId: string,
    messageId: string,
  ) => Promise<readonly Selectable<DeliveryTable>[]>;
  /** A query for the attempts of an endpoint in a slice, by id in the direction of the slice. */
  readonly attemptsOfEndpoint: (endpointId: string, slice: Slice) => AttemptIdsQuery;
}

export type AttemptIdsQuery = SelectQueryBuilder<
  Database,
  'attempt',
  { readonly message_id: string; readonly id: string }
>;
