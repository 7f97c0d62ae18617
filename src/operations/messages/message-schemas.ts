import { z } from 'zod';
import type { MessageFilter } from '../../storage/storage.ts';
import { type ApplicationIn, applicationIn } from '../applications/application-schemas.ts';
import type { InputOf, OutputOf } from '../field-types.ts';
import {
  channel,
  eventTypeName,
  name256,
  plainText,
  tag,
  timestamp,
  uidOf,
  uniqueList,
} from '../fields.ts';
import { instant } from '../instant.ts';
import { flag, listFields } from '../paging.ts';
import { lifetimeFields } from './lifetimes.ts';
import { messageHeaders } from './message-headers.ts';
import { routingOut } from './routing-schemas.ts';
import { contentType, transformationsParams } from './raw-text.ts';

const inlineApplication: z.ZodType<z.output<typeof applicationIn>, ApplicationIn> = applicationIn;

export const messageFields = {
  eventType: eventTypeName,
  /** Any JSON value; required unless there is a `rawPayload`. */
  payload: z.unknown().optional(),
  /** Additive: any text instead of JSON, which is signed and sent as it stands, in UTF-8. */
  rawPayload: plainText.nullish(),
  /**
   * Additive: the media type of `rawPayload`, or of a `payload`, then one of JSON such as
   * `application/cloudevents+json`. Default: `application/json`, as in the Svix API.
   */
  contentType: contentType.nullish(),
  /** Additive: headers of each request with the message; those of an endpoint win over them. */
  headers: messageHeaders.nullish(),
  /** The caller's own id of the event, unique within the application. */
  eventId: uidOf('msg'),
  channels: uniqueList(channel, 1, 10).nullish(),
  /** What lists and replays find the message by; an empty list is none. */
  tags: uniqueList(tag, 0, 5).nullish(),
  ...lifetimeFields,
  /** Created first when the application in the path does not exist; its uid must be the one in the path. */
  application: inlineApplication.nullish(),
};
export const messageIn: z.ZodObject<typeof messageFields, z.core.$strict> =
  z.strictObject(messageFields);

/**
 * `messageIn` as it is checked: fields of the Svix API that Posthaste does not offer are refused by
 * name.
 */
export const checkedMessageIn = messageIn.extend({
  /** Another name of `payload` in the Svix API. */
  data: z.unknown().optional(),
  transformationsParams: transformationsParams.nullish(),
});

/** `messageIn` as the API describes it: with the names that only clients of Svix use. */
export const describedMessageIn = messageIn.extend({
  data: z.unknown().optional(),
  transformationsParams: z
    .object({
      rawPayload: plainText.nullish(),
      headers: z.record(z.string(), z.string().nullable()).nullish(),
    })
    .nullish(),
});

export const eventExampleFields = {
  eventType: eventTypeName,
  /** Which of the examples of its schema; from 0, the default. */
  exampleIndex: z.int().min(0).max(1_000).nullish(),
  /** Additive: sent instead of an example, for any event type. */
  payload: z.unknown().optional(),
};
export const eventExampleIn: z.ZodObject<typeof eventExampleFields, z.core.$strict> =
  z.strictObject(eventExampleFields);

export const fieldErrors = z.array(
  z.object({ loc: z.array(z.string()), msg: z.string(), type: z.string() }),
);

export const messageOutFields = {
  id: z.string(),
  eventType: z.string(),
  eventId: z.string().nullable(),
  channels: z.array(z.string()).nullable(),
  /** `{}` when content was not asked for, and for a raw text; `{expired: true}` once it was deleted. */
  payload: z.unknown(),
  timestamp,
};
/** What only some messages have. */
export const rareOutFields = {
  /** Of a message that was not due at once. */
  deliverAt: z.string().optional(),
  /** Additive: the raw text; absent when content was not asked for. */
  rawPayload: z.string().optional(),
  /** Absent without tags. */
  tags: z.array(z.string()).optional(),
  /** Additive: true once the payload was deleted or has expired; absent before, and when content was not asked for. */
  payloadDeleted: z.boolean().optional(),
  /** Additive: the media type of the raw text; absent when the payload is JSON. */
  contentType: z.string().optional(),
  /** Additive: those that the publisher gave; absent without, and when content was not asked for. */
  headers: z.record(z.string(), z.string()).optional(),
};
/** Of a publish only. */
export const publishedFields = {
  ...messageOutFields,
  ...rareOutFields,
  /** Additive: what the payload lacks by the schema of its event type. */
  warnings: fieldErrors.optional(),
  /** Additive: which endpoints get the message, and why the others do not; if it was asked for. */
  routing: z.array(routingOut).optional(),
};
export const messageOut: z.ZodObject<typeof publishedFields> = z.object(publishedFields);

