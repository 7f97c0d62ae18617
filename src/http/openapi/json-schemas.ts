import { z } from 'zod';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** The zod schemas as JSON Schemas by name; they refer to each other as components. */
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
      // The document states the dialect, and components have their ids from their names.
      delete schema.$schema;
      delete schema.$id;
      return [name, schema];
    }),
  );
}

/**
 * Removes members that the server only refuses or ignores. Also removes `additionalProperties: false`: a client
 * must accept new members in the answers of later versions.
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

/** Removes the alternative `Date`, which only in-process callers can use and which has an empty schema. */
function withoutDate(schema: z.core.JSONSchema.BaseSchema): void {
  const [date, text, ...others] = schema.anyOf ?? [];
  if (text?.format !== 'date-time' || others.length > 0) return;
  if (date === undefined || Object.keys(date).length > 0) return;
  delete schema.anyOf;
  Object.assign(schema, text);
}

/** Removes the alternative null, which a query parameter can't be. */
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
