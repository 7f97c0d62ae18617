import { z } from 'zod';
import type { InputOf, OutputOf } from '../field-types.ts';
import {
  name256,
  nameInPaths,
  nestedAtMost,
  plainText,
  recordOf,
  timestamp,
  uniqueList,
} from '../fields.ts';
import { readOnly } from '../not-offered.ts';
import { MAX_LEVELS } from './json-schema.ts';
import { flag, orderedListFields } from '../paging.ts';

const eventTypeFields = {
  description: plainText.max(16_384),
  archived: z.boolean().nullish(),
  deprecated: z.boolean().nullish(),
  /** Only portal tokens with one of these flags see the event type. An empty list has no effect. */
  featureFlags: uniqueList(name256, 0, 100).nullish(),
  /** The name in older clients, which know only one flag. */
  featureFlag: name256.nullish(),
  groupName: name256.nullish(),
  /** JSON Schemas by version, of draft 7 or (by `$schema`) 2020-12. */
  schemas: recordOf<unknown>(z.record(z.string(), nestedAtMost(MAX_LEVELS)), 100).nullish(),
};
export const eventTypeUpdate: z.ZodObject<typeof eventTypeFields, z.core.$strict> =
  z.strictObject(eventTypeFields);

const newEventTypeFields = { name: nameInPaths, ...eventTypeFields };
export const eventTypeIn: z.ZodObject<typeof newEventTypeFields, z.core.$strict> =
  z.strictObject(newEventTypeFields);

const others = {
  createdAt: readOnly,
  updatedAt: readOnly,
};

/** `eventTypeIn` and `eventTypeUpdate` for checking requests: with members that answers show and inputs ignore. */
export const checkedEventTypeIn = eventTypeIn.extend(others);
export const checkedEventTypeUpdate = eventTypeUpdate.extend({ ...others, name: readOnly });
export const eventTypePatch = eventTypeUpdate.partial().extend({
  archived: z.boolean().optional(),
  deprecated: z.boolean().optional(),
  ...others,
  name: readOnly,
});

export const eventTypeOutFields = {
  name: z.string(),
  description: z.string(),
  archived: z.boolean(),
  deprecated: z.boolean(),
  groupName: z.string().nullable(),
  featureFlags: z.array(z.string()).nullable(),
  featureFlag: z.string().nullable(),
  schemas: z.record(z.string(), z.unknown()).nullable(),
  createdAt: timestamp,
  updatedAt: timestamp,
};
export const eventTypeOut: z.ZodObject<typeof eventTypeOutFields> = z.object(eventTypeOutFields);

const eventTypeListFields = {
  ...orderedListFields,
  includeArchived: flag.default(false),
  /** Include `schemas`; default false. */
  withContent: flag.default(false),
};
export const eventTypeListOptions: z.ZodObject<typeof eventTypeListFields, z.core.$strict> =
  z.strictObject(eventTypeListFields);

export interface EventTypeIn extends InputOf<typeof newEventTypeFields> {}
export interface EventTypeUpdate extends InputOf<typeof eventTypeFields> {}
export interface EventTypePatch extends Omit<Partial<EventTypeUpdate>, 'archived' | 'deprecated'> {
  archived?: boolean | undefined;
  deprecated?: boolean | undefined;
}
export interface EventTypeOut extends OutputOf<typeof eventTypeOutFields> {}
export interface EventTypeListOptions extends InputOf<typeof eventTypeListFields> {}
