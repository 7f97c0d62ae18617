import { z } from 'zod';
import { eventTypeName, name256, recordOf } from '../fields.ts';
import { flag, orderedListOptions } from '../paging.ts';

export const eventTypeUpdate = z.object({
  description: z.string().max(16_384),
  archived: z.boolean().optional(),
  deprecated: z.boolean().optional(),
  featureFlag: name256.nullish(),
  /** JSON Schemas by version. */
  schemas: recordOf<unknown>(z.record(z.string(), z.unknown()), 100).nullish(),
});

export const eventTypeIn = eventTypeUpdate.extend({ name: eventTypeName });
export const eventTypePatch = eventTypeUpdate.partial();

export const eventTypeOut = z.object({
  name: z.string(),
  description: z.string(),
  archived: z.boolean(),
  deprecated: z.boolean(),
  featureFlag: z.string().nullable(),
  schemas: z.record(z.string(), z.unknown()).nullable(),
  createdAt: z.string(),
  updatedAt: z.string(),
});

export const eventTypeListOptions = orderedListOptions.extend({
  includeArchived: flag.default(false),
  /** With `schemas`; default false. */
  withContent: flag.default(false),
});

export interface EventTypeIn extends z.input<typeof eventTypeIn> {}
export interface EventTypeUpdate extends z.input<typeof eventTypeUpdate> {}
export interface EventTypePatch extends z.input<typeof eventTypePatch> {}
export interface EventTypeOut extends z.output<typeof eventTypeOut> {}
export interface EventTypeListOptions extends z.input<typeof eventTypeListOptions> {}
