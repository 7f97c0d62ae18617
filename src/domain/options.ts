import { type FieldError, invalid } from './errors.ts';

/** Checks a value: returns null when it is valid, else a text such as "must be a function". */
export type OptionCheck = (value: unknown) => string | null;
type Checks = Readonly<Record<string, OptionCheck>>;

/**
 * Throws a `validation` error that names every wrong or unknown option. Unknown ones are refused because a
 * misspelled option would otherwise be ignored silently.
 */
export function checkOptions(options: unknown, checks: Checks): void {
  checkMembers('options', options, checks);
  const unknown = Object.keys(options as object).filter((name) => !Object.hasOwn(checks, name));
  if (unknown.length === 0) return;
  const msg = `is not an option; the options are: ${Object.keys(checks).join(', ')}`;
  throw invalid(unknown.map((name) => ({ loc: [name], msg, type: 'value_error.extra' })));
}

/** Like `checkOptions`, for an object that may have other members. */
export function checkMembers(what: string, object: unknown, checks: Checks): void {
  if (typeof object !== 'object' || object === null) {
    throw invalid([{ loc: [what], msg: 'must be an object', type: 'type_error' }]);
  }
  let errors: FieldError[] | null = null;
  // No array per call, because every publish is checked here.
  for (const name in checks) {
    const msg = checks[name]?.((object as Readonly<Record<string, unknown>>)[name]) ?? null;
    if (msg !== null) (errors ??= []).push({ loc: [name], msg, type: 'value_error' });
  }
  if (errors !== null) throw invalid(errors);
}

export const anything: OptionCheck = () => null;

export function optional(check: OptionCheck): OptionCheck {
  return (value) => (value === undefined ? null : check(value));
}

export function oneOf(...choices: readonly string[]): OptionCheck {
  return (value) => (choices.includes(value as string) ? null : `must be ${choices.join(' or ')}`);
}

export const aFunction: OptionCheck = (value) =>
  typeof value === 'function' ? null : 'must be a function';

export const aFlag: OptionCheck = (value) =>
  typeof value === 'boolean' ? null : 'must be true or false';

/** A number of `unit` from `least`; infinity is accepted. */
export function numberFrom(least: number, unit: string): OptionCheck {
  return (value) =>
    typeof value === 'number' && value >= least
      ? null
      : `must be a number of ${unit} from ${least}`;
}

export function numberAbove0(unit: string): OptionCheck {
  return (value) =>
    typeof value === 'number' && value > 0 ? null : `must be a number of ${unit} above 0`;
}

export const count: OptionCheck = (value) =>
  Number.isInteger(value) && (value as number) >= 1 ? null : 'must be a whole number from 1';

export function textOf(least: number, most: number): OptionCheck {
  return (value) =>
    typeof value === 'string' && value.length >= least && value.length <= most
      ? null
      : `must be a text of ${least} to ${most} characters`;
}

/** A text that can be stored unchanged. */
export const wellFormed: OptionCheck = (value) => {
  if (typeof value !== 'string') return 'must be a text';
  return value.isWellFormed() ? null : 'has half of a surrogate pair, which UTF-8 cannot carry';
};
