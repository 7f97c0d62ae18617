import { z } from 'zod';
import type { InputOf, OutputOf } from '../field-types.ts';
import { channel, eventTypeOrPattern, uniqueList } from '../fields.ts';
import { REASONS } from '../messages/routing-schemas.ts';
import { listFields } from '../paging.ts';
import { payloadFilter } from './payload-filter-schema.ts';

/** Absent filters are those of the endpoint. */
const filterTestFields = {
  eventTypes: uniqueList(eventTypeOrPattern, 0, 1000).nullish(),
  channels: uniqueList(channel, 0, 10).nullish(),
  filter: payloadFilter.nullish(),
  limit: listFields.limit,
  /** The `iterator` of an earlier answer, for older messages. */
  iterator: z
    .string()
    .refine((text) => !text.startsWith('-'), { error: 'must be the iterator of an earlier answer' })
    .nullish(),
};
export const filterTestIn: z.ZodObject<typeof filterTestFields, z.core.$strict> =
  z.strictObject(filterTestFields);

const filterTestMessageFields = {
  id: z.string(),
  eventType: z.string(),
  eventId: z.string().nullable(),
  timestamp: z.string(),
  matches: z.boolean(),
  /** The first filter that does not match; null when all do. */
  reason: z.enum(REASONS).nullable(),
  /** The reason as a sentence, with the value of the message. */
  detail: z.string().nullable(),
};
const filterTestMessage: z.ZodObject<typeof filterTestMessageFields> =
  z.object(filterTestMessageFields);

const filterTestOutFields = {
  /** Newest first. */
  data: z.array(filterTestMessage),
  /** Continues with older messages; null when there are none. */
  iterator: z.string().nullable(),
  done: z.boolean(),
};
export const filterTestOut: z.ZodObject<typeof filterTestOutFields> = z.object(filterTestOutFields);

export interface FilterTestIn extends InputOf<typeof filterTestFields> {}
export interface FilterTestOut extends OutputOf<typeof filterTestOutFields> {}
