import { z } from 'zod';
import { TEST_TAG } from '../../domain/message.ts';
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
import { nullIfEmpty } from '../null-if-empty.ts';
import { flag, listFields } from '../paging.ts';
import { lifetimeFields } from './lifetimes.ts';
import { messageHeaders } from './message-headers.ts';
import { routingOut } from './routing-schemas.ts';
import { contentType, transformationsParams } from './raw-text.ts';

const inlineApplication: z.ZodType<z.output<typeof applicationIn>, ApplicationIn> = applicationIn;

/** Nobody else may mark a message as a test: `replay-missing` leaves tests out. */
const publishedTag = tag.refine((value) => value !== TEST_TAG, {
  error: 'is reserved for the messages of send-example',
});

const messageFields = {
  eventType: eventTypeName,
  /** Any JSON value; required unless there is a `rawPayload`. */
  payload: z.unknown().optional(),
  /** Additive: any text instead of JSON, signed and sent unchanged, in UTF-8. */
  rawPayload: plainText.nullish(),
  /**
   * Additive: the media type of `rawPayload`, or of `payload`; for `payload` it must be a JSON type, such as
   * `application/cloudevents+json`. Default: `application/json`, as in the Svix API.
   */
  contentType: contentType.nullish(),
  /** Additive: headers of each request with the message; headers of the endpoint override them. */
  headers: messageHeaders.nullish(),
  /** An id of the caller's choice, unique within the application. */
  eventId: uidOf('msg'),
  channels: uniqueList(channel, 1, 10).nullish(),
  /** Tags by which lists and replays find the message; an empty list means none. */
  tags: uniqueList(publishedTag, 0, 5).nullish(),
  ...lifetimeFields,
  /** Created first when the application in the path does not exist; its uid must be the one in the path. */
  application: inlineApplication.nullish(),
};
export const messageIn: z.ZodObject<typeof messageFields, z.core.$strict> =
  z.strictObject(messageFields);

/**
 * `messageIn` for checking requests: fields of the Svix API that Posthaste does not support are refused by name.
 */
export const checkedMessageIn = messageIn.extend({
  /** Another name of `payload` in the Svix API. */
  data: z.unknown().optional(),
  transformationsParams: transformationsParams.nullish(),
});

/** `messageIn` for the API's description, with the names that only clients of Svix use. */
export const describedMessageIn = messageIn.extend({
  data: z.unknown().optional(),
  transformationsParams: z
    .object({
      rawPayload: plainText.nullish(),
      headers: z.record(z.string(), z.string().nullable()).nullish(),
    })
    .nullish(),
});

const eventExampleFields = {
  eventType: eventTypeName,
  /** Index of the example in the schema of the event type; default 0. */
  exampleIndex: z.int().min(0).max(1_000).nullish(),
  /** Sent instead of an example, for any event type. Null: the example is sent. */
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
  /** `{}` with `withContent: false` and for raw text; `{expired: true}` after the payload was deleted. */
  payload: z.unknown(),
  timestamp,
};
/** Members that only some messages have. */
export const rareOutFields = {
  /** Present when the message was not due at once. */
  deliverAt: z.string().optional(),
  /** Additive: the raw text; absent with `withContent: false`. */
  rawPayload: z.string().optional(),
  /** Absent without tags. */
  tags: z.array(z.string()).optional(),
  /** Additive: true once the payload was deleted or has expired; absent before, and when content was not asked for. */
  payloadDeleted: z.boolean().optional(),
  /** Additive: the media type of the raw text; absent when the payload is JSON. */
  contentType: z.string().optional(),
  /** Additive: the headers that the publisher gave; absent without any, and with `withContent: false`. */
  headers: z.record(z.string(), z.string()).optional(),
};
/** Members that only the answer to a publish has. */
const publishedFields = {
  ...messageOutFields,
  ...rareOutFields,
  /** Additive: where the payload does not match the schema of its event type. */
  warnings: fieldErrors.optional(),
  /** Additive: which endpoints get the message, and why the others do not; only with `explain`. */
  routing: z.array(routingOut).optional(),
};
export const messageOut: z.ZodObject<typeof publishedFields> = z.object(publishedFields);

/** Over HTTP, the names may also arrive as one text with commas. An empty list selects all event types, like null. */
export const eventTypeNames = z
  .preprocess<unknown, z.ZodType<string[]>, string[]>(
    splitAtCommas,
    uniqueList(eventTypeName, 0, 100),
  )
  .transform(nullIfEmpty);

export function splitAtCommas(value: unknown): unknown {
  if (typeof value === 'string') return value === '' ? [] : value.split(',');
  if (!Array.isArray(value)) return value;
  return value.flatMap((entry) => (typeof entry === 'string' ? splitAtCommas(entry) : [entry]));
}

export const messageListFields = {
  ...listFields,
  channel: channel.nullish(),
  tag: tag.nullish(),
  eventTypes: eventTypeNames.nullish(),
  /** Only messages before this instant. */
  before: instant,
  /** Only messages at this instant or later. */
  after: instant,
  /** Include payloads; default true. */
  withContent: flag.default(true),
};
export const messageListOptions: z.ZodObject<typeof messageListFields, z.core.$strict> =
  z.strictObject(messageListFields);

const messagePrecheckFields = {
  eventType: eventTypeName,
  channels: uniqueList(channel, 1, 10).nullish(),
};
export const messagePrecheckIn: z.ZodObject<typeof messagePrecheckFields, z.core.$strict> =
  z.strictObject(messagePrecheckFields);

const messagePrecheckOutFields = {
  /** Whether any endpoint may get such a message; filters of payloads are not applied. */
  active: z.boolean(),
};
export const messagePrecheckOut: z.ZodObject<typeof messagePrecheckOutFields> =
  z.object(messagePrecheckOutFields);

const messageRawPayloadFields = {
  /** The text exactly as it was published; `{"expired":true}` once it was deleted. */
  payload: z.string(),
};
export const messageRawPayloadOut: z.ZodObject<typeof messageRawPayloadFields> =
  z.object(messageRawPayloadFields);

/** Bounds the payloads that one request holds in memory. */
const MOST_EXPUNGED = 1_000;

const bulkExpungeFields = {
  /** Ids or `eventId`s of messages. */
  ids: uniqueList(name256, 0, MOST_EXPUNGED).nullish(),
};
export const bulkExpungeIn: z.ZodObject<typeof bulkExpungeFields, z.core.$strict> =
  z.strictObject(bulkExpungeFields);

const bulkExpungeOutFields = {
  /** The result for each given name. */
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

/** Converts to the storage's filter, whose bounds are exclusive whole milliseconds. */
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
