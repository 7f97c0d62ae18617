import { UserError } from '../user-error.ts';

/** A template tag that makes a path, with any text as names. Throws a `UserError`. */
export function pathOf(strings: TemplateStringsArray, ...names: readonly string[]): string {
  return String.raw({ raw: strings }, ...names.map(segmentOf));
}

/**
 * A name as one segment of a path. Refuses `.`, `..` and the empty name: URLs resolve the first two, also
 * encoded, so `endpoint delete acme ..` would delete the application; an empty segment could be a list's path.
 */
export function segmentOf(name: string): string {
  if (name === '' || name === '.' || name === '..') {
    throw new UserError(`"${name}" is not a valid name or id`);
  }
  return encodeURIComponent(name);
}
