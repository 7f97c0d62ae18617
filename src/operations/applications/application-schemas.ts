import { z } from 'zod';
import type { InputOf, OutputOf } from '../field-types.ts';
import { metadata, plainText, throttleRate, uidOf, timestamp } from '../fields.ts';
import { exceptSvixPlay, notOffered, readOnly } from '../not-offered.ts';
import { payloadRetentionOfApplication } from '../messages/lifetimes.ts';
import { contentlessListOptions } from '../paging.ts';
import { policyOut, policyOverrides } from '../policy.ts';

export const applicationFields = {
  name: plainText.min(1).max(1024),
  /** An id of the caller's choice, unique within the organization. */
  uid: uidOf('app'),
  /** Messages per second that may be published to it; null or 0: no limit. */
  throttleRate,
  /** The name of `throttleRate` in older Svix client libraries. */
  rateLimit: throttleRate.meta({ deprecated: true }),
  metadata: metadata.nullish(),
  /** Additive: days for which payloads of its messages are kept, 5 to 90; null: the organization's setting applies. */
  payloadRetentionPeriod: payloadRetentionOfApplication,
  /** Additive. */
  policy: policyOverrides.nullish(),
};
export const applicationIn: z.ZodObject<typeof applicationFields, z.core.$strict> =
  z.strictObject(applicationFields);

const shownOnly = { id: readOnly, createdAt: readOnly, updatedAt: readOnly };

/** `applicationIn` for checking requests: with members that answers show and inputs ignore. */
export const checkedApplicationIn = applicationIn.extend(shownOnly);
export const applicationPatch = applicationIn.partial().extend(shownOnly);

export const applicationListOptions = contentlessListOptions.extend({
  excludeAppsWithNoEndpoints: notOffered(),
  excludeAppsWithDisabledEndpoints: notOffered(),
  excludeAppsWithSvixPlayEndpoints: exceptSvixPlay,
});

const applicationOutFields = {
  id: z.string(),
  name: z.string(),
  uid: z.string().nullable(),
  throttleRate: z.number().nullable(),
  /** The same as `throttleRate`, for older Svix client libraries. */
  rateLimit: z.number().nullable().meta({ deprecated: true }),
  metadata: z.record(z.string(), z.string()),
  payloadRetentionPeriod: z.number().nullable(),
  policy: policyOut,
  createdAt: timestamp,
  updatedAt: timestamp,
};
export const applicationOut: z.ZodObject<typeof applicationOutFields> =
  z.object(applicationOutFields);

export interface ApplicationIn extends InputOf<typeof applicationFields> {}
/** Absent fields stay as they are; null clears a field. */
export interface ApplicationPatch extends Partial<ApplicationIn> {}
export interface ApplicationOut extends OutputOf<typeof applicationOutFields> {}
