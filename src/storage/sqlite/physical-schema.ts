import type { Database, DeliveryTable, MessageTable } from '../schema.ts';

/** The tables of the file as the readers' queries see them: the logical tables and those that SQLite adds. */
export interface PhysicalDatabase extends Omit<Database, 'message'> {
  readonly message: PhysicalMessageTable;
  /** Deliveries that have a row; `client/deliveries-of.ts` finds the others. */
  readonly delivery: DeliveryTable;
  readonly attempt_by_endpoint: AttemptByEndpoint;
  /** The newest entries of the index, unordered (`worker/attempts-by-endpoint.ts`). */
  readonly attempt_by_endpoint_tail: AttemptByEndpoint;
}

export interface PhysicalMessageTable extends MessageTable {
  /**
   * The endpoints whose deliveries were accepted already claimed: a JSON array; null when there are
   * none (`worker/rowless-deliveries.ts`).
   */
  readonly claimed_endpoint_ids: string | null;
  readonly claimed_until: number | null;
}

export interface AttemptByEndpoint {
  readonly endpoint_id: string;
  readonly id: string;
  readonly message_id: string;
}
