import { z } from 'zod';
import type { OutputOf } from '../field-types.ts';
import { numberOfText } from '../paging.ts';
import { endpointFields } from '../endpoints/endpoint-schemas.ts';
import { name256, uniqueList } from '../fields.ts';

const listenerFields = {
  description: endpointFields.description,
  eventTypes: endpointFields.eventTypes,
  channels: endpointFields.channels,
  filter: endpointFields.filter,
};
export const listenerIn: z.ZodObject<typeof listenerFields, z.core.$strict> =
  z.strictObject(listenerFields);

const listenerOutFields = {
  id: z.string(),
  /** The id of the temporary endpoint. */
  endpointId: z.string(),
  /** When the listener expires, unless it asks for requests before then. */
  expiresAt: z.string(),
};
export const listenerOut: z.ZodObject<typeof listenerOutFields> = z.object(listenerOutFields);

const requestIds = z.preprocess<unknown, z.ZodType<string[]>, string[]>(
  // Over HTTP, one id arrives as text, and several as a list or with commas.
  (value: unknown) => (typeof value === 'string' ? value.split(',') : value),
  uniqueList(name256, 1, 100),
);

const listenerRequestsFields = {
  /** Ids of requests that the listener has received and not answered: they are not sent again. */
  known: requestIds.nullish(),
  /** How long to wait for a request; 0 to 25, default 20. */
  waitSeconds: z
    .preprocess<unknown, z.ZodType<number>, number>(numberOfText, z.int().min(0).max(25))
    .default(20),
};
export const listenerRequestsOptions: z.ZodObject<typeof listenerRequestsFields, z.core.$strict> =
  z.strictObject(listenerRequestsFields);

const listenerRequestsOutFields = {
  requests: z.array(
    z.object({
      id: z.string(),
      /** `POST`, unless a transformation changes it. */
      method: z.string(),
      /** Name and value of each header, in their order. */
      headers: z.array(z.array(z.string())),
      body: z.string(),
      /** Milliseconds until the deadline of the attempt. */
      deadlineMs: z.number(),
    }),
  ),
};
export const listenerRequestsOut: z.ZodObject<typeof listenerRequestsOutFields> =
  z.object(listenerRequestsOutFields);

const listenerAnswerFields = {
  /** Status code of the response; null: the program gave no response. */
  status: z.int().min(100).max(999).nullable(),
  /** The response headers that have an effect: `retry-after`, `location`, `webhook-delivery`. */
  headers: z.record(z.string().max(256), z.string().max(4_096)).optional(),
  /** Body of the response, of which the first 4 KiB are kept. */
  body: z.string().max(65_536).optional(),
  /** A sentence that says why there is no response, or why its body did not arrive whole. */
  detail: z.string().max(1_024).optional(),
};
export const listenerAnswerIn: z.ZodObject<typeof listenerAnswerFields, z.core.$strict> =
  z.strictObject(listenerAnswerFields);

export interface ListenerOut extends OutputOf<typeof listenerOutFields> {}
export interface ListenerRequestsOut extends OutputOf<typeof listenerRequestsOutFields> {}
