import { PosthasteError } from '../../domain/errors.ts';

/** The period of an endpoint's statistics. Throws `invalid_range`. */
export function statsTime(
  { since, until }: { since?: number | null | undefined; until?: number | null | undefined },
  now: number,
): { from: number; to: number } {
  const to = until ?? now;
  if (to > now + CLOCKS_DIFFER_MS) {
    throw new PosthasteError('invalid_range', 'until must not be in the future');
  }
  const from = since ?? to - LONGEST_MS;
  if (to - from > LONGEST_MS + CLOCKS_DIFFER_MS) {
    throw new PosthasteError('invalid_range', 'since must be at most 28 days before until');
  }
  return { from, to };
}

const LONGEST_MS = 28 * 24 * 60 * 60 * 1000;
/** Tolerance, because callers compute 28 days with their own clocks. */
const CLOCKS_DIFFER_MS = 5 * 60 * 1000;
