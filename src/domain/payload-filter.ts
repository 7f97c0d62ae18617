import { namesOf } from './json-pointer.ts';

/**
 * A filter of payloads, in JSON. A condition names a place in the payload by its JSON pointer (RFC 6901) and tests
 * the value there; `and`, `or` and `not` combine filters. `payload-filter-errors.ts` has the bounds.
 */
export type PayloadFilter =
  | { readonly and: readonly PayloadFilter[] }
  | { readonly or: readonly PayloadFilter[] }
  | { readonly not: PayloadFilter }
  | PayloadCondition;

/**
 * For a missing value only `"exists": false` is true. Values of different types are never equal and never less or
 * greater. Texts are compared by their UTF-16 units, numbers as doubles.
 */
export type PayloadCondition = { readonly path: string } & (
  | { readonly equal: Scalar }
  | { readonly oneOf: readonly Scalar[] }
  | { readonly exists: boolean }
  | { readonly greaterThan: Ordered }
  | { readonly atLeast: Ordered }
  | { readonly lessThan: Ordered }
  | { readonly atMost: Ordered }
  | { readonly prefix: string }
);

export type Scalar = string | number | boolean | null;
export type Ordered = string | number;

/** The part of a filter that a payload does not match. */
export interface Unmatched {
  /** JSON pointer into the filter. */
  readonly at: string;
  /** JSON pointer into the payload; null when the part is not a condition. */
  readonly path: string | null;
  /** The requirement of the part, as a sentence. */
  readonly asks: string;
}

/** Null: the payload matches. Takes a time proportional to the size of the filter; never throws. */
export type PayloadTest = (payload: unknown) => Unmatched | null;

/** Compiles a filter for which `payloadFilterErrors` is empty. */
export function compilePayloadFilter(filter: PayloadFilter, at = ''): PayloadTest {
  if ('and' in filter) return allOf(compileAll(filter.and, `${at}/and`));
  if ('or' in filter) return anyOf(compileAll(filter.or, `${at}/or`), `${at}/or`);
  if ('not' in filter) return noneOf(compilePayloadFilter(filter.not, `${at}/not`), `${at}/not`);
  return compileCondition(filter, at);
}

function compileAll(parts: readonly PayloadFilter[], at: string): PayloadTest[] {
  return parts.map((part, index) => compilePayloadFilter(part, `${at}/${index}`));
}

function allOf(parts: readonly PayloadTest[]): PayloadTest {
  return (payload) => {
    for (const part of parts) {
      const unmatched = part(payload);
      if (unmatched !== null) return unmatched;
    }
    return null;
  };
}

function anyOf(parts: readonly PayloadTest[], at: string): PayloadTest {
  const unmatched = { at, path: null, asks: 'one of the filters in "or" must match' };
  return (payload) => (parts.some((part) => part(payload) === null) ? null : unmatched);
}

function noneOf(part: PayloadTest, at: string): PayloadTest {
  const unmatched = { at, path: null, asks: 'the filter in "not" must not match' };
  return (payload) => (part(payload) === null ? unmatched : null);
}

function compileCondition(condition: PayloadCondition, at: string): PayloadTest {
  const { path } = condition;
  const names = namesOf(path);
  const { holds, asks } = demandOf(condition);
  const unmatched = { at, path, asks: `${path === '' ? 'the payload' : path} must ${asks}` };
  return (payload) => (holds(valueAt(payload, names)) ? null : unmatched);
}

interface Demand {
  readonly holds: (value: unknown) => boolean;
  readonly asks: string;
}

function demandOf(condition: PayloadCondition): Demand {
  if ('equal' in condition) {
    const { equal } = condition;
    return { holds: (value) => value === equal, asks: `be ${JSON.stringify(equal)}` };
  }
  if ('oneOf' in condition) {
    const values = new Set<unknown>(condition.oneOf);
    const asks = `be one of ${JSON.stringify(condition.oneOf)}`;
    return { holds: (value) => values.has(value), asks };
  }
  if ('exists' in condition) {
    const { exists } = condition;
    return {
      holds: (value) => (value !== undefined) === exists,
      asks: exists ? 'exist' : 'not exist',
    };
  }
  if ('prefix' in condition) {
    const { prefix } = condition;
    return {
      holds: (value) => typeof value === 'string' && value.startsWith(prefix),
      asks: `begin with ${JSON.stringify(prefix)}`,
    };
  }
  if ('greaterThan' in condition) {
    return comparison('be greater than', condition.greaterThan, (value, bound) => value > bound);
  }
  if ('atLeast' in condition) {
    return comparison('be at least', condition.atLeast, (value, bound) => value >= bound);
  }
  if ('lessThan' in condition) {
    return comparison('be less than', condition.lessThan, (value, bound) => value < bound);
  }
  return comparison('be at most', condition.atMost, (value, bound) => value <= bound);
}

function comparison(
  asks: string,
  bound: Ordered,
  compare: (value: Ordered, bound: Ordered) => boolean,
): Demand {
  return {
    holds: (value) => typeof value === typeof bound && compare(value as Ordered, bound),
    asks: `${asks} ${JSON.stringify(bound)}`,
  };
}

/** The value at a JSON pointer; undefined when the payload has none. */
export function payloadValue(payload: unknown, path: string): unknown {
  return valueAt(payload, namesOf(path));
}

function valueAt(payload: unknown, names: readonly string[]): unknown {
  let value = payload;
  for (const name of names) {
    if (typeof value !== 'object' || value === null) return undefined;
    // Only indexes: `length` is an own member of an array, too.
    if (Array.isArray(value) && !INDEX.test(name)) return undefined;
    if (!Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

const INDEX = /^(?:0|[1-9]\d*)$/;
