import { z } from 'zod';
import { payloadFilterErrors } from '../../domain/payload-filter-errors.ts';
import type { PayloadFilter } from '../../domain/payload-filter.ts';

/** Copies the filter, so that later changes by the caller have no effect. */
export const payloadFilter: z.ZodType<PayloadFilter, PayloadFilter> = z
  .custom<PayloadFilter>()
  .superRefine((input: unknown, context) => {
    for (const { path, message } of payloadFilterErrors(input)) {
      context.addIssue({ code: 'custom', path: [...path], message });
    }
  })
  .transform((filter) => structuredClone(filter));
