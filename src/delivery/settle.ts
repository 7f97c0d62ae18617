import { outcomeOf } from '../domain/attempt-outcome.ts';
import type { Clock } from '../domain/clock.ts';
import type { DeliveryEvent } from '../domain/delivery-event.ts';
import { contentChars } from '../domain/message.ts';
import type { AttemptRecord, EndpointCache } from '../storage/storage.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Lane } from './lane.ts';
import type { Outcome } from './recorder.ts';
import type { Sweeper } from './sweeper.ts';

export interface SettleOptions {
  readonly sweeper: Pick<Sweeper, 'wake'>;
  readonly dispatcher: Pick<Dispatcher, 'recorded'>;
  readonly endpointCache: Pick<EndpointCache, 'invalidate'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Ends a hand-off that admission holds. */
  readonly release: (lane: Lane, chars: number, nowMs: number) => void;
  readonly onDelivery: ((event: DeliveryEvent) => void) | undefined;
}

/**
 * Ends hand-offs whose outcomes are in the storage. `disabled`: the endpoints that these outcomes disabled; null:
 * the outcomes can't be written at all.
 */
export type Settle = (outcomes: readonly Outcome[], disabled: readonly string[] | null) => void;

export function createSettle(options: SettleOptions): Settle {
  const { sweeper, dispatcher, endpointCache, clock, release, onDelivery } = options;

  /** Notifies listeners of a stored outcome. Returns when the delivery is due again, or Infinity. */
  function written(outcome: Outcome, disabled: readonly string[]): number {
    const { record, health, ordered } = outcome;
    // Only now can the next delivery of an ordered endpoint be claimed.
    if (ordered) sweeper.wake();
    if (record === null) return outcome.release?.dueAt ?? Infinity;
    const disables = health?.disabled !== undefined;
    if (disables) endpointCache.invalidate(record.attempt.applicationId);
    if (onDelivery) notify(onDelivery, record, disables && disabled.includes(health.endpointId));
    return record.next.state === 'pending' ? record.next.dueAt : Infinity;
  }

  return (outcomes, disabled) => {
    const nowMs = clock.monotonicMs();
    let wakeAt = Infinity;
    let recorded = 0;
    for (const outcome of outcomes) {
      release(outcome.lane, contentChars(outcome.handoff), nowMs);
      if (outcome.record !== null) recorded++;
      if (disabled !== null) wakeAt = Math.min(wakeAt, written(outcome, disabled));
    }
    if (wakeAt < Infinity) sweeper.wake(wakeAt);
    dispatcher.recorded(recorded);
  };
}

function notify(
  onDelivery: (event: DeliveryEvent) => void,
  { attempt, next }: AttemptRecord,
  disabled: boolean,
): void {
  const { messageId, endpointId, applicationId } = attempt;
  const at = attempt.startedAt + attempt.durationMs;
  const event = { messageId, endpointId, applicationId, attempt, at };
  onDelivery({ kind: outcomeOf(next), ...event });
  if (disabled) onDelivery({ kind: 'disabled', ...event });
}
