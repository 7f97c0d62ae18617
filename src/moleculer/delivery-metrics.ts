import type { ServiceBroker } from 'moleculer';
import type { DeliveryEvent } from '../domain/delivery-event.ts';

const ATTEMPTS = 'webhooks.attempts.total';
const DURATION = 'webhooks.attempts.duration';
const CONCLUDED = 'webhooks.deliveries.total';
const MESSAGES = 'webhooks.messages.total';
const WAITING = 'webhooks.waiting';

const MOST_NAMED = 100;
/** No event type can have this name. */
const OTHERS = '(others)';

export interface DeliveryMetrics {
  accepted(eventType: string): void;
  /** Number of calls that wait for outcomes. */
  waiting(change: 1 | -1): void;
  hear(event: DeliveryEvent): void;
}

/** Metrics that are registered with the broker; a broker without metrics ignores them. */
export function createDeliveryMetrics({ metrics }: ServiceBroker): DeliveryMetrics {
  metrics.register({
    name: MESSAGES,
    type: 'counter',
    labelNames: ['eventType'],
    description: 'Messages accepted',
    rate: true,
  });
  metrics.register({
    name: ATTEMPTS,
    type: 'counter',
    labelNames: ['result'],
    description: 'Requests made to webhooks: delivered or failed',
    rate: true,
  });
  metrics.register({
    name: DURATION,
    type: 'histogram',
    labelNames: ['result'],
    description: 'Time from connect to the end of the answer',
    unit: 'millisecond',
    quantiles: true,
    buckets: true,
  });
  metrics.register({
    name: CONCLUDED,
    type: 'counter',
    labelNames: ['state'],
    description: 'Deliveries that ended: delivered, exhausted or cancelled',
    rate: true,
  });
  metrics.register({
    name: WAITING,
    type: 'gauge',
    description: 'Calls that wait for the outcomes of a message',
  });
  metrics.set(WAITING, 0);
  const named = new Set<string>();

  /** Publishers choose the names, and each value of a label is kept for ever. */
  function labelOf(eventType: string): string {
    if (named.size < MOST_NAMED) named.add(eventType);
    return named.has(eventType) ? eventType : OTHERS;
  }

  return {
    accepted(eventType) {
      metrics.increment(MESSAGES, { eventType: labelOf(eventType) });
    },
    waiting(change) {
      if (change === 1) metrics.increment(WAITING);
      else metrics.decrement(WAITING);
    },
    hear({ kind, attempt }) {
      if (kind === 'disabled' || attempt === undefined) return;
      const result = attempt.succeeded ? 'delivered' : 'failed';
      metrics.increment(ATTEMPTS, { result });
      metrics.observe(DURATION, attempt.durationMs, { result });
      if (kind !== 'failed') metrics.increment(CONCLUDED, { state: kind });
    },
  };
}
