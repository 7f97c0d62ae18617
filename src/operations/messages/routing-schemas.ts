import { z } from 'zod';
import type { OutputOf } from '../field-types.ts';

export const REASONS = [
  'disabled',
  'eventType',
  'channel',
  'notJson',
  'filter',
  'expunged',
  'test',
  'later',
] as const;

export const routingFields = {
  endpointId: z.string(),
  endpointUid: z.string().nullable(),
  matches: z.boolean(),
  /** The first reason that applies; null when the endpoint gets the message. */
  reason: z.enum(REASONS).nullable(),
  /** The reason as a sentence, with the value of the message. */
  detail: z.string().nullable(),
};
export const routingOut: z.ZodObject<typeof routingFields> = z.object(routingFields);

export interface RoutingOut extends OutputOf<typeof routingFields> {}
