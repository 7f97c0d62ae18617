import type { z } from 'zod';
import { type FieldError, type PosthasteError, invalid } from '../domain/errors.ts';
import { check, fieldError, withErrors } from './validation.ts';

/**
 * Names that the Svix client libraries before 2.0 use, by their new names. An input may have either name; an
 * answer has both.
 */
const OLD_NAMES = { eventTypes: 'filterTypes', throttleRate: 'rateLimit' } as const;

export interface Renamed {
  eventTypes?: string[] | null | undefined;
  filterTypes?: string[] | null | undefined;
  throttleRate?: number | null | undefined;
  rateLimit?: number | null | undefined;
}

/**
 * The input with old names replaced by new ones. Throws `validation` when both names are given and their values
 * differ; null beside a value is ignored.
 */
export function byTodaysNames<T extends Renamed>(input: T, ...within: string[]): T {
  const renamed = { ...input };
  const errors = [
    rename(renamed, 'eventTypes', within),
    rename(renamed, 'throttleRate', within),
  ].filter((error) => error !== null);
  if (errors.length > 0) throw invalid(errors);
  return renamed;
}

/** `byTodaysNames` of the checked input. Throws one `validation` error with every field error. */
export function checkRenamed<T extends Renamed>(schema: z.ZodType<T>, input: unknown): T {
  let given: T;
  try {
    given = check(schema, input, 'body');
  } catch (error) {
    return withErrors(conflictsIn(input), () => {
      throw error;
    });
  }
  return byTodaysNames(given);
}

/** The errors of `byTodaysNames` for an input that has others, too. */
function conflictsIn(input: unknown): readonly FieldError[] {
  if (typeof input !== 'object' || input === null) return [];
  try {
    byTodaysNames(input as Renamed);
    return [];
  } catch (error) {
    return (error as PosthasteError).fieldErrors;
  }
}

function rename(
  input: Renamed,
  name: keyof typeof OLD_NAMES,
  within: readonly string[],
): FieldError | null {
  const oldName = OLD_NAMES[name];
  const old = input[oldName];
  const current = input[name];
  delete input[oldName];
  if (old === undefined || (old === null && current !== undefined)) return null;
  if (current === undefined || current === null) {
    Object.assign(input, { [name]: old });
    return null;
  }
  if (JSON.stringify(old) === JSON.stringify(current)) return null;
  return fieldError(
    `is the old name of ${name}, which has another value: give only ${name}`,
    'body',
    ...within,
    oldName,
  );
}
