import { z } from 'zod';
import type { InputOf, OutputOf } from '../field-types.ts';
import { messageHeaders } from '../messages/message-headers.ts';
import { channel, eventTypeName, recordOf, timestamp, uniqueList } from '../fields.ts';

const code = z.string().min(10).max(51_200);
const variables = recordOf<string>(z.string().max(4096), 50);

const transformationPatchFields = {
  /** JavaScript that declares `function handler(webhook)`; null: none. */
  code: code.nullish(),
  /** Whether the program runs before each request. */
  enabled: z.boolean().optional(),
  /** The value of `webhook.variables` in the program; null: empty. */
  variables: variables.nullish(),
};
export const transformationPatch: z.ZodObject<typeof transformationPatchFields, z.core.$strict> =
  z.strictObject(transformationPatchFields);

const transformationOutFields = {
  code: z.string().nullable(),
  enabled: z.boolean(),
  variables: z.record(z.string(), z.string()).nullable(),
  /** Additive: variables exist but are hidden, because the token may not edit the transformation. */
  variablesWithheld: z.boolean(),
  /** Null: a transformation was never set. */
  updatedAt: timestamp.nullable(),
};
export const endpointTransformationOut = z.object(transformationOutFields);

const transformationSimulateFields = {
  code,
  eventType: eventTypeName,
  channels: uniqueList(channel, 1, 10).nullish(),
  payload: z.record(z.string(), z.unknown()),
  variables: variables.nullish(),
  /** Additive: the headers of the message. */
  headers: messageHeaders.nullish(),
};
export const transformationSimulateIn: z.ZodObject<
  typeof transformationSimulateFields,
  z.core.$strict
> = z.strictObject(transformationSimulateFields);

const transformationSimulateOutFields = {
  url: z.string(),
  /** The text that would be sent. */
  payload: z.string(),
  method: z.enum(['POST', 'PUT', 'PATCH']),
  cancel: z.boolean(),
  /** Additive: the headers after the program ran: those of the message that are left, and those it set. */
  headers: z.record(z.string(), z.string()),
};
export const transformationSimulateOut = z.object(transformationSimulateOutFields);

export interface EndpointTransformationPatch extends InputOf<typeof transformationPatchFields> {}
export interface EndpointTransformationOut extends OutputOf<typeof transformationOutFields> {}
export interface TransformationSimulateIn extends InputOf<typeof transformationSimulateFields> {}
export interface TransformationSimulateOut extends OutputOf<
  typeof transformationSimulateOutFields
> {}
