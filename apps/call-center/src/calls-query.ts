import { z } from 'zod';
import type { ApiError } from '@posthaste/app-kit/api-error';
import type { CallFilter } from './call-store.ts';

export interface CallsQuery {
  readonly filter: CallFilter;
  readonly limit: number;
  readonly offset: number;
}

const DEFAULT_LIMIT = 50;
/** A larger limit is accepted and gives this many: the size of an answer has a bound. */
const LARGEST_LIMIT = 1_000;
const DEFAULT_MINUTES = 30;

const callsQuery = z.object({
  status: z
    .enum(['0', '1', '2'], 'status must be 0 (waiting), 1 (active) or 2 (completed)')
    .transform((text) => Number(text) as 0 | 1 | 2)
    .optional(),
  extension: z.enum(['900', '901'], 'extension must be 900 or 901').optional(),
  number: z
    .string('number must be 1 to 14 characters, and be given once')
    .min(1)
    .max(14)
    .optional(),
  limit: wholeNumber(1, Number.MAX_SAFE_INTEGER, 'limit must be a whole number, at least 1')
    .default(DEFAULT_LIMIT)
    .transform((limit) => Math.min(limit, LARGEST_LIMIT)),
  offset: wholeNumber(
    0,
    Number.MAX_SAFE_INTEGER,
    'offset must be a whole number, at least 0',
  ).default(0),
});

const statsQuery = z.object({
  minutes: wholeNumber(1, 180, 'minutes must be a whole number from 1 to 180').default(
    DEFAULT_MINUTES,
  ),
});

export function readCallsQuery(query: unknown): CallsQuery | readonly ApiError[] {
  const parsed = callsQuery.safeParse(query);
  if (!parsed.success) return errorsOf(parsed.error);
  const { limit, offset, ...filter } = parsed.data;
  return { filter, limit, offset };
}

export function readMinutes(query: unknown): number | readonly ApiError[] {
  const parsed = statsQuery.safeParse(query);
  return parsed.success ? parsed.data.minutes : errorsOf(parsed.error);
}

function wholeNumber(least: number, most: number, error: string) {
  return z
    .string(error)
    .regex(/^\d{1,16}$/, error)
    .transform(Number)
    .pipe(z.number().min(least, error).max(most, error));
}

function errorsOf(error: z.ZodError): readonly ApiError[] {
  return error.issues.map(({ path, message }) => ({
    errorCode: `INVALID_${String(path[0]).toUpperCase()}`,
    message,
  }));
}
