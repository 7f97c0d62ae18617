import { z } from 'zod';
import { apiInputs, apiOptions, apiOutputs, apiParts } from '../../operations/operations.ts';
import { type Contract, type Output, routeOptions } from '../contracts/contract.ts';
import { CONTRACTS } from '../contracts/contracts.ts';
import { queryName } from '../query.ts';
import { ERROR_ANSWERS, ERROR_REFERENCES, FIXED_SCHEMAS } from './error-schemas.ts';
import { EXAMPLES } from './examples.ts';
import { type JsonSchema, jsonSchemas, withoutNull, simplify } from './json-schemas.ts';
import { describeMembers } from './members.ts';
import { PARAMETERS } from './parameters.ts';

/** The description of the API as an OpenAPI 3.1 document, made from the contracts of the routes. */
export function createDocument({ version, prefix }: { version: string; prefix: string }): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const [route, contract] of Object.entries(CONTRACTS)) {
    const [method = '', url = ''] = route.split(' ');
    const path = prefix + url.replace(/:(\w+)/g, '{$1}');
    (paths[path] ??= {})[method.toLowerCase()] = operationOf(method, url, contract);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Posthaste', version, license: { name: 'MIT', identifier: 'MIT' } },
    // The server that serves this document.
    servers: [{ url: '/' }],
    tags: [...new Set(Object.values(CONTRACTS).map(tagOf))].map((name) => ({ name })),
    security: [{ HTTPBearer: [] }],
    paths,
    components: {
      securitySchemes: { HTTPBearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      responses: ERROR_ANSWERS,
      schemas: { ...componentSchemas(), ...FIXED_SCHEMAS },
    },
  };
}

/** `v1.message-attempt.list` → `Message attempt` */
function tagOf({ id }: Contract): string {
  const words = (id.split('.')[1] ?? '').replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function operationOf(method: string, url: string, contract: Contract): object {
  const { id, summary, description, deprecated, open, body, bodyOptional, answers } = contract;
  return {
    operationId: id,
    summary,
    ...(description !== undefined && { description }),
    tags: [tagOf(contract)],
    ...(deprecated && { deprecated }),
    ...(open && { security: [] }),
    parameters: [
      ...pathParameters(url),
      ...queryParameters(contract),
      ...(method === 'POST' ? [PARAMETERS['idempotency-key']] : []),
    ],
    ...(body !== undefined && { requestBody: bodyOf(body, bodyOptional ?? false) }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, answer]) => [status, answerOf(answer)]),
      ),
      ...ERROR_REFERENCES,
    },
  };
}

function bodyOf(name: keyof typeof apiInputs, isOptional: boolean): object {
  const schema = isOptional ? { anyOf: [ref(name), { type: 'null' }] } : ref(name);
  const content = { 'application/json': { schema, example: EXAMPLES[name] } };
  return { required: !isOptional, content };
}

function pathParameters(url: string): object[] {
  const names = [...url.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
  return names.map((name) => ({
    in: 'path',
    name,
    required: true,
    schema: { type: 'string' },
    ...PARAMETERS[name],
  }));
}

function queryParameters({ query = 'NoOptions' }: Contract): object[] {
  const options: Readonly<Record<string, z.ZodObject>> = { ...apiOptions, ...routeOptions };
  const { properties = {}, required = [] } = z.toJSONSchema(
    options[query] ?? z.object(),
    TO_JSON_SCHEMA,
  );
  return Object.entries(properties as Record<string, JsonSchema>).map(([option, schema]) => {
    const name = queryName(option);
    const shape = {
      schema: withoutNull(schema),
      ...(required.includes(option) && { required: true }),
    };
    return { in: 'query', name, ...shape, ...PARAMETERS[name] };
  });
}

function answerOf(answer: Contract['answers'][number]): object {
  if (answer === null) return { description: 'Done' };
  if (typeof answer === 'string') {
    return { description: 'Done', content: jsonContent(ref(answer)) };
  }
  return { description: 'A page of the list', content: jsonContent(ref(listName(answer.listOf))) };
}

const TO_JSON_SCHEMA: z.core.ToJSONSchemaParams = {
  io: 'input',
  unrepresentable: 'any',
  override: ({ jsonSchema }) => simplify(jsonSchema),
};

function componentSchemas(): Record<string, JsonSchema> {
  const inputs = Object.entries(apiInputs).map(
    ([name, input]) => [name, input.documented] as const,
  );
  const outputs = Object.entries(apiOutputs);
  const parts = Object.entries(apiParts);
  const listed = Object.values(CONTRACTS).flatMap(({ answers }) =>
    Object.values(answers).flatMap((answer) =>
      answer !== null && typeof answer === 'object' ? [answer.listOf] : [],
    ),
  );
  const schemas = {
    ...jsonSchemas([...inputs, ...parts], 'input'),
    ...jsonSchemas([...outputs, ...parts], 'output'),
    ...Object.fromEntries(listed.map((name) => [listName(name), listSchema(name)])),
  };
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, describeMembers(name, schema)]),
  );
}

/** The name of the list's schema, as in Svix's document. */
function listName(name: Output): string {
  return `ListResponse_${name}_`;
}

function listSchema(name: Output): JsonSchema {
  const iterator = { type: ['string', 'null'] };
  return {
    type: 'object',
    properties: {
      data: { type: 'array', items: ref(name), description: 'The rows of the page' },
      iterator,
      prevIterator: iterator,
      done: { type: 'boolean' },
    },
    required: ['data', 'iterator', 'prevIterator', 'done'],
  };
}

function ref(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}

function jsonContent(schema: JsonSchema): object {
  return { 'application/json': { schema } };
}
