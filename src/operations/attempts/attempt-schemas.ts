import { z } from 'zod';
import { endpointOutFields } from '../endpoints/endpoint-schemas.ts';
import type { InputOf, OutputOf } from '../field-types.ts';
import { timestamp } from '../fields.ts';
import {
  messageListFields,
  messageOut,
  messageOutFields,
  rareOutFields,
} from '../messages/message-schemas.ts';
import { routingFields } from '../messages/routing-schemas.ts';
import { flag, listFields, numberOfText } from '../paging.ts';

const STATUS_TEXTS = ['success', 'pending', 'fail', 'sending', 'canceled'] as const;

/** 0 success, 1 pending, 2 fail, 3 sending, 4 canceled. */
export const messageStatus = z.literal([0, 1, 2, 3, 4]);
export const messageStatusText = z.enum(STATUS_TEXTS);

const headers = z.record(z.string(), z.string());
const durationMs = z.number().nullable();

const exchangeFields = {
  /** The headers that were sent. Values that look secret are `***`. */
  requestHeaders: headers,
  requestBytes: z.number(),
  /** Null when no response arrived. */
  responseHeaders: headers.nullable(),
  /** Null, like `connectMs` and `tlsMs`, when this step was not reached, or a connection was reused. */
  resolveMs: durationMs,
  connectMs: durationMs,
  tlsMs: durationMs,
  /** Milliseconds from the beginning of the attempt to the first byte of the response. */
  firstByteMs: durationMs,
};
export const exchangeOut: z.ZodObject<typeof exchangeFields> = z.object(exchangeFields);

const attemptHeadersFields = {
  sentHeaders: headers,
  responseHeaders: z.array(z.array(z.string())).nullable(),
  /** Names of headers that were sent and are not shown. */
  sensitive: z.array(z.string()),
};
export const attemptHeadersOut: z.ZodObject<typeof attemptHeadersFields> =
  z.object(attemptHeadersFields);

export const attemptOutFields = {
  id: z.string(),
  msgId: z.string(),
  endpointId: z.string(),
  url: z.string(),
  /** The first bytes of the response body; empty with `withContent: false`. */
  response: z.string(),
  /** 0 when no response arrived. */
  responseStatusCode: z.number(),
  responseDurationMs: z.number(),
  status: messageStatus,
  statusText: messageStatusText,
  /** 0 scheduled, 1 manual. */
  triggerType: z.literal([0, 1]),
  timestamp,
  /** Additive: from 1, per message and endpoint. */
  attemptNumber: z.number(),
  /** Additive: the kind of failure (see docs/api.md); null after a success. */
  failure: z.string().nullable(),
  /** Additive: the failure in a sentence; empty after a success. */
  detail: z.string(),
  /** Additive: null when not known, deleted, or with `withContent: false`. */
  exchange: exchangeOut.nullable(),
};
/** Present with `withMsg`. */
const messageOfAttempt = { msg: messageOut.optional() };
export const messageAttemptOut: z.ZodObject<typeof attemptOutFields & typeof messageOfAttempt> =
  z.object({ ...attemptOutFields, ...messageOfAttempt });

/** The state of a message at one endpoint. */
const standingFields = {
  status: messageStatus,
  statusText: messageStatusText,
  /** When the next attempt is due; null when no attempt follows. */
  nextAttempt: timestamp.nullable(),
};
const endpointMessageFields = { ...messageOutFields, ...standingFields };
export const endpointMessageOut: z.ZodObject<typeof endpointMessageFields & typeof rareOutFields> =
  z.object({ ...endpointMessageFields, ...rareOutFields });

const statusFilter = z.preprocess<unknown, z.ZodType<MessageStatus>, MessageStatus>(
  numberOfText,
  messageStatus,
);

/** True: status 4 (canceled) for cancelled deliveries. Default false, because older clients don't know 4. */
const expandedStatuses = flag.default(false);

const { metadata: _, ...shownEndpointFields } = endpointOutFields;

const destinationFields = {
  ...shownEndpointFields,
  ...standingFields,
};
export const messageEndpointOut: z.ZodObject<typeof destinationFields> =
  z.object(destinationFields);

