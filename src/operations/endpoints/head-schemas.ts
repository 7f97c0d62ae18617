import { z } from 'zod';
import { attemptOutFields } from '../attempts/attempt-schemas.ts';
import type { InputOf, OutputOf } from '../field-types.ts';

const headFields = {
  msgId: z.string(),
  eventType: z.string(),
  /** When the message was published. */
  timestamp: z.string(),
  /** 1 pending; 3 sending: an attempt is about to begin or under way. */
  status: attemptOutFields.status,
  statusText: attemptOutFields.statusText,
  attemptCount: z.number(),
  /** Null while an attempt is under way. */
  nextAttempt: z.string().nullable(),
  /** Null before the first attempt has ended. */
  lastAttempt: z.object(attemptOutFields).nullable(),
};

const endpointHeadFields = {
  /** The delivery for which all others wait; null: no delivery waits. */
  head: z.object(headFields).nullable(),
  /** How many deliveries wait, the head included unless it is being attempted; counted up to 10,000. */
  waiting: z.number(),
};

const headChangeFields = {
  /** The message that the caller expects to be the head. */
  msgId: z.string().min(1).max(256),
};
export const headChangeIn: z.ZodObject<typeof headChangeFields, z.core.$strict> =
  z.strictObject(headChangeFields);

export const endpointHeadOut = z.object(endpointHeadFields);

export interface EndpointHeadOut extends OutputOf<typeof endpointHeadFields> {}
export interface HeadChangeIn extends InputOf<typeof headChangeFields> {}
