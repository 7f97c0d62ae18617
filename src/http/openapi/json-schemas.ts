import { z } from 'zod';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** The schemas by their names, as JSON Schemas of the components that refer to each other. */
export function jsonSchemas(
  schemas: readonly (readonly [name: string, schema: z.ZodType])[],
  io: 'input' | 'output',
): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of schemas) registry.add(schema, { id });
  const { schemas: made } = z.toJSONSchema(registry, {
    io,
    unrepresentable: 'any',
    uri: (id) => `#/components/schemas/${id}`,
    metadata: z.globalRegistry,
    override: ({ jsonSchema }) => simplify(jsonSchema),
  });
  return Object.fromEntries(
    Object.entries(made).map(([name, schema]) => {
      // The document says both.
      delete schema.$schema;
      delete schema.$id;
      return [name, schema];
    }),
  );
}

/**
 * Members that are only refused or passed over are no part of the description. Nor is it said that
 * others are refused: a client must live with members of answers that come with later versions.
 */
export function simplify(schema: z.core.JSONSchema.BaseSchema): void {
  if (schema.enum?.every((value) => Number.isInteger(value))) schema.type = 'integer';
  if (schema.additionalProperties === false) delete schema.additionalProperties;
  withoutDate(schema);
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (typeof property === 'object' && 'undocumented' in property)
      delete schema.properties?.[name];
  }
}

/** Callers in-process may give an instant as a Date, which is an empty schema here. */
function withoutDate(schema: z.core.JSONSchema.BaseSchema): void {
  const [date, text, ...others] = schema.anyOf ?? [];
  if (text?.format !== 'date-time' || others.length > 0) return;
  if (date === undefined || Object.keys(date).length > 0) return;
  delete schema.anyOf;
  Object.assign(schema, text);
}

/** A parameter of a query can't be null. */
export function withoutNull(schema: JsonSchema): JsonSchema {
  const { anyOf, type, ...others } = schema;
  if (Array.isArray(type)) return { ...others, type: type.find((one) => one !== 'null') as string };
  if (!Array.isArray(anyOf)) return schema;
  const parts = (anyOf as JsonSchema[]).filter((part) => part['type'] !== 'null').map(withoutNull);
  const [first] = parts;
  return parts.length === 1 && first !== undefined
    ? { ...others, ...first }
    : { ...others, anyOf: parts };
}
