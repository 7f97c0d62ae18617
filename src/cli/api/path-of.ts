import { UserError } from '../user-error.ts';

/** The path of an application, endpoint or other, whose names may hold anything. Throws a `UserError`. */
export function pathOf(strings: TemplateStringsArray, ...names: readonly string[]): string {
  return String.raw({ raw: strings }, ...names.map(segmentOf));
}

/**
 * A name as one segment of a path. URLs resolve `.` and `..`, also encoded, and an empty segment may be
 * that of a list: `endpoint delete acme ..` would delete the application.
 */
export function segmentOf(name: string): string {
  if (name === '' || name === '.' || name === '..') {
    throw new UserError(`"${name}" is no name or id of anything`);
  }
  return encodeURIComponent(name);
}
