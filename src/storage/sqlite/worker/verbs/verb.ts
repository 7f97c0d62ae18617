import type { DatabaseSync } from 'node:sqlite';
import type { Query } from '../../wire/calls.ts';
import type { Value, ValueReader } from '../../wire/values.ts';
import type { AttemptsByEndpoint } from '../attempts-by-endpoint.ts';
import type { DueIndex } from '../due-index.ts';
import type { RowlessDeliveries } from '../rowless-deliveries.ts';

/** Runs one call: reads its fields and appends its answer to `out`. */
export type Verb = (call: ValueReader, out: Value[]) => void;

/**
 * Runs all queries or none, and writes the answer: their counts of affected rows, or which uniqueness they
 * violate, which fails this call, not its batch. When one of the first `required` affects no row, nothing is
 * written. Returns whether the queries were run.
 */
export type RunQueries = (queries: readonly Query[], out: Value[], required?: number) => boolean;

/** State that the verbs share while the writer's connection is open. */
export interface SessionState {
  readonly db: DatabaseSync;
  readonly owner: number;
  readonly dueIndex: DueIndex;
  readonly rowless: RowlessDeliveries;
  readonly byEndpoint: AttemptsByEndpoint;
  readonly runQueries: RunQueries;
  /** No claim expires before this instant. */
  claimsEndAt: number;
}
