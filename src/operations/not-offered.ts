import { z } from 'zod';
import { flag } from './paging.ts';

/** Marks members that the description of the API leaves out. */
export const UNDOCUMENTED = { undocumented: true } as const;

/**
 * A member of the Svix API that Posthaste does not offer. A value that means nothing is taken: null,
 * false, an empty list or object, and `otherwise`, the default. Every other value is refused by the
 * member's name: passed over, the caller would believe in an effect that never comes.
 */
export function notOffered(otherwise?: unknown): z.ZodOptional<z.ZodType<unknown, unknown>> {
  return z
    .custom<unknown>((value) => value === otherwise || meansNothing(value), {
      error: 'is not offered',
    })
    .optional()
    .meta(UNDOCUMENTED);
}

function meansNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === 'false') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** Leaves out what is of Svix Play, of which there is nothing: every answer is right for both values. */
export const exceptSvixPlay: z.ZodOptional<typeof flag> = flag.optional().meta(UNDOCUMENTED);

/** Members that answers show and nobody sets. They are passed over, so that an answer can be sent back. */
export const readOnly: z.ZodOptional<z.ZodUnknown> = z.unknown().optional().meta(UNDOCUMENTED);
