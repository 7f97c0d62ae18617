import { z } from 'zod';
import { channel, eventTypeName, metadata, throttleRate, uid, uniqueList } from '../fields.ts';
import { policyIn, policyOverrides } from '../policy.ts';
import { headers, headersPatch } from './endpoint-headers.ts';
import { url } from './endpoint-url.ts';

export const endpointUpdate = z.object({
  url,
  description: z.string().max(16_384).optional(),
  uid,
  /** Only messages of these types; null or absent: all. */
  eventTypes: uniqueList(eventTypeName, 1, 1000).nullish(),
  /** Only messages on one of these channels; null or absent: all. */
  channels: uniqueList(channel, 1, 10).nullish(),
  disabled: z.boolean().optional(),
  /** Attempts per second; null or 0: no limit. */
  throttleRate,
  metadata: metadata.optional(),
  /** Sent with each attempt. */
  headers: headers.nullish(),
  /** Additive: attempts in flight; null: the installation's default. */
  concurrency: z.int().min(1).max(1000).nullish(),
  /** Additive: one delivery at a time, in the order of publication. */
  ordered: z.boolean().optional(),
  /** Additive. */
  policy: policyOverrides.nullish(),
});

export const endpointIn = endpointUpdate.extend({
  /** Made by the server when absent. Only at creation; later, use `rotateSecret`. */
  secret: z.string().nullish(),
});

export const endpointPatch = endpointUpdate.partial().extend({
  /** Only messages of these types; null or empty: all. */
  eventTypes: uniqueList(eventTypeName, 0, 1000).nullish(),
  /** Only messages on one of these channels; null or empty: all. */
  channels: uniqueList(channel, 0, 10).nullish(),
});

export const endpointOut = z.object({
  id: z.string(),
  uid: z.string().nullable(),
  url: z.string(),
  description: z.string(),
  eventTypes: z.array(z.string()).nullable(),
  channels: z.array(z.string()).nullable(),
  disabled: z.boolean(),
  /** Additive: by a person, by the disable policy, or by a 410; null while enabled. */
  disabledReason: z.enum(['manual', 'failing', 'gone']).nullable(),
  throttleRate: z.number().nullable(),
  metadata: z.record(z.string(), z.string()),
  concurrency: z.number().nullable(),
  ordered: z.boolean(),
  policy: policyIn,
  createdAt: z.string(),
  updatedAt: z.string(),
});

export const endpointSecretOut = z.object({
  /** What a receiver verifies with: `whsec_…`, or for ed25519 the public key `whpk_…`. */
  key: z.string(),
});

export const endpointSecretRotateIn = z.object({
  /** Made by the server when absent. */
  key: z.string().nullish(),
  /** How long the old secret keeps signing beside the new one; 0 to 7 days, default 24 hours. */
  gracePeriodSeconds: z
    .int()
    .min(0)
    .max(7 * 24 * 60 * 60)
    .nullish(),
});

export const endpointHeadersIn = z.object({ headers });
export const endpointHeadersPatchIn = z.object({ headers: headersPatch });

export const endpointHeadersOut = z.object({
  headers: z.record(z.string(), z.string()),
  /** Names of headers whose values are never shown. */
  sensitive: z.array(z.string()),
});

export interface EndpointIn extends z.input<typeof endpointIn> {}
export interface EndpointUpdate extends z.input<typeof endpointUpdate> {}
/** Fields that are absent stay; null clears. */
export interface EndpointPatch extends z.input<typeof endpointPatch> {}
export interface EndpointOut extends z.output<typeof endpointOut> {}
export interface EndpointSecretOut extends z.output<typeof endpointSecretOut> {}
export interface EndpointSecretRotateIn extends z.input<typeof endpointSecretRotateIn> {}
export interface EndpointHeadersIn extends z.input<typeof endpointHeadersIn> {}
/** A header that is null is removed. */
export interface EndpointHeadersPatchIn extends z.input<typeof endpointHeadersPatchIn> {}
export interface EndpointHeadersOut extends z.output<typeof endpointHeadersOut> {}
