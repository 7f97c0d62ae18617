import { z } from 'zod';
import { metadata, throttleRate, uid } from '../fields.ts';
import { policyIn, policyOverrides } from '../policy.ts';

export const applicationIn = z.object({
  name: z.string().min(1).max(1024),
  /** The caller's own name for it, unique within the organization. */
  uid,
  /** Messages per second that may be published to it; null or 0: no limit. */
  throttleRate,
  metadata: metadata.optional(),
  /** Additive. */
  policy: policyOverrides.nullish(),
});

export const applicationPatch = applicationIn.partial();

export const applicationOut = z.object({
  id: z.string(),
  name: z.string(),
  uid: z.string().nullable(),
  throttleRate: z.number().nullable(),
  metadata: z.record(z.string(), z.string()),
  policy: policyIn,
  createdAt: z.string(),
  updatedAt: z.string(),
});

export interface ApplicationIn extends z.input<typeof applicationIn> {}
/** Fields that are absent stay; null clears. */
export interface ApplicationPatch extends z.input<typeof applicationPatch> {}
export interface ApplicationOut extends z.output<typeof applicationOut> {}