const messageRoutingFields = {
  ...routingFields,
  /** Null: the message has no delivery to the endpoint. */
  status: messageStatus.nullable(),
  statusText: messageStatusText.nullable(),
  nextAttempt: timestamp.nullable(),
};
export const messageRoutingOut: z.ZodObject<typeof messageRoutingFields> =
  z.object(messageRoutingFields);

const destinationListFields = {
  ...listFields,
  /** Additive: true: 4 (canceled) instead of 2 for a delivery that was cancelled. */
  expandedStatuses,
};
export const destinationListOptions: z.ZodObject<typeof destinationListFields, z.core.$strict> =
  z.strictObject(destinationListFields);

type StatusCodeClass = 0 | 100 | 200 | 300 | 400 | 500;

const statusCodeClass = z.preprocess<unknown, z.ZodType<StatusCodeClass>, StatusCodeClass>(
  numberOfText,
  z.literal([0, 100, 200, 300, 400, 500]),
);

export const attemptListFields = {
  ...messageListFields,
  /** 0 success, 2 fail; 1, 3 and 4 are accepted and find nothing. */
  status: statusFilter.nullish(),
  /** 100 … 500; 0: no response arrived. */
  statusCodeClass: statusCodeClass.nullish(),
  /** Has no effect, because attempts always succeed or fail. */
  expandedStatuses,
};
const attemptListByEndpointFields = {
  ...attemptListFields,
  /** Each attempt with its message, `msg`; default false. */
  withMsg: flag.default(false),
};
export const attemptListOptions: z.ZodObject<typeof attemptListByEndpointFields, z.core.$strict> =
  z.strictObject(attemptListByEndpointFields);

const endpointMessageListFields = {
  ...messageListFields,
  /** 0 success, 1 pending, 2 fail, 3 sending (an attempt was made, or is under way), 4 canceled. */
  status: statusFilter.nullish(),
  /** True: 4 (canceled) instead of 0 for a message that was cancelled, as with Svix. */
  expandedStatuses,
};
export const endpointMessageListOptions: z.ZodObject<
  typeof endpointMessageListFields,
  z.core.$strict
> = z.strictObject(endpointMessageListFields);

const attemptListByMessageFields = {
  ...attemptListFields,
  endpointId: z.string().nullish(),
};
export const attemptListByMessageOptions: z.ZodObject<
  typeof attemptListByMessageFields,
  z.core.$strict
> = z.strictObject(attemptListByMessageFields);

/** 0 success, 1 pending, 2 fail, 3 sending, 4 canceled. */
export type MessageStatus = z.output<typeof messageStatus>;
export type MessageStatusText = z.output<typeof messageStatusText>;
export interface MessageAttemptOut
  extends OutputOf<typeof attemptOutFields>, InputOf<typeof messageOfAttempt> {}
/** A message that is or was owed to an endpoint, and the state of its delivery. */
export interface EndpointMessageOut
  extends OutputOf<typeof endpointMessageFields>, InputOf<typeof rareOutFields> {}
/** An endpoint that a message is owed to, and the state of that delivery. */
export interface MessageEndpointOut extends OutputOf<typeof destinationFields> {}
/** Whether an endpoint gets a message, and the state of the delivery. */
export interface MessageRoutingOut extends OutputOf<typeof messageRoutingFields> {}
export interface MessageAttemptHeadersOut extends OutputOf<typeof attemptHeadersFields> {}
/** Headers, size and times of an attempt's request and response. */
export interface AttemptExchangeOut extends OutputOf<typeof exchangeFields> {}
export interface AttemptListOptions extends InputOf<typeof attemptListByEndpointFields> {}
export interface DestinationListOptions extends InputOf<typeof destinationListFields> {}
export interface EndpointMessageListOptions extends InputOf<typeof endpointMessageListFields> {}
export interface AttemptListByMessageOptions extends InputOf<typeof attemptListByMessageFields> {}

export function toStatusOut(
  status: MessageStatus,
): Pick<MessageAttemptOut, 'status' | 'statusText'> {
  return { status, statusText: STATUS_TEXTS[status] };
}
