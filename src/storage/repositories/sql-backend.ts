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

/** What the repositories, which are written once, need from each backend. */
export interface SqlBackend {
  /** Converts instants to and from the stored time: with several processes, the time of the database. */
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
   * Runs the queries in one transaction and returns how many rows each affected. The backend decides the order
   * of overlapping calls. A violated uniqueness rejects with `conflict` and the given message.
   *
   * When one of the first `required` queries affects no row, nothing is written, and the result ends with that
   * query's zero.
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
   * Among the deliveries of an endpoint that ended so, the message id of the one that comes `count` rows after
   * the beginning of the slice; null when fewer are left.
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
    /** The attempt count of a row `owed` of that query. */
    readonly attemptCount: RawBuilder<number>;
    readonly read: (query: RawBuilder<UndeliveredRow>) => Promise<readonly UndeliveredRow[]>;
    /** The tables, by their full names. */
    readonly tables: {
      readonly message: RawBuilder<unknown>;
      readonly application: RawBuilder<unknown>;
      readonly endpoint: RawBuilder<unknown>;
    };
  };
  /** How many attempts of an endpoint lie between two ids; at most `limit`. */
  readonly countAttempts: (endpointId: string, ids: IdBounds, limit: number) => Promise<number>;
  /** A query for the attempts of an endpoint in a slice, by id in the direction of the slice. */
  readonly attemptsOfEndpoint: (endpointId: string, slice: Slice) => AttemptIdsQuery;
}

export interface NextDueRow {
  readonly endpoint_id: string;
  /** In the stored time. Null: the endpoint has no unclaimed work. */
  readonly due_at: number | null;
}

export interface StoredTime {
  /** An instant of this process's schedule as it is stored. */
  stored(instant: number): number;
  /** The inverse of `stored`: a stored instant as one of this process's schedule. */
  local(instant: number): number;
}

export interface OwedRequest {
  readonly applicationId: string;
  readonly endpointId: string;
  readonly slice: Slice;
  readonly standing: Standing | undefined;
  /** Further conditions on the message. */
  readonly conditions: readonly Expression<SqlBool>[];
}

/** The delivery of a message to the endpoint. */
type DeliveryOfMessage = Pick<
  Selectable<DeliveryTable>,
  'state' | 'attempt_count' | 'schedule_step' | 'due_at' | 'claim_owner'
>;

/** The id of a message, the length of its payload, and its delivery to the endpoint. */
export type OwedRow = DeliveryOfMessage & { readonly id: string; readonly chars: number };

export interface UndeliveredRequest {
  /** Null: all applications. */
  readonly applicationId: string | null;
  readonly endpointId: string | null;
  readonly state: 'pending' | 'exhausted' | null;
  readonly slice: Slice;
}

export type UndeliveredRow = Omit<Selectable<MessageTable>, 'payload'> &
  DeliveryOfMessage &
  Pick<Selectable<DeliveryTable>, 'endpoint_id'> & {
    /** Sealed when it has credentials; null: the endpoint has no row any more. */
    readonly endpoint_url: string | null;
  };

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
