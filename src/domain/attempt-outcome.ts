import type { Attempt, AttemptFailure } from './attempt.ts';
import type { DeliveryNext } from './delivery.ts';

/**
 * What a recorded attempt counts as: the events that listeners hear, the metrics and the statistics
 * all count by this.
 *
 * - `delivered`: it succeeded
 * - `failed`: it failed and another is owed
 * - `exhausted`: it failed and none is owed any more
 * - `cancelled`: a transformation cancelled the delivery
 */
export type AttemptOutcome = 'delivered' | 'failed' | 'exhausted' | 'cancelled';

export function outcomeOf(next: DeliveryNext): AttemptOutcome {
  return OUTCOMES[next.state];
}

const OUTCOMES = {
  delivered: 'delivered',
  exhausted: 'exhausted',
  cancelled: 'cancelled',
  pending: 'failed',
} as const;

/** What came of the request: the class of its status code, or why there is none that counts. */
export type AttemptResult =
  | '1xx'
  | '2xx'
  | '3xx'
  | '4xx'
  | '5xx'
  | Exclude<AttemptFailure, 'status'>;

export function resultOf({ failure, statusCode }: Attempt): AttemptResult {
  if (failure !== null && failure !== 'status') return failure;
  const first = Math.floor((statusCode ?? 0) / 100);
  return CLASSES[first] ?? 'protocol';
}

const CLASSES: readonly (AttemptResult | undefined)[] = [
  undefined,
  '1xx',
  '2xx',
  '3xx',
  '4xx',
  '5xx',
];