/** Over HTTP also one text, with commas between the names. */
export const eventTypeNames = z.preprocess<unknown, z.ZodType<string[]>, string[]>(
  splitAtCommas,
  uniqueList(eventTypeName, 1, 100),
);

export function splitAtCommas(value: unknown): unknown {
  if (typeof value === 'string') return value.split(',');
  if (!Array.isArray(value)) return value;
  return value.flatMap((entry: unknown) => (typeof entry === 'string' ? entry.split(',') : entry));
}

export const messageListFields = {
  ...listFields,
  channel: channel.nullish(),
  tag: tag.nullish(),
  eventTypes: eventTypeNames.nullish(),
  /** Earlier than this instant. */
  before: instant,
  /** At this instant or later. */
  after: instant,
  /** With payloads; default true. */
  withContent: flag.default(true),
};
export const messageListOptions: z.ZodObject<typeof messageListFields, z.core.$strict> =
  z.strictObject(messageListFields);

export const messagePrecheckFields = {
  eventType: eventTypeName,
  channels: uniqueList(channel, 1, 10).nullish(),
};
export const messagePrecheckIn: z.ZodObject<typeof messagePrecheckFields, z.core.$strict> =
  z.strictObject(messagePrecheckFields);

export const messagePrecheckOutFields = {
  /** Whether an endpoint may get such a message; payloads are not known. */
  active: z.boolean(),
};
export const messagePrecheckOut: z.ZodObject<typeof messagePrecheckOutFields> =
  z.object(messagePrecheckOutFields);

export const messageRawPayloadFields = {
  /** The text exactly as it was published; `{"expired":true}` once it was deleted. */
  payload: z.string(),
};
export const messageRawPayloadOut: z.ZodObject<typeof messageRawPayloadFields> =
  z.object(messageRawPayloadFields);

/** More would hold more payloads at once than a request may. */
const MOST_EXPUNGED = 1_000;

export const bulkExpungeFields = {
  /** Ids, or the callers' own ones (`eventId`). */
  ids: uniqueList(name256, 0, MOST_EXPUNGED).default([]),
};
export const bulkExpungeIn: z.ZodObject<typeof bulkExpungeFields, z.core.$strict> =
  z.strictObject(bulkExpungeFields);

export const bulkExpungeOutFields = {
  /** By the names that were given. */
  results: z.record(z.string(), z.enum(['expunged', 'not-found'])),
};
export const bulkExpungeOut: z.ZodObject<typeof bulkExpungeOutFields> =
  z.object(bulkExpungeOutFields);

export interface BulkExpungeContentsIn extends InputOf<typeof bulkExpungeFields> {}
export interface BulkExpungeContentsOut extends OutputOf<typeof bulkExpungeOutFields> {}
export interface MessagePrecheckIn extends InputOf<typeof messagePrecheckFields> {}
export interface MessagePrecheckOut extends OutputOf<typeof messagePrecheckOutFields> {}
export interface MessageRawPayloadOut extends OutputOf<typeof messageRawPayloadFields> {}
export interface MessageIn extends InputOf<typeof messageFields> {}
export interface MessageOut
  extends
    OutputOf<typeof messageOutFields>,
    InputOf<typeof rareOutFields>,
    InputOf<typeof publishedFields> {}
export interface EventExampleIn extends InputOf<typeof eventExampleFields> {}
export interface MessageListOptions extends InputOf<typeof messageListFields> {}

/** The storage's bounds are exclusive, in whole milliseconds. */
export function messageFilter(
  options: Pick<
    z.output<typeof messageListOptions>,
    'channel' | 'tag' | 'eventTypes' | 'before' | 'after'
  >,
): MessageFilter {
  return {
    ...(options.channel && { channel: options.channel }),
    ...(options.tag && { tag: options.tag }),
    ...(options.eventTypes && { eventTypes: options.eventTypes }),
    ...(typeof options.before === 'number' && { createdBefore: options.before }),
    ...(typeof options.after === 'number' && { createdAfter: options.after - 1 }),
  };
}
