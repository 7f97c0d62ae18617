import type { Attempt } from '../../domain/attempt.ts';
import type { Delivery } from '../../domain/delivery.ts';
import type { Endpoint } from '../../domain/endpoint.ts';
import { toEndpointOut } from '../endpoints/endpoint-out.ts';
import {
  type MessageAttemptOut,
  type MessageEndpointOut,
  type MessageStatus,
  toStatusOut,
} from './attempt-schemas.ts';

export function toAttemptOut(withContent: boolean): (attempt: Attempt) => MessageAttemptOut {
  return (attempt) => ({
    id: attempt.id,
    msgId: attempt.messageId,
    endpointId: attempt.endpointId,
    url: attempt.url,
    response: withContent ? attempt.response : '',
    responseStatusCode: attempt.statusCode ?? 0,
    responseDurationMs: Math.round(attempt.durationMs),
    ...toStatusOut(attempt.succeeded ? 0 : 2),
    triggerType: attempt.trigger === 'manual' ? 1 : 0,
    timestamp: new Date(attempt.startedAt).toISOString(),
    attemptNumber: attempt.number,
    failure: attempt.failure,
    detail: attempt.detail,
  });
}

export function toDestinationOut(row: {
  delivery: Delivery;
  endpoint: Endpoint;
}): MessageEndpointOut {
  const { metadata: _, ...endpoint } = toEndpointOut(row.endpoint);
  const { state, claimed, dueAt } = row.delivery;
  const waiting = state === 'pending' && !claimed && dueAt !== null;
  return {
    ...endpoint,
    ...toStatusOut(deliveryStatus(row.delivery)),
    nextAttempt: waiting ? new Date(dueAt).toISOString() : null,
  };
}

function deliveryStatus({ state, claimed }: Delivery): MessageStatus {
  if (state === 'delivered') return 0;
  if (state === 'pending') return claimed ? 3 : 1;
  return 2;
}
