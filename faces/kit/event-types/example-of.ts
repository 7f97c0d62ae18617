import type { EventTypeOut } from '../api/types.ts';

/** The example in the newest schema of an event type, or one made from the schema's properties. */
export function exampleOf({ schemas }: Pick<EventTypeOut, 'schemas'>): unknown {
  const all = Object.values(schemas ?? {}) as Schema[];
  for (const { examples, example } of all.toReversed()) {
    if (Array.isArray(examples) && examples.length > 0) return examples[0];
    if (example !== undefined) return example;
  }
  const last = all.at(-1);
  return last === undefined ? {} : suggested(last, 0);
}

interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly example?: unknown;
}

const DEEPEST = 6;

function suggested(schema: Schema, depth: number): unknown {
  const known = schema.examples?.[0] ?? schema.example ?? schema.const ?? schema.default;
  if (known !== undefined) return known;
  if (schema.enum) return schema.enum[0];
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (schema.properties || type === 'object') {
    if (depth >= DEEPEST) return {};
    return Object.fromEntries(
      Object.entries(schema.properties ?? {}).map(([name, of]) => [name, suggested(of, depth + 1)]),
    );
  }
  if (type === 'array') {
    return schema.items && depth < DEEPEST ? [suggested(schema.items, depth + 1)] : [];
  }
  return { string: 'text', number: 0, integer: 0, boolean: true }[String(type)] ?? null;
}
