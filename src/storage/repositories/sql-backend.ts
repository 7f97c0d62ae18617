import type {
  Compilable,
  Expression,
  Kysely,
  RawBuilder,
  Selectable,
  SelectQueryBuilder,
  SqlBool,
} from 'kysely';
import type { FoundDelivery } from '../../domain/standing.ts';
import type { Database, DeliveryTable, MessageTable } from '../schema.ts';
import type { Backlog, Standing, TaskRepository, TaskScan } from '../storage.ts';
import type { Slice } from './paging.ts';

/** What the repositories need of a backend to be written once for all of them. */
export interface SqlBackend {
  /** Where several processes write: instants are stored in the time of the database, which all share. */
  readonly time: StoredTime;
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
   *
   * When one of the first `required` queries affects no row, nothing is written, and the answer ends with
   * its zero.
   */
  readonly write: (
    queries: readonly Compilable[],
    conflict?: string,
    required?: number,
  ) => Promise<number[]>;
  /** Whether the JSON array in `column` contains `value`; false when it is null. */
  readonly arrayHas: (column: string, value: string) => Expression<SqlBool>;
  readonly backlog: () => Promise<Backlog>;
  readonly scanDeliveries: (scan: TaskScan) => Promise<readonly FoundDelivery[]>;
  readonly dueCount: TaskRepository['dueCount'];
  readonly headOf: TaskRepository['head'];
  readonly nextDue: (endpointIds: readonly string[]) => Promise<readonly NextDueRow[]>;
  /** All deliveries of a message. */
  readonly deliveriesOf: (
    applicationId: string,
    messageId: string,
  ) => Promise<readonly Selectable<DeliveryTable>[]>;
  /** The messages that are or were owed to an endpoint, by id in the direction of the slice. */
  readonly messagesOfEndpoint: (request: OwedRequest) => Promise<readonly OwedRow[]>;
  /**
   * Of the deliveries of an endpoint that ended so, the message of the one that stands `count` rows
   * behind the beginning of the slice; null: fewer are left.
   */
  readonly endedBehind: (
    endpointId: string,
    ended: 'exhausted' | 'cancelled',
    slice: Slice,
    count: number,
  ) => Promise<string | null>;
  readonly undelivered: {
    /** A query in parentheses for deliveries with failures, at most `limit`, in the order of the slice of places. */
    readonly source: (request: UndeliveredRequest, limit: number) => RawBuilder<unknown>;
    /** Of a row `owed` of that query. */
    readonly attemptCount: RawBuilder<number>;
    readonly read: (query: RawBuilder<UndeliveredRow>) => Promise<readonly UndeliveredRow[]>;
    /** The tables, by their full names. */
    readonly tables: {
      readonly message: RawBuilder<unknown>;
      readonly application: RawBuilder<unknown>;
    };
  };
  /** How many attempts of an endpoint lie between two ids; at most `limit`. */
  readonly countAttempts: (endpointId: string, ids: IdBounds, limit: number) => Promise<number>;
  /** A query for the attempts of an endpoint in a slice, by id in the direction of the slice. */
  readonly attemptsOfEndpoint: (endpointId: string, slice: Slice) => AttemptIdsQuery;
}

export interface NextDueRow {
  readonly endpoint_id: string;
  /** As it is stored. Null: nothing waits that nobody has claimed. */
  readonly due_at: number | null;
}

export interface StoredTime {
  /** An instant of this process's schedule as it is stored. */
  stored(instant: number): number;
  /** The inverse of `stored`. */
  ours(instant: number): number;
}

export interface OwedRequest {
  readonly applicationId: string;
  readonly endpointId: string;
  readonly slice: Slice;
  readonly standing: Standing | undefined;
  /** What the message must fulfil, too. */
  readonly conditions: readonly Expression<SqlBool>[];
}

/** Of a delivery what its message does not tell. */
type DeliveryOfMessage = Pick<
  Selectable<DeliveryTable>,
  'state' | 'attempt_count' | 'schedule_step' | 'due_at' | 'claim_owner'
>;

/** Which message it is, how long its payload is, and its delivery to the endpoint. */
export type OwedRow = DeliveryOfMessage & { readonly id: string; readonly chars: number };

export interface UndeliveredRequest {
  /** Null: of all applications. */
  readonly applicationId: string | null;
  readonly endpointId: string | null;
  readonly state: 'pending' | 'exhausted' | null;
  readonly slice: Slice;
}

export type UndeliveredRow = Omit<Selectable<MessageTable>, 'payload'> &
  DeliveryOfMessage &
  Pick<Selectable<DeliveryTable>, 'endpoint_id'>;

/** Both are exclusive. */
export interface IdBounds {
  readonly from: string;
  readonly to: string;
}

export type AttemptIdsQuery = SelectQueryBuilder<
  Database,
  'attempt',
  { readonly message_id: string; readonly id: string }
>;
