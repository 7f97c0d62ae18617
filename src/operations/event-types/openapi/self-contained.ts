import { invalid } from '../../../domain/errors.ts';
import { fieldError } from '../../validation.ts';
import { type Json, isObject, targetOf } from './json-pointer.ts';

/** Most values of one schema, including everything that it refers to. */
const MOST_VALUES = 20_000;

/** Values that may still be copied: a document whose schemas share much would become a multiple of its size. */
export interface CopyBudget {
  values: number;
}

/** The kind of a keyword's value. */
type Kind = 'schema' | 'schemas by name' | 'data';

const KINDS: ReadonlyMap<string, Kind> = new Map([
  ...[
    'properties',
    'patternProperties',
    'dependentSchemas',
    'dependencies',
    '$defs',
    'definitions',
  ].map((keyword) => [keyword, 'schemas by name'] as const),
  ...['const', 'enum', 'default', 'example', 'examples'].map(
    (keyword) => [keyword, 'data'] as const,
  ),
]);

/**
 * Makes a schema of a document self-contained: the parts of the document that it refers to are copied into its
 * `$defs`. References of a schema with an `$id` are relative to that schema. Bounds in the form of OpenAPI 3.0 are
 * converted to JSON Schema. Throws `validation`.
 */
export function selfContained(
  document: Json,
  schema: Json,
  place: readonly string[],
  budget: CopyBudget,
  isOpenApi30: boolean,
): Json {
  /** The name in `$defs` of each reference. */
  const names = new Map<string, string>();
  const definitions: Record<string, unknown> = {};
  const waiting: string[] = [];
  let count = 0;

  function copied(value: unknown, kind: Kind = 'schema'): unknown {
    if (++count > MOST_VALUES) {
      const msg = `has a schema that has more than ${MOST_VALUES} values, including everything that it refers to`;
      throw invalid([fieldError(msg, 'body', ...place)]);
    }
    if (--budget.values < 0) {
      const msg =
        'has schemas that are too large together, including everything that each refers to';
      throw invalid([fieldError(msg, 'body', 'spec')]);
    }
    if (Array.isArray(value)) return value.map((one) => copied(one, kind));
    if (!isObject(value)) return value;
    const isSchema = kind === 'schema';
    if (isSchema && typeof value['$id'] === 'string') return value;
    const given = isSchema && isOpenApi30 ? withNumericBounds(value) : value;
    const entries = Object.entries(given).map(([key, member]) =>
      isSchema && key === '$ref' && typeof member === 'string'
        ? [key, `#/$defs/${nameOf(member)}`]
        : [key, copied(member, isSchema ? KINDS.get(key) : kind === 'data' ? kind : 'schema')],
    );
    return Object.fromEntries(entries) as Json;
  }

  function nameOf(reference: string): string {
    const known = names.get(reference);
    if (known !== undefined) return known;
    const wanted = (reference.split('/').at(-1) ?? '').replaceAll(/\W/g, '_') || 'schema';
    let name = wanted;
    for (let more = 2; taken.has(name); more++) name = `${wanted}_${more}`;
    taken.add(name);
    names.set(reference, name);
    waiting.push(reference);
    return name;
  }

  const own = isObject(schema['$defs']) ? schema['$defs'] : {};
  const taken = new Set(Object.keys(own));
  const root = copied(schema) as Json;
  for (let at = 0; at < waiting.length; at++) {
    const reference = waiting[at] ?? '';
    definitions[nameOf(reference)] = copied(targetOf(document, reference, place));
  }
  if (waiting.length === 0) return root;
  return { ...root, $defs: { ...(root['$defs'] as Json | undefined), ...definitions } };
}

/** In OpenAPI 3.0, as in draft 4, `exclusiveMinimum` is a boolean that makes `minimum` exclusive. */
function withNumericBounds(schema: Json): Json {
  const { exclusiveMinimum, exclusiveMaximum, ...others } = schema;
  return bounded(
    bounded(others, 'minimum', 'exclusiveMinimum', exclusiveMinimum),
    'maximum',
    'exclusiveMaximum',
    exclusiveMaximum,
  );
}

function bounded(schema: Json, bound: string, exclusiveBound: string, isExclusive: unknown): Json {
  if (isExclusive === undefined || isExclusive === false) return schema;
  if (isExclusive !== true) return { ...schema, [exclusiveBound]: isExclusive };
  const { [bound]: value, ...others } = schema;
  return value === undefined ? others : { ...others, [exclusiveBound]: value };
}
