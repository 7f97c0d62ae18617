import fc from 'fast-check';
import { type ApiOperation, DOCUMENT, type ObjectSchema } from './contract-check.ts';

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

interface Schema extends ObjectSchema {
  readonly $ref?: string;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly Json[];
  readonly const?: Json;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | false;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
}

/** The operation of a route such as `GET /api/v1/app/:app_id` in the description of the API, if it has one. */
export function describedOperation(method: string, url: string): ApiOperation | undefined {
  return DOCUMENT.paths[url.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
}

/**
 * Bodies by the description of an operation, as JSON text: its example, or a value by its schema, with up to three
 * changes at any depth. Null: the operation has no body.
 */
export function describedBody(operation: ApiOperation): fc.Arbitrary<string> | null {
  const known = bodies.get(operation);
  if (known !== undefined) return known;
  const content = operation.requestBody?.content['application/json'] as
    | { schema: Schema; example: Json }
    | undefined;
  if (content === undefined) return null;
  const value = fc.oneof(
    { weight: 3, arbitrary: fc.constant(content.example) },
    { weight: 2, arbitrary: valueOf(content.schema, 6) },
  );
  const made = fc
    .tuple(value, fc.array(change, { maxLength: 3 }), fc.nat(11))
    .map(([start, changes, repeated]) => {
      const text = printed(changes.reduce(changed, start));
      return repeated === 0 ? text.replace(/^\{("[^"\\]*":)/, '{$1null,$1') : text;
    });
  bodies.set(operation, made);
  return made;
}

/** Making the generator of a large body takes milliseconds. */
const bodies = new Map<ApiOperation, fc.Arbitrary<string>>();

/** Values that the schema allows, and some just beyond its bounds. */
function valueOf(schema: Schema, depth: number): fc.Arbitrary<Json> {
  const { $ref, anyOf, oneOf, type } = schema;
  if (depth === 0) return fc.constant(null);
  if ($ref !== undefined) {
    const name = $ref.slice($ref.lastIndexOf('/') + 1);
    return valueOf(DOCUMENT.components.schemas[name] ?? {}, depth);
  }
  const parts = anyOf ?? oneOf;
  if (parts !== undefined) return fc.oneof(...parts.map((part) => valueOf(part, depth)));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const types = [type ?? 'any'].flat();
  return fc.oneof(...types.map((one) => valueOfType(one, schema, depth - 1)));
}

function valueOfType(type: string, schema: Schema, depth: number): fc.Arbitrary<Json> {
  const { items = {}, additionalProperties, required = [], maxLength = 1_000 } = schema;
  switch (type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
    case 'number': {
      const { minimum = 0, maximum = 1_000 } = schema;
      return fc.constantFrom(minimum, minimum + 1, maximum, minimum - 1, maximum + 1);
    }
    case 'string':
      if (schema.format === 'date-time') return fc.constantFrom('2026-11-01T00:00:00Z', '2026-11');
      return fc.constantFrom(
        'fuzz.type',
        'fuzz',
        'made',
        'a',
        '',
        'https://example.com/',
        '/a/b',
        'x'.repeat(Math.min(maxLength, 20_000)),
        'x'.repeat(Math.min(maxLength, 20_000) + 1),
      );
    case 'array':
      return fc.array(valueOf(items, depth), { maxLength: 3 });
    case 'object': {
      const properties = Object.entries(schema.properties ?? {});
      if (properties.length > 0) {
        const members = properties.map(([name, part]) => [name, valueOf(part, depth)] as const);
        const optional = fc.array(fc.constantFrom(...members.map(([name]) => name)), {
          maxLength: 4,
        });
        return fc
          .tuple(fc.record(Object.fromEntries(members)), optional)
          .map(([all, names]) =>
            Object.fromEntries(
              [...new Set([...required, ...names])].map((name) => [name, all[name] ?? null]),
            ),
          );
      }
      const value: Schema = typeof additionalProperties === 'object' ? additionalProperties : {};
      return fc
        .array(fc.tuple(fc.constantFrom(...NAMES), valueOf(value, depth)), { maxLength: 3 })
        .map((entries) => Object.fromEntries(entries));
    }
    default:
      return fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>;
  }
}

const NAMES = ['a', 'X-A', '1', '', '__proto__', 'constructor', '\0', '\ud800', 'é', '/', '$ref'];

interface Change {
  /** Which value, counted over the whole body. */
  readonly at: number;
  readonly how: 'replace' | 'append' | 'add';
  readonly name: string;
  readonly value: Json;
}

/** A text that a database, a header, or a printer of JSON may not hold. */
const BROKEN_TEXTS = ['\0', '\ud800', '\udc00x', '\u{10ffff}', '\ufffe', '\r\n', '\u2028', 'é'];

/** What JSON can express, but JavaScript's numbers or texts cannot, or not in this form. */
const ODD_TOKENS = [
  '1e400',
  '-1e400',
  '1E+2',
  '-0',
  '0.1e-400',
  '1'.repeat(400),
  '9007199254740993',
  '1.0',
  '"\\u0000"',
  '"\\ud800"',
  '"\\udfff\\ud800"',
  '"\\/"',
  '"\u007f"',
];
const tokens = new Map(ODD_TOKENS.map((token, i) => [`odd token ${i}`, token]));

const change: fc.Arbitrary<Change> = fc.record({
  at: fc.nat(40),
  how: fc.constantFrom('replace', 'append', 'add'),
  name: fc.constantFrom(...NAMES, 'payload', 'metadata', 'headers', 'id', 'uid', 'application'),
  value: fc.oneof(
    fc.constantFrom(...tokens.keys()),
    fc.constantFrom(...BROKEN_TEXTS),
    fc.constantFrom<Json>(null, 0, -1, 1.5, true, '', [], {}, [[]], 'x'.repeat(5_000)),
    fc.constantFrom('http://127.0.0.1/', 'https://[::1]/', 'ep_', `app_${'0'.repeat(27)}`),
    fc.constantFrom(...[20, 99, 120, 3_000].map((levels) => nested(levels))),
  ),
});

function nested(levels: number): Json {
  let value: Json = 1;
  for (let i = 0; i < levels; i++) value = i % 2 === 0 ? [value] : { a: value };
  return value;
}

/** The value with one part of it changed. */
function changed(root: Json, { at, how, name, value }: Change): Json {
  let left = at % countOf(root);
  const visit = (part: Json): Json => {
    if (left-- === 0) {
      if (how === 'append' && typeof part === 'string')
        return part + (typeof value === 'string' ? value.slice(0, 50) : '\0');
      if (how === 'add' && Array.isArray(part)) return [...part, value];
      if (how === 'add' && isObject(part)) return withMember(part, name, value);
      return value;
    }
    if (Array.isArray(part)) return part.map((one: Json) => (left < 0 ? one : visit(one)));
    if (!isObject(part)) return part;
    const entries = Object.entries(part);
    return Object.fromEntries(entries.map(([key, one]) => [key, left < 0 ? one : visit(one)]));
  };
  return visit(root);
}

function withMember(part: object, name: string, value: Json): Json {
  return Object.fromEntries([...Object.entries(part), [name, value]]);
}

function isObject(value: Json): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The number of parts that `changed` can choose from, at most some. */
function countOf(value: Json): number {
  if (typeof value !== 'object' || value === null) return 1;
  let count = 1;
  for (const part of Object.values(value)) {
    count += count < 1_000 ? countOf(part) : 0;
  }
  return count;
}

function printed(value: Json): string {
  return JSON.stringify(value).replace(/"odd token \d+"/g, (quoted) => {
    return tokens.get(quoted.slice(1, -1)) ?? quoted;
  });
}
