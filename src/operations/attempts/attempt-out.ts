import { decodeExchange } from '../../domain/attempt-exchange.ts';
import type { Attempt } from '../../domain/attempt.ts';
import type { Delivery, DeliveryState } from '../../domain/delivery.ts';
import type { Endpoint } from '../../domain/endpoint.ts';
import type { Message } from '../../domain/message.ts';
import type { OwedMessage } from '../../storage/storage.ts';
import type { Principal } from '../principal.ts';
import { toEndpointOut, toHeadersOut } from '../endpoints/endpoint-out.ts';
import {
  type AttemptExchangeOut,
  type EndpointMessageOut,
  type MessageAttemptHeadersOut,
  type MessageAttemptOut,
  type MessageEndpointOut,
  type MessageStatus,
  toStatusOut,
} from './attempt-schemas.ts';

export function toAttemptOut(
  { applicationId }: Pick<Principal, 'applicationId'>,
  withContent: boolean,
): (attempt: Attempt) => Omit<MessageAttemptOut, 'msg'> {
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
    detail: applicationId === undefined ? attempt.detail : withoutAddresses(attempt.detail),
    exchange: withContent ? exchangeOut(attempt) : null,
  });
}

/**
 * Removes addresses from the details that customers see: they must not learn which addresses a name has in the
 * operator's network, nor the address of the proxy.
 */
function withoutAddresses(detail: string): string {
  return detail
    .replace(/ is at .*, outside the public internet: .*/, ' is outside the public internet')
    .replace(/(the connection to the proxy failed): .*/, '$1')
    .replace(/(connect E[A-Z]+) .*/, '$1')
    .replace(/(the proxy (?:refused|requires)[^(]*) \(".*"\)/, '$1');
}

export function toAttemptHeadersOut(attempt: Attempt): MessageAttemptHeadersOut {
  const { requestHeaders = {}, responseHeaders = null } = exchangeOut(attempt) ?? {};
  const { headers: sentHeaders, sensitive } = toHeadersOut(requestHeaders);
  return {
    sentHeaders,
    responseHeaders: responseHeaders && Object.entries(responseHeaders),
    sensitive,
  };
}

function exchangeOut(attempt: Attempt): AttemptExchangeOut | null {
  if (attempt.exchange === null) return null;
  const { times, requestHeaders, responseHeaders, ...rest } = decodeExchange(
    attempt.exchange,
    attempt,
  );
  return {
    requestHeaders: { ...requestHeaders },
    responseHeaders: responseHeaders && { ...responseHeaders },
    ...rest,
    ...times,
  };
}

export function toDestinationOut(
  expandedStatuses: boolean,
): (row: { delivery: Delivery; endpoint: Endpoint }) => MessageEndpointOut {
  return ({ delivery, endpoint }) => {
    const { metadata: _, ...shown } = toEndpointOut(endpoint);
    return { ...shown, ...toDeliveryStatus(delivery, expandedStatuses) };
  };
}

export function toDeliveryStatus(
  delivery: Delivery,
  expandedStatuses: boolean,
): Pick<MessageEndpointOut, 'status' | 'statusText' | 'nextAttempt'> {
  return deliveryStatus(delivery, expandedStatuses ? 4 : 2);
}

/** The status of a pending delivery: 1 before its first attempt begins, 3 from then on. */
export function pendingStatus({
  claimed,
  attemptCount,
}: Pick<Delivery, 'claimed' | 'attemptCount'>): MessageStatus {
  return claimed || attemptCount > 0 ? 3 : 1;
}

export function deliveryStatus(delivery: Delivery, cancelled: MessageStatus) {
  const { state } = delivery;
  const status = state === 'pending' ? pendingStatus(delivery) : endedStatus(state, cancelled);
  return { ...toStatusOut(status), nextAttempt: nextAttempt(delivery) };
}

/** `EndpointMessageOut`, with the stored message. */
export interface StandingMessage extends Pick<
  EndpointMessageOut,
  'status' | 'statusText' | 'nextAttempt'
> {
  readonly message: Message;
}

export function toStandingMessage(
  expandedStatuses: boolean,
): (row: OwedMessage) => StandingMessage {
  return ({ message, delivery }) => ({
    message,
    ...deliveryStatus(delivery, expandedStatuses ? 4 : 0),
  });
}

function endedStatus(
  state: Exclude<DeliveryState, 'pending'>,
  cancelled: MessageStatus,
): MessageStatus {
  if (state === 'cancelled') return cancelled;
  return state === 'delivered' ? 0 : 2;
}

function nextAttempt({ state, claimed, dueAt }: Delivery): string | null {
  const waiting = state === 'pending' && !claimed && dueAt !== null;
  return waiting ? new Date(dueAt).toISOString() : null;
}
