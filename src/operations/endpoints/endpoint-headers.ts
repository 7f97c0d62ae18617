import { z } from 'zod';
import {
  HEADER_VALUE,
  MAX_HEADERS,
  MAX_HEADER_VALUE_CHARS,
  headerNameError,
} from '../../domain/header-field.ts';
import { recordOf } from '../fields.ts';

/** Custom headers of an endpoint: the names and values that may be sent. */

const value = z.string().max(MAX_HEADER_VALUE_CHARS).regex(HEADER_VALUE, {
  error: 'may hold only printable characters of one byte, no line breaks',
});

export const headers = recordOf<string>(value, MAX_HEADERS).superRefine(refuseNames);

export const headersPatch = recordOf<string | null>(value.nullable(), MAX_HEADERS).superRefine(
  refuseNames,
);

/** Applies `deleted` first, then `patch`. Of two names that differ only in case, the later one wins. */
export function mergeHeaders(
  current: Readonly<Record<string, string>>,
  patch: Readonly<Record<string, string | null>>,
  deleted: readonly string[] = [],
): Record<string, string> {
  const merged = new Map(
    Object.entries(current).map(([name, v]) => [name.toLowerCase(), [name, v]]),
  );
  for (const name of deleted) merged.delete(name.toLowerCase());
  for (const [name, v] of Object.entries(patch)) {
    merged.delete(name.toLowerCase());
    if (v !== null) merged.set(name.toLowerCase(), [name, v]);
  }
  return Object.fromEntries(merged.values());
}

export function tooManyHeaders(headers: Readonly<Record<string, string>>): boolean {
  return Object.keys(headers).length > MAX_HEADERS;
}

function refuseNames(input: Readonly<Record<string, unknown>>, context: z.RefinementCtx): void {
  const seen = new Set<string>();
  for (const name of Object.keys(input)) {
    const lower = name.toLowerCase();
    const message =
      headerNameError(name) ?? (seen.has(lower) ? 'is given twice, in different cases' : null);
    if (message !== null) context.addIssue({ code: 'custom', path: [name], message });
    seen.add(lower);
  }
}
