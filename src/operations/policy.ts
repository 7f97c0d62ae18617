import { z } from 'zod';
import type { DisablePolicy, PolicyOverrides } from '../domain/policy.ts';
import type { InputOf } from './field-types.ts';

const DAY_S = 24 * 60 * 60;

const DISABLE_FORM =
  'must be {"failingForSeconds": 1…31536000}, {"failedAttempts": 1…1000000} or null';

const policyFields = {
  /** Seconds before each automatic retry; `[]`: no retries. */
  retrySchedule: z
    .array(
      z
        .number()
        .min(0)
        .max(30 * DAY_S),
    )
    .max(100)
    .optional(),
  /** Deadline of one attempt. */
  timeoutMs: z.int().min(100).max(120_000).optional(),
  /** Which responses count as delivered. */
  success: z.enum(['2xx', '200']).optional(),
  /** When an endpoint that keeps failing is disabled; null: never. */
  disableAfter: z
    .union(
      [
        z.strictObject({
          failingForSeconds: z
            .number()
            .min(1)
            .max(365 * DAY_S),
        }),
        z.strictObject({ failedAttempts: z.int().min(1).max(1_000_000) }),
      ],
      { error: DISABLE_FORM },
    )
    .nullish(),
};
export const policyIn: z.ZodObject<typeof policyFields, z.core.$strict> =
  z.strictObject(policyFields);

/** Retries, time-out, success and disabling. Absent fields are inherited. */
export interface PolicyIn extends InputOf<typeof policyFields> {}

/** `policyIn` as part of an output. */
export const policyOut: z.ZodType<PolicyIn> = policyIn;

/** `policyIn`, with the stored form as its output. */
export const policyOverrides: z.ZodType<PolicyOverrides, PolicyIn> =
  policyIn.transform(overridesOf);

export function toPolicyOut(overrides: PolicyOverrides): PolicyIn {
  return {
    ...(overrides.retryScheduleMs && {
      retrySchedule: overrides.retryScheduleMs.map((waitMs) => waitMs / 1000),
    }),
    ...(overrides.timeoutMs !== undefined && { timeoutMs: overrides.timeoutMs }),
    ...(overrides.success && { success: overrides.success }),
    ...(overrides.disable && { disableAfter: disableOut(overrides.disable) }),
  };
}

function overridesOf(input: z.output<typeof policyIn>): PolicyOverrides {
  return {
    ...(input.retrySchedule && {
      retryScheduleMs: input.retrySchedule.map((wait) => Math.round(wait * 1000)),
    }),
    ...(input.timeoutMs !== undefined && { timeoutMs: input.timeoutMs }),
    ...(input.success && { success: input.success }),
    ...(input.disableAfter !== undefined && { disable: disableOf(input.disableAfter) }),
  };
}

function disableOf(input: NonNullable<PolicyIn['disableAfter']> | null): DisablePolicy {
  if (input === null) return { kind: 'never' };
  return 'failedAttempts' in input
    ? { kind: 'count', failedAttempts: input.failedAttempts }
    : { kind: 'window', failingForMs: Math.round(input.failingForSeconds * 1000) };
}

function disableOut(disable: DisablePolicy): Exclude<PolicyIn['disableAfter'], undefined> {
  if (disable.kind === 'never') return null;
  return disable.kind === 'count'
    ? { failedAttempts: disable.failedAttempts }
    : { failingForSeconds: disable.failingForMs / 1000 };
}
