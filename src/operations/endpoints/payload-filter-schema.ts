import { z } from 'zod';
import { payloadFilterErrors } from '../../domain/payload-filter-errors.ts';
import type { PayloadFilter } from '../../domain/payload-filter.ts';

/** A copy of the filter, so that nothing that the caller changes later has an effect. */
export const payloadFilter: z.ZodType<PayloadFilter, PayloadFilter> = z
  .custom<PayloadFilter>()
  .superRefine((input: unknown, context) => {
    for (const { path, message } of payloadFilterErrors(input)) {
      context.addIssue({ code: 'custom', path: [...path], message });
    }
  })
  .transform((filter) => structuredClone(filter));
