/** An error in a filter, with its place. */
export interface FilterError {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** `and`, `or` and `not` inside of one another. */
const MAX_DEPTH = 8;
/** Limit of conditions, `and`, `or` and `not` together, which bounds the cost of an evaluation. */
const MAX_PARTS = 100;
const MAX_ENTRIES = 100;
/** Limit of the whole filter, because the filters of many endpoints are held in memory. */
const MAX_CHARS = 16_384;
const MAX_TEXT_CHARS = 1_024;
const MAX_PATH_CHARS = 512;

/** The errors of a filter; empty when the input is a `PayloadFilter`. Bounded for any input. */
export function payloadFilterErrors(input: unknown): FilterError[] {
  const errors: FilterError[] = [];
  let parts = 0;

  function refuse(path: FilterError['path'], message: string): void {
    errors.push({ path, message });
  }

  function readFilter(filter: unknown, path: FilterError['path'], depth: number): void {
    parts += 1;
    if (parts > MAX_PARTS) {
      if (parts === MAX_PARTS + 1) refuse([], `must have at most ${MAX_PARTS} parts`);
      return;
    }
    if (typeof filter !== 'object' || filter === null || Array.isArray(filter)) {
      return refuse(path, `must be an object: ${FORM}`);
    }
    if (depth > MAX_DEPTH) return refuse(path, `is nested deeper than ${MAX_DEPTH} levels`);
    const members = new Map<string, unknown>(Object.entries(filter));
    const [name = '', ...others] = [...members.keys()].filter((member) => member !== 'path');
    const read = READERS.get(name);
    if (read === undefined || others.length > 0) return refuse(path, `must be ${FORM}`);
    if (CONNECTIVES.has(name)) {
      if (members.has('path')) return refuse([...path, 'path'], `has no meaning beside "${name}"`);
    } else {
      readPath(members.get('path'), [...path, 'path']);
    }
    read(members.get(name), [...path, name], depth);
  }

  function readList(list: unknown, path: FilterError['path'], depth: number): void {
    if (!isList(list)) return refuse(path, `must be an array of 1 to ${MAX_ENTRIES} filters`);
    for (const [index, part] of list.entries()) readFilter(part, [...path, index], depth + 1);
  }

  function readPath(pointer: unknown, path: FilterError['path']): void {
    if (pointer === undefined)
      refuse(path, 'is required: a JSON pointer, such as "/invoice/total"');
    else if (
      typeof pointer !== 'string' ||
      pointer.length > MAX_PATH_CHARS ||
      !POINTER.test(pointer)
    ) {
      refuse(
        path,
        `must be a JSON pointer of at most ${MAX_PATH_CHARS} characters, such as "/invoice/total"`,
      );
    }
  }

  function readValues(list: unknown, path: FilterError['path']): void {
    if (!isList(list)) return refuse(path, `must be an array of 1 to ${MAX_ENTRIES} values`);
    for (const [index, value] of list.entries()) readScalar(value, [...path, index]);
  }

  function readScalar(value: unknown, path: FilterError['path']): void {
    if (value === null || typeof value === 'boolean') return;
    readOrdered(
      value,
      path,
      `a text of at most ${MAX_TEXT_CHARS} characters, a number, true, false or null`,
    );
  }

  function readOrdered(value: unknown, path: FilterError['path'], form = ORDERED): void {
    if (!Number.isFinite(value) && !isText(value)) refuse(path, `must be ${form}`);
  }

  const READERS = new Map<
    string,
    (value: unknown, path: FilterError['path'], depth: number) => void
  >([
    ['and', readList],
    ['or', readList],
    ['not', (filter, path, depth) => readFilter(filter, path, depth + 1)],
    ['equal', readScalar],
    ['oneOf', readValues],
    [
      'exists',
      (value, path) => typeof value === 'boolean' || refuse(path, 'must be true or false'),
    ],
    ['greaterThan', (value, path) => readOrdered(value, path)],
    ['atLeast', (value, path) => readOrdered(value, path)],
    ['lessThan', (value, path) => readOrdered(value, path)],
    ['atMost', (value, path) => readOrdered(value, path)],
    [
      'prefix',
      (value, path) =>
        isText(value) || refuse(path, `must be a text of at most ${MAX_TEXT_CHARS} characters`),
    ],
  ]);

  readFilter(input, [], 1);
  if (errors.length === 0 && JSON.stringify(input).length > MAX_CHARS) {
    refuse([], `must be at most ${MAX_CHARS} characters of JSON`);
  }
  return errors;
}

const CONNECTIVES = new Set(['and', 'or', 'not']);
const FORM =
  '{"and": [filter, …]}, {"or": [filter, …]}, {"not": filter} or {"path": "/…", …} with one of equal, oneOf, exists, greaterThan, atLeast, lessThan, atMost and prefix';
const ORDERED = `a number or a text of at most ${MAX_TEXT_CHARS} characters`;
/** RFC 6901; the empty pointer is the whole payload. */
const POINTER = /^(?:\/(?:[^~/]|~[01])*)*$/;

function isList(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.length > 0 && value.length <= MAX_ENTRIES;
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.length <= MAX_TEXT_CHARS;
}
