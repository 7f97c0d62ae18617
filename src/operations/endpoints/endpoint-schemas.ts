import { z } from 'zod';
import type { PayloadFilter } from '../../domain/payload-filter.ts';
import { secretError } from '../../domain/signatures.ts';
import type { InputOf, OutputOf } from '../field-types.ts';
import {
  channel,
  eventTypeOrPattern,
  metadata,
  plainText,
  throttleRate,
  timestamp,
  uidOf,
  uniqueList,
} from '../fields.ts';
import { instant } from '../instant.ts';
import { UNDOCUMENTED, readOnly } from '../not-offered.ts';
import { policyOut, policyOverrides } from '../policy.ts';
import { headers, headersPatch } from './endpoint-headers.ts';
import { url } from './endpoint-url.ts';
import { payloadFilter } from './payload-filter-schema.ts';

/** An empty one is refused where it does not mean that there is none. */
export const signingSecret: z.ZodString = z.string().superRefine((text, context) => {
  const message = text === '' ? null : secretError(text);
  if (message !== null) context.addIssue({ code: 'custom', message });
});

export const endpointFields = {
  url,
  description: plainText.max(16_384).nullish(),
  uid: uidOf('ep'),
  /** Only messages of these types or patterns (`invoice.*`); null or absent: all. */
  eventTypes: uniqueList(eventTypeOrPattern, 1, 1000).nullish(),
  /** The name of `eventTypes` in the Svix client libraries before 2.0. */
  filterTypes: uniqueList(eventTypeOrPattern, 1, 1000).nullish().meta({ deprecated: true }),
  /** Only messages on one of these channels; null or absent: all. */
  channels: uniqueList(channel, 1, 10).nullish(),
  /** Additive: only messages whose payload matches; null or absent: all. */
  filter: payloadFilter.nullish(),
  disabled: z.boolean().nullish(),
  /** Attempts per second; null or 0: no limit. */
  throttleRate,
  /** The name of `throttleRate` in older Svix client libraries. */
  rateLimit: throttleRate.meta({ deprecated: true }),
  /** A number of the caller's choice, 1 by default; has no effect. */
  version: z.int().min(1).max(65_535).nullish(),
  metadata: metadata.nullish(),
  /** Headers that are sent with each attempt. */
  headers: headers.nullish(),
  /** Additive: most attempts in flight; null: the installation's default. */
  concurrency: z.int().min(1).max(1000).nullish(),
  /** Additive: one delivery at a time, in the order of publication. */
  ordered: z.boolean().nullish(),
  /** Additive. */
  policy: policyOverrides.nullish(),
};
export const endpointUpdate: z.ZodObject<typeof endpointFields, z.core.$strict> =
  z.strictObject(endpointFields);

export const newEndpointFields = {
  ...endpointFields,
  /** The signing secret, for creation only; generated when absent. Later, use `rotateSecret`. */
  secret: signingSecret.nullish(),
};
export const endpointIn: z.ZodObject<typeof newEndpointFields, z.core.$strict> =
  z.strictObject(newEndpointFields);

const shownOnly = {
  id: readOnly,
  disabledReason: readOnly,
  /** Can be changed only by `pause` and `resume` (`refusePause`). */
  paused: z.boolean().optional(),
  createdAt: readOnly,
  updatedAt: readOnly,
};

/** Accepts only null, which some clients send with every update: a secret is changed by `rotateSecret`. */
const noSecret = z
  .custom<null>((value) => value === null, { error: 'is not supported' })
  .optional()
  .meta(UNDOCUMENTED);

/** `endpointIn` and `endpointUpdate` for checking requests: with members that answers show and inputs ignore. */
export const checkedEndpointIn = endpointIn.extend(shownOnly);
export const checkedEndpointUpdate = endpointUpdate.extend({ ...shownOnly, secret: noSecret });

/**
 * An empty list of event types or channels means all, like null. There is no null for a switch: it could mean to leave
 * it or to turn it off.
 */
export const endpointPatch = endpointUpdate.partial().extend({
  disabled: z.boolean().optional(),
  ordered: z.boolean().optional(),
  eventTypes: uniqueList(eventTypeOrPattern, 0, 1000).nullish(),
  filterTypes: uniqueList(eventTypeOrPattern, 0, 1000).nullish().meta({ deprecated: true }),
  channels: uniqueList(channel, 0, 10).nullish(),
  ...shownOnly,
  secret: noSecret,
});

export const endpointOutFields = {
  id: z.string(),
  uid: z.string().nullable(),
  url: z.string(),
  description: z.string(),
  eventTypes: z.array(z.string()).nullable(),
  /** The same as `eventTypes`, for the Svix client libraries before 2.0. */
  filterTypes: z.array(z.string()).nullable().meta({ deprecated: true }),
  channels: z.array(z.string()).nullable(),
  filter: z.custom<PayloadFilter>().nullable(),
  disabled: z.boolean(),
  /** Additive: disabled by a person, by the disable policy, or by an answer 410 or `disable`; null while enabled. */
  disabledReason: z.enum(['manual', 'failing', 'gone']).nullable(),
  /** Additive: there are no attempts until the endpoint is resumed. */
  paused: z.boolean(),
  throttleRate: z.number().nullable(),
  /** The same as `throttleRate`, for older Svix client libraries. */
  rateLimit: z.number().nullable().meta({ deprecated: true }),
  version: z.number(),
  metadata: z.record(z.string(), z.string()),
  concurrency: z.number().nullable(),
  ordered: z.boolean(),
  policy: policyOut,
  createdAt: timestamp,
  updatedAt: timestamp,
};
export const endpointOut: z.ZodObject<typeof endpointOutFields> = z.object(endpointOutFields);

