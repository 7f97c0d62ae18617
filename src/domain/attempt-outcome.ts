import type { Attempt, AttemptFailure } from './attempt.ts';
import type { DeliveryNext } from './delivery.ts';

/**
 * The outcome of a recorded attempt, for delivery events, metrics and statistics:
 *
 * - `delivered`: the attempt succeeded
 * - `failed`: the attempt failed and another one follows
 * - `exhausted`: the attempt failed and no other one follows
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

/** The result of the request: the class of its status code, or the kind of failure. */
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
