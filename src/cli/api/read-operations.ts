import { createDocument } from '../../http/openapi/create-document.ts';
import { VERSION } from '../../version.ts';
import type { ApiBody, ApiOperation, ApiParameter, ValueKind } from './api-operation.ts';

/** All operations that are not deprecated, read from the server's description of its API. */
export function readOperations(): readonly ApiOperation[] {
  const document = createDocument({ version: VERSION, prefix: '/api/v1' }) as OpenapiDocument;
  const { schemas } = document.components;
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { deprecated }]) => deprecated !== true)
      .map(([method, operation]) => readOperation(method, path, operation, schemas)),
  );
}

interface OpenapiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenapiOperation>>>>;
  readonly components: { readonly schemas: Schemas };
}

interface OpenapiOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly deprecated?: boolean;
  readonly parameters: readonly {
    readonly in: string;
    readonly name: string;
    readonly description?: string;
    readonly schema: Schema;
  }[];
  readonly requestBody?: {
    readonly required: boolean;
    readonly content: {
      readonly 'application/json': { readonly schema: Schema; readonly example: unknown };
    };
  };
  readonly responses: Readonly<
    Record<string, { readonly content?: { readonly 'application/json': { schema: Schema } } }>
  >;
}

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly deprecated?: boolean;
  readonly description?: string;
}

type Schemas = Readonly<Record<string, Schema>>;

function readOperation(
  method: string,
  path: string,
  operation: OpenapiOperation,
  schemas: Schemas,
): ApiOperation {
  const { operationId: id, summary, description = '', parameters, requestBody } = operation;
  const parametersOf = (place: string): ApiParameter[] =>
    parameters
      .filter((parameter) => parameter.in === place)
      .map(({ name, description: meaning = '', schema }) =>
        parameterOf(name, meaning, schema, schemas),
      );
  const answers = Object.values(operation.responses);
  return {
    id,
    ...commandOf(id),
    method: method.toUpperCase(),
    path,
    summary,
    description,
    pathParameters: parametersOf('path'),
    query: parametersOf('query'),
    body: requestBody === undefined ? null : bodyOf(requestBody, schemas),
    isList: answers.some(({ content }) =>
      content?.['application/json'].schema.$ref?.includes('ListResponse_'),
    ),
  };
}

/** `v1.operational-webhook.endpoint.get-secret` → `operational-webhook`, `get-secret` */
function commandOf(id: string): Pick<ApiOperation, 'resource' | 'verb'> {
  const words = id.split('.').slice(1);
  const verb = words.at(-1) ?? '';
  const resource = words.slice(0, -1).join('.');
  if (resource === 'management.authentication') {
    return { resource: 'api-token', verb: verb.replace(/-api-tokens?$/, '') };
  }
  return { resource: SHORT[resource] ?? words[0] ?? '', verb };
}

/** Short names of resources, as in the paths and ids of the API. */
const SHORT: Readonly<Record<string, string>> = {
  application: 'app',
  'application.stats': 'stats',
  statistics: 'stats',
  message: 'msg',
  'message-attempt': 'attempt',
  'background-task': 'task',
  authentication: 'auth',
  'endpoint.transformation': 'transformation',
};

function parameterOf(
  name: string,
  description: string,
  schema: Schema,
  schemas: Schemas,
): ApiParameter {
  const whole = withoutReferences(schema, schemas);
  return { name, description, kind: kindOf(whole), schema: whole };
}

function bodyOf(
  { required, content }: NonNullable<OpenapiOperation['requestBody']>,
  schemas: Schemas,
): ApiBody {
  const { schema, example } = content['application/json'];
  const whole = notNull(withoutReferences(schema, schemas));
  // A body with several forms gets the members of all forms.
  const forms = whole.oneOf ?? [whole];
  const properties = new Map<string, Schema>();
  for (const form of forms) {
    for (const [name, member] of Object.entries(form.properties ?? {})) {
      if (member.deprecated !== true) properties.set(name, eitherOf(properties.get(name), member));
    }
  }
  const isInEach = (name: string) => forms.every((form) => form.required?.includes(name));
  return {
    isRequired: required,
    members: [...properties].map(([name, member]) =>
      parameterOf(name, member.description ?? '', member, schemas),
    ),
    requiredMembers: [...properties.keys()].filter(isInEach),
    example,
    schema: whole,
  };
}

/** Merges a member that distinguishes the forms: it has one of their values. */
function eitherOf(earlier: Schema | undefined, member: Schema): Schema {
  const { const: value, ...others } = member;
  if (earlier === undefined || value === undefined) return member;
  const values = earlier.enum ?? [earlier.const];
  return { ...others, enum: [...values, value] };
}

function withoutReferences(schema: Schema, schemas: Schemas): Schema {
  if (Array.isArray(schema)) {
    return schema.map((one: Schema) => withoutReferences(one, schemas)) as Schema;
  }
  if (typeof schema !== 'object' || schema === null) return schema;
  const { $ref, ...others } = schema;
  if ($ref !== undefined) {
    const named = schemas[$ref.replace('#/components/schemas/', '')] ?? {};
    return { ...withoutReferences(named, schemas), ...others };
  }
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, withoutReferences(value, schemas)]),
  );
}

/** The form of a value that is not null. */
function notNull(schema: Schema): Schema {
  const { anyOf, ...others } = schema;
  if (anyOf === undefined) return schema;
  // Skip the empty form, which stands for `Date` objects of in-process callers.
  const forms = anyOf.filter(({ type, ...rest }) => type !== 'null' && (type || hasKeys(rest)));
  const [first] = forms;
  return forms.length === 1 && first !== undefined ? { ...others, ...notNull(first) } : others;
}

function hasKeys(schema: object): boolean {
  return Object.keys(schema).length > 0;
}

function kindOf(schema: Schema): ValueKind {
  const { type, items, properties, additionalProperties, ...others } = notNull(schema);
  const form = Array.isArray(type) ? (type as string[]).find((one) => one !== 'null') : type;
  switch (form) {
    case 'string':
      return 'text';
    case 'integer':
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'array':
      return LISTS[items === undefined ? '' : kindOf(items)] ?? 'json';
    case 'object':
      return properties === undefined && typeof additionalProperties === 'object' ? 'map' : 'json';
    default:
      return isText(others) ? 'text' : 'json';
  }
}

const LISTS: Readonly<Record<string, ValueKind>> = { text: 'texts', number: 'numbers' };

function isText(schema: Schema): boolean {
  const values = schema.enum ?? (schema.const === undefined ? [] : [schema.const]);
  return values.length > 0 && values.every((value) => typeof value === 'string');
}
