import type { AttemptOutcome } from './attempt-outcome.ts';
import type { Attempt } from './attempt.ts';

/**
 * Events about the deliveries that this process makes, each emitted after it is in the storage.
 *
 * - `delivered`: an attempt succeeded
 * - `failed`: an attempt failed and another one follows
 * - `exhausted`: an attempt failed and no other one follows
 * - `disabled`: the endpoint was disabled because of this attempt; emitted after its `failed` or `exhausted`
 */
export interface DeliveryEvent {
  readonly kind: AttemptOutcome | 'disabled';
  readonly messageId: string;
  readonly endpointId: string;
  readonly applicationId: string;
  readonly attempt?: Attempt;
  readonly at: number;
}
