import type { z } from 'zod';
import { type FieldError, PosthasteError, invalid } from '../domain/errors.ts';

/** The part of a request that an input comes from: the first part of `loc` in its field errors. */
export type Source = 'body' | 'query' | 'path' | 'header';

/** The checked input. Throws one `validation` error that holds every field error. */
export function check<T>(schema: z.ZodType<T>, input: unknown, ...loc: [Source, ...string[]]): T {
  const result = schema.safeParse(input, { error: messageOf });
  if (result.success) return result.data;
  throw invalid(result.error.issues.flatMap((issue) => fieldErrorsOf(issue, loc)));
}

/** Returns the result of `run`. With `errors`, throws one `validation` error with these and those of `run`. */
export function withErrors<T>(errors: readonly FieldError[], run: () => T): T {
  let result: T;
  try {
    result = run();
  } catch (error) {
    if (!(error instanceof PosthasteError) || error.code !== 'validation') throw error;
    throw invalid([...error.fieldErrors, ...errors]);
  }
  if (errors.length > 0) throw invalid(errors);
  return result;
}

export function fieldError(msg: string, ...loc: [Source, ...(string | number)[]]): FieldError {
  return { loc, msg, type: 'value_error' };
}

/** A field error for a missing required field. */
export function missing(...given: Parameters<typeof fieldError>): FieldError {
  return { ...fieldError(...given), type: 'value_error.missing' };
}

function fieldErrorsOf(issue: z.core.$ZodIssue, loc: readonly string[]): FieldError[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  const place = [...loc, ...path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      loc: [...place, key],
      msg: loc[0] === 'query' ? 'is not a known parameter' : 'is not a known field',
      type: 'value_error.extra',
    }));
  }
  const type = MISSING.test(issue.message)
    ? 'value_error.missing'
    : issue.code === 'invalid_type'
      ? 'type_error'
      : 'value_error';
  return [{ loc: place, msg: issue.message, type }];
}

const MISSING = /^is required/;

function messageOf(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? `is required: ${nameOf(issue.expected)}`
        : `must be ${nameOf(issue.expected)}, not ${kindOf(issue.input)}`;
    case 'invalid_value':
      return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    case 'too_small':
      return `must be ${boundOf(issue.origin, 'at least', Number(issue.minimum))}`;
    case 'too_big':
      return `must be ${boundOf(issue.origin, 'at most', Number(issue.maximum))}`;
    default:
      return undefined;
  }
}

function boundOf(origin: string, bound: string, value: number): string {
  switch (origin) {
    case 'string':
      return `${bound} ${value} ${value === 1 ? 'character' : 'characters'} long`;
    case 'array':
    case 'record':
      return `${bound} ${value} ${value === 1 ? 'entry' : 'entries'} long`;
    default:
      return `${bound} ${value}`;
  }
}

function nameOf(expected: string): string {
  switch (expected) {
    // zod's name for a missing member of any type.
    case 'nonoptional':
      return 'any JSON value';
    case 'int':
      return 'a whole number';
    case 'boolean':
      return 'true or false';
    case 'array':
      return 'an array';
    case 'object':
    case 'record':
      return 'an object';
    default:
      return `a ${expected}`;
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'number') return String(value);
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
