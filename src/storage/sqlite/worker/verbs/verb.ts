import type { DatabaseSync } from 'node:sqlite';
import type { Value, ValueReader } from '../../wire/values.ts';
import type { AttemptsByEndpoint } from '../attempts-by-endpoint.ts';
import type { DueIndex } from '../due-index.ts';
import type { RowlessDeliveries } from '../rowless-deliveries.ts';

/** Runs one call: reads its fields and appends its answer to `out`. */
export type Verb = (call: ValueReader, out: Value[]) => void;

/** State that the verbs share while the writer's connection is open. */
export interface SessionState {
  readonly db: DatabaseSync;
  readonly owner: number;
  readonly dueIndex: DueIndex;
  readonly rowless: RowlessDeliveries;
  readonly byEndpoint: AttemptsByEndpoint;
  /** No claim expires before this instant. */
  claimsEndAt: number;
}
