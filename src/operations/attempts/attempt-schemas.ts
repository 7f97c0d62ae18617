import { z } from 'zod';
import { endpointOutFields } from '../endpoints/endpoint-schemas.ts';
import type { InputOf, OutputOf } from '../field-types.ts';
import { messageListFields } from '../messages/message-schemas.ts';
import { notOffered } from '../not-offered.ts';
import { flag, numberOfText } from '../paging.ts';

const STATUS_TEXTS = ['success', 'pending', 'fail', 'sending'] as const;

/** 0 success, 1 pending, 2 fail, 3 sending. */
const messageStatus = z.literal([0, 1, 2, 3]);
const messageStatusText = z.enum(STATUS_TEXTS);

export const attemptOutFields = {
  id: z.string(),
  msgId: z.string(),
  endpointId: z.string(),
  url: z.string(),
  /** The first bytes of the response body; empty when content was not asked for. */
  response: z.string(),
  /** 0 when no response arrived. */
  responseStatusCode: z.number(),
  responseDurationMs: z.number(),
  status: messageStatus,
  statusText: messageStatusText,
  /** 0 scheduled, 1 manual. */
  triggerType: z.literal([0, 1]),
  timestamp: z.string(),
  /** Additive: from 1, per message and endpoint. */
  attemptNumber: z.number(),
  /** Additive: the kind of failure (see docs/api.md); null after a success. */
  failure: z.string().nullable(),
  /** Additive: the failure in a sentence; empty after a success. */
  detail: z.string(),
};
export const messageAttemptOut: z.ZodObject<typeof attemptOutFields> = z.object(attemptOutFields);

const { metadata: _, ...shownEndpointFields } = endpointOutFields;

export const destinationFields = {
  ...shownEndpointFields,
  status: messageStatus,
  statusText: messageStatusText,
  /** When the next attempt is due; null when none is waiting. */
  nextAttempt: z.string().nullable(),
};
export const messageEndpointOut: z.ZodObject<typeof destinationFields> =
  z.object(destinationFields);

/** `messageStatus`, and 4 (canceled) of the Svix API: an attempt never has it, so it finds nothing. */
const statusFilter = z.preprocess<unknown, z.ZodType<0 | 1 | 2 | 3 | 4>, 0 | 1 | 2 | 3 | 4>(
  numberOfText,
  z.literal([0, 1, 2, 3, 4]),
);

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
};
export const attemptListOptions: z.ZodObject<typeof attemptListFields, z.core.$strict> =
  z.strictObject(attemptListFields);

export const attemptListByMessageFields = {
  ...attemptListFields,
  endpointId: z.string().nullish(),
};
export const attemptListByMessageOptions: z.ZodObject<
  typeof attemptListByMessageFields,
  z.core.$strict
> = z.strictObject(attemptListByMessageFields);

const others = {
  tag: notOffered(),
  withMsg: notOffered(),
  // It tells apart the states of deliveries that wait; an attempt has ended.
  expandedStatuses: flag.optional(),
};

/** The options as requests are checked. */
export const checkedAttemptListOptions = attemptListOptions.extend(others);
export const checkedAttemptListByMessageOptions = attemptListByMessageOptions.extend(others);

/** 0 success, 1 pending, 2 fail, 3 sending. */
export type MessageStatus = z.output<typeof messageStatus>;
export type MessageStatusText = z.output<typeof messageStatusText>;
export interface MessageAttemptOut extends OutputOf<typeof attemptOutFields> {}
/** An endpoint that a message is owed to, and the state of that delivery. */
export interface MessageEndpointOut extends OutputOf<typeof destinationFields> {}
export interface AttemptListOptions extends InputOf<typeof attemptListFields> {}
export interface AttemptListByMessageOptions extends InputOf<typeof attemptListByMessageFields> {}

export function toStatusOut(
  status: MessageStatus,
): Pick<MessageAttemptOut, 'status' | 'statusText'> {
  return { status, statusText: STATUS_TEXTS[status] };
}
