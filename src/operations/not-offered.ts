import { z } from 'zod';
import { flag } from './paging.ts';

/** Marks members that are left out of the API's description. */
export const UNDOCUMENTED = { undocumented: true } as const;

/**
 * A member of the Svix API that Posthaste does not support. Values without effect are accepted: null, false, an
 * empty list, object or text, and the default, `otherwise`. Every other value is refused by the member's name: if it
 * were ignored, the caller would expect an effect that never comes.
 */
export function notOffered(otherwise?: unknown): z.ZodOptional<z.ZodType<unknown, unknown>> {
  return z
    .custom<unknown>((value) => value === otherwise || meansNothing(value), {
      error: 'is not supported',
    })
    .optional()
    .meta(UNDOCUMENTED);
}

function meansNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === false) return true;
  // In a query, false and an empty list arrive as text.
  if (value === 'false' || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** A parameter of the Svix API that leaves out Svix Play endpoints. It is ignored: Posthaste has no such endpoints. */
export const exceptSvixPlay: z.ZodOptional<typeof flag> = flag.optional().meta(UNDOCUMENTED);

/** A read-only member of answers. Inputs may have it, so that an answer can be sent back; it is ignored. */
export const readOnly: z.ZodOptional<z.ZodUnknown> = z.unknown().optional().meta(UNDOCUMENTED);
