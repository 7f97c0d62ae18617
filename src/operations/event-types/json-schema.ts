import type { ErrorObject, ValidateFunction } from 'ajv';
import type { FieldError } from '../../domain/errors.ts';
import { namesOf } from '../../domain/json-pointer.ts';
import { isNestedAtMost } from '../fields.ts';
import { fieldError } from '../validation.ts';

/**
 * A field error for each of the schemas (by version) that is not a valid JSON Schema: draft 2020-12
 * where its `$schema` says so, else draft 7. Only the meta-schemas are compiled, so code is never
 * generated from what a caller sends; checking one takes time in proportion to its size.
 */
export async function schemaErrors(schemas: unknown): Promise<FieldError[]> {
  if (typeof schemas !== 'object' || schemas === null || Array.isArray(schemas)) return [];
  const { draft7, draft2020 } = await (metaSchemas ??= loadMetaSchemas());
  return Object.entries(schemas).flatMap(([version, schema]: [string, unknown]) => {
    // The zod schema reports these errors.
    if (typeof schema !== 'object' || schema === null || !isNestedAtMost(schema, MAX_LEVELS)) {
      return [];
    }
    const dialect: unknown = '$schema' in schema ? schema.$schema : DRAFT_7;
    const uri = typeof dialect === 'string' ? dialect.replace(/#$/, '') : dialect;
    if (uri !== DRAFT_7 && uri !== DRAFT_2020) {
      const msg = `must be ${DRAFT_7}# or ${DRAFT_2020}`;
      return [fieldError(msg, 'body', 'schemas', version, '$schema')];
    }
    const validate = uri === DRAFT_7 ? draft7 : draft2020;
    const [error] = validate(schema) ? [] : (validate.errors ?? []);
    return error === undefined ? [] : [errorAt(version, error)];
  });
}

function errorAt(version: string, { instancePath, message = '' }: ErrorObject): FieldError {
  const path = namesOf(instancePath);
  return fieldError(`is not valid JSON Schema: ${message}`, 'body', 'schemas', version, ...path);
}

interface MetaSchemas {
  readonly draft7: ValidateFunction;
  readonly draft2020: ValidateFunction;
}

let metaSchemas: Promise<MetaSchemas> | undefined;

/** Loaded when first needed: loading and compiling take a tenth of a second. */
async function loadMetaSchemas(): Promise<MetaSchemas> {
  const [{ Ajv }, { Ajv2020 }, { default: schema }] = await Promise.all([
    import('ajv'),
    import('ajv/dist/2020.js'),
    import('ajv/dist/refs/json-schema-draft-07.json', { with: { type: 'json' } }),
  ]);
  const options = { strict: false, validateFormats: false, logger: false } as const;
  // Ajv's copy of draft 7 requires distinct values of `enum`, which the draft does not; comparing all pairs
  // takes minutes for a megabyte of values.
  const { enum: _, ...properties } = schema.properties;
  const draft7 = { ...schema, properties: { ...properties, enum: { type: 'array' } } };
  const ajv2020 = new Ajv2020(options);
  return {
    draft7: new Ajv({ ...options, meta: false, validateSchema: false }).compile(draft7),
    draft2020: ajv2020.compile({ $ref: DRAFT_2020 }),
  };
}

export const DRAFT_7 = 'http://json-schema.org/draft-07/schema';
export const DRAFT_2020 = 'https://json-schema.org/draft/2020-12/schema';
/** Most levels of nesting in the schema of an event type. */
export const MAX_LEVELS = 100;