const endpointSecretOutFields = {
  /** The key with which a receiver verifies: `whsec_…`, or for ed25519 the public key `whpk_…`. */
  key: z.string(),
};
export const endpointSecretOut: z.ZodObject<typeof endpointSecretOutFields> =
  z.object(endpointSecretOutFields);

const endpointSecretRotateFields = {
  /** The new secret; generated when absent. */
  key: signingSecret.nullish(),
  /** How long the old secret keeps signing beside the new one; 0 to 7 days, default 24 hours. */
  gracePeriodSeconds: z
    .int()
    .min(0)
    .max(7 * 24 * 60 * 60)
    .nullish(),
};
export const endpointSecretRotateIn: z.ZodObject<
  typeof endpointSecretRotateFields,
  z.core.$strict
> = z.strictObject(endpointSecretRotateFields);

const endpointHeadersFields = { headers };
export const endpointHeadersIn: z.ZodObject<typeof endpointHeadersFields, z.core.$strict> =
  z.strictObject(endpointHeadersFields);

const endpointHeadersPatchFields = {
  /** Headers to set; null removes a header. */
  headers: headersPatch.optional(),
  /** Names of headers to remove, in upper or lower case. */
  deleteHeaders: z.array(z.string().min(1).max(256)).max(50).nullish(),
};
export const endpointHeadersPatchIn: z.ZodObject<
  typeof endpointHeadersPatchFields,
  z.core.$strict
> = z.strictObject(endpointHeadersPatchFields);

const endpointHeadersOutFields = {
  headers: z.record(z.string(), z.string()),
  /** Names of headers whose values are never shown. */
  sensitive: z.array(z.string()),
};
export const endpointHeadersOut: z.ZodObject<typeof endpointHeadersOutFields> =
  z.object(endpointHeadersOutFields);

const endpointStatsOptionFields = {
  /** Default: 28 days before `until`, and not earlier. */
  since: instant,
  /** Default: now. */
  until: instant,
};
export const endpointStatsOptions: z.ZodObject<typeof endpointStatsOptionFields, z.core.$strict> =
  z.strictObject(endpointStatsOptionFields);

const endpointStatsFields = {
  success: z.number(),
  /** Always 0, like `sending` and `canceled`: an attempt has succeeded or failed, also one that cancelled the delivery. */
  pending: z.number(),
  sending: z.number(),
  fail: z.number(),
  canceled: z.number(),
};
export const endpointStats: z.ZodObject<typeof endpointStatsFields> = z.object(endpointStatsFields);

const endpointAttemptStatsFields = {
  success: z.number(),
  fail: z.number(),
  /** Always 0: an attempt has succeeded or failed. */
  canceled: z.number(),
};
export const endpointAttemptStats: z.ZodObject<typeof endpointAttemptStatsFields> = z.object(
  endpointAttemptStatsFields,
);

const rateLimitStatusFields = { status: z.enum(['Ok', 'RateLimited']) };
export const rateLimitStatusOut: z.ZodObject<typeof rateLimitStatusFields> =
  z.object(rateLimitStatusFields);

export interface EndpointThrottleRateStatusOut extends OutputOf<typeof rateLimitStatusFields> {}
export interface EndpointIn extends InputOf<typeof newEndpointFields> {}
export interface EndpointUpdate extends InputOf<typeof endpointFields> {}
/** Absent fields stay as they are; null clears a field. */
export interface EndpointPatch extends Omit<Partial<EndpointUpdate>, 'disabled' | 'ordered'> {
  disabled?: boolean | undefined;
  ordered?: boolean | undefined;
}
export interface EndpointOut extends OutputOf<typeof endpointOutFields> {}
export interface EndpointSecretOut extends OutputOf<typeof endpointSecretOutFields> {}
export interface EndpointSecretRotateIn extends InputOf<typeof endpointSecretRotateFields> {}
export interface EndpointHeadersIn extends InputOf<typeof endpointHeadersFields> {}
export interface EndpointHeadersPatchIn extends InputOf<typeof endpointHeadersPatchFields> {}
export interface EndpointHeadersOut extends OutputOf<typeof endpointHeadersOutFields> {}
export interface EndpointStatsOptions extends InputOf<typeof endpointStatsOptionFields> {}
/** Attempts of an endpoint, by their result. */
export interface EndpointAttemptStats extends OutputOf<typeof endpointAttemptStatsFields> {}
/** Attempts of an endpoint, by their status. */
export interface EndpointStats extends OutputOf<typeof endpointStatsFields> {}
