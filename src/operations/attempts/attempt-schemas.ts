import { z } from 'zod';
import { endpointOut } from '../endpoints/endpoint-schemas.ts';
import { messageListOptions } from '../messages/message-schemas.ts';
import { numberOfText } from '../paging.ts';

const STATUS_TEXTS = ['success', 'pending', 'fail', 'sending'] as const;

/** 0 success, 1 pending, 2 fail, 3 sending. */
const messageStatus = z.literal([0, 1, 2, 3]);
const messageStatusText = z.enum(STATUS_TEXTS);

export const messageAttemptOut = z.object({
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
});

export const messageEndpointOut = endpointOut.omit({ metadata: true }).extend({
  status: messageStatus,
  statusText: messageStatusText,
  /** When the next attempt is due; null when none is waiting. */
  nextAttempt: z.string().nullable(),
});

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

export const attemptListOptions = messageListOptions.extend({
  /** 0 success, 2 fail; 1, 3 and 4 are accepted and find nothing. */
  status: statusFilter.nullish(),
  /** 100 … 500; 0: no response arrived. */
  statusCodeClass: statusCodeClass.nullish(),
});

export const attemptListByMessageOptions = attemptListOptions.extend({
  endpointId: z.string().nullish(),
});

/** 0 success, 1 pending, 2 fail, 3 sending. */
export type MessageStatus = z.output<typeof messageStatus>;
export type MessageStatusText = z.output<typeof messageStatusText>;
export interface MessageAttemptOut extends z.output<typeof messageAttemptOut> {}
/** An endpoint that a message is owed to, and the state of that delivery. */
export interface MessageEndpointOut extends z.output<typeof messageEndpointOut> {}
export interface AttemptListOptions extends z.input<typeof attemptListOptions> {}
export interface AttemptListByMessageOptions extends z.input<typeof attemptListByMessageOptions> {}

export function toStatusOut(
  status: MessageStatus,
): Pick<MessageAttemptOut, 'status' | 'statusText'> {
  return { status, statusText: STATUS_TEXTS[status] };
}
