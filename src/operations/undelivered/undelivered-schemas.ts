import { z } from 'zod';
import { messageStatus, messageStatusText } from '../attempts/attempt-schemas.ts';
import type { InputOf, OutputOf } from '../field-types.ts';
import { timestamp } from '../fields.ts';
import { messageListFields } from '../messages/message-schemas.ts';
import { numberOfText, orderedListFields } from '../paging.ts';

type UndeliveredStatus = 2 | 3;

const status = z.preprocess<unknown, z.ZodType<UndeliveredStatus>, UndeliveredStatus>(
  numberOfText,
  z.literal([2, 3]),
);

const { channel, tag, eventTypes, before, after } = messageListFields;

const undeliveredFilterFields = {
  channel,
  tag,
  eventTypes,
  before,
  after,
  /** 2 fail: no attempt follows; 3 sending: another attempt follows. */
  status: status.nullish(),
};
export const undeliveredFilter: z.ZodObject<typeof undeliveredFilterFields, z.core.$strict> =
  z.strictObject(undeliveredFilterFields);

const undeliveredListFields = { ...orderedListFields, ...undeliveredFilterFields };
export const undeliveredListOptions: z.ZodObject<typeof undeliveredListFields, z.core.$strict> =
  z.strictObject(undeliveredListFields);

/** For lists of one application, where an endpoint can be named by id or uid. */
const ofEndpoint = { endpointId: z.string().nullish() };
const undeliveredOfApplicationFields = { ...undeliveredListFields, ...ofEndpoint };
export const undeliveredOfApplicationOptions: z.ZodObject<
  typeof undeliveredOfApplicationFields,
  z.core.$strict
> = z.strictObject(undeliveredOfApplicationFields);
const undeliveredCountOfApplicationFields = { ...undeliveredFilterFields, ...ofEndpoint };
export const undeliveredCountOfApplicationOptions: z.ZodObject<
  typeof undeliveredCountOfApplicationFields,
  z.core.$strict
> = z.strictObject(undeliveredCountOfApplicationFields);

const undeliveredFields = {
  msgId: z.string(),
  appId: z.string(),
  endpointId: z.string(),
  /** Where the endpoint is now, as the endpoint itself shows its URL; null: the endpoint is gone. */
  endpointUrl: z.string().nullable(),
  eventType: z.string(),
  eventId: z.string().nullable(),
  channels: z.array(z.string()).nullable(),
  tags: z.array(z.string()).nullable(),
  /** When the message was published. */
  timestamp,
  status: messageStatus,
  statusText: messageStatusText,
  attemptCount: z.number(),
  /** When the next attempt is due; null when no attempt follows. */
  nextAttempt: timestamp.nullable(),
};
export const undeliveredOut: z.ZodObject<typeof undeliveredFields> = z.object(undeliveredFields);

const undeliveredCountFields = {
  /** Deliveries with another attempt to follow. */
  sending: z.number(),
  /** Deliveries without another attempt. */
  fail: z.number(),
  /** False: only the newest 5,000 deliveries with failures were counted, and there are more. */
  isExact: z.boolean(),
};
export const undeliveredCountOut: z.ZodObject<typeof undeliveredCountFields> =
  z.object(undeliveredCountFields);

export interface UndeliveredListOptions extends InputOf<typeof undeliveredListFields> {}
export interface UndeliveredOfApplicationOptions extends InputOf<
  typeof undeliveredOfApplicationFields
> {}
export interface UndeliveredFilter extends InputOf<typeof undeliveredFilterFields> {}
export interface UndeliveredCountOfApplicationOptions extends InputOf<
  typeof undeliveredCountOfApplicationFields
> {}
export interface UndeliveredOut extends OutputOf<typeof undeliveredFields> {}
export interface UndeliveredCountOut extends OutputOf<typeof undeliveredCountFields> {}
