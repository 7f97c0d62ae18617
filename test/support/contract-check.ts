import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createDocument } from '../../src/http/openapi/create-document.ts';

/** The parts of the OpenAPI document that the checks read. */
export interface ApiDocument {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, ApiOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, ObjectSchema>> };
}

export interface ApiOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly security?: readonly object[];
  readonly parameters: readonly ApiParameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { $ref?: string; content?: Content }>>;
}

export interface ApiParameter {
  readonly in: string;
  readonly name: string;
  readonly description?: string;
  readonly schema: { readonly type?: string };
}

interface Content {
  readonly 'application/json': { readonly schema: object };
}

export interface ObjectSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, object>>;
  readonly required?: readonly string[];
  readonly oneOf?: readonly ObjectSchema[];
}

export const DOCUMENT = createDocument({ version: '0.0.0', prefix: '/api/v1' }) as ApiDocument;

/**
 * Compares every answer of the server, and every request that it accepted, to the OpenAPI document. Returns the
 * list of differences, which grows while the server runs.
 */
export function checkContract(server: FastifyInstance): readonly string[] {
  const differences: string[] = [];
  server.addHook('onSend', (request, reply, payload, done) => {
    const found = differencesOf(request, reply, typeof payload === 'string' ? payload : '');
    const { method, url } = request;
    for (const difference of found) differences.push(`${method} ${url}: ${difference}`);
    done();
  });
  return differences;
}

function differencesOf(request: FastifyRequest, reply: FastifyReply, payload: string): string[] {
  const path = request.routeOptions.url?.replace(/:(\w+)/g, '{$1}') ?? '';
  const operation = DOCUMENT.paths[path]?.[request.method.toLowerCase()];
  if (operation === undefined) return [];
  const { statusCode } = reply;
  return [
    ...answerDifferences(operation, statusCode, payload),
    ...(statusCode < 300 && !refusesSome(payload) ? requestDifferences(operation, request) : []),
  ];
}

/** Whether a batch had messages that were refused one by one: then the request need not match the document. */
function refusesSome(payload: string): boolean {
  return /^\{"results":\[.*"status":4/s.test(payload);
}

export function answerDifferences(
  { responses }: ApiOperation,
  statusCode: number,
  payload: string,
): string[] {
  const answer = responses[statusCode];
  if (answer === undefined) return [`${statusCode} is not in the description`];
  if (answer.$ref !== undefined) {
    const schema = statusCode === 422 ? 'HTTPValidationError' : 'HttpErrorOut';
    return schemaDifferences({ $ref: `#/components/schemas/${schema}` }, payload);
  }
  if (answer.content === undefined) return payload === '' ? [] : ['has a body'];
  return schemaDifferences(answer.content['application/json'].schema, payload);
}

function requestDifferences(
  { parameters, requestBody }: ApiOperation,
  { query, body }: FastifyRequest,
): string[] {
  const given = query as Record<string, unknown>;
  const ofQuery = parameters
    .filter(({ in: place, name }) => place === 'query' && typeof given[name] === 'string')
    .filter(({ name, schema }) => {
      const text = String(given[name]);
      const takes = validatorOf(schema);
      // "true" and "5" may be meant as strings too.
      return schema.type === 'array'
        ? !takes(text === '' ? [] : text.split(','))
        : !takes(valueOf(text)) && !takes(text);
    })
    .map(({ name }) => `took ${name}=${String(given[name])}`);
  if (requestBody === undefined || typeof body !== 'string' || body === '') return ofQuery;
  return [...ofQuery, ...schemaDifferences(requestBody.content['application/json'].schema, body)];
}

/** The value that a text in a query stands for. */
function valueOf(text: string): unknown {
  return /^(true|false|\d{1,9})$/.test(text) ? JSON.parse(text) : text;
}

function schemaDifferences(schema: object, text: string): string[] {
  const validate = validatorOf(schema);
  if (validate(JSON.parse(text))) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) =>
      `${JSON.stringify(schema)}${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
ajv.addSchema({ ...strictAnswers(DOCUMENT), $id: 'api' });
const validators = new Map<string, ValidateFunction>();

function validatorOf(schema: object): ValidateFunction {
  const key = JSON.stringify(schema);
  const known =
    validators.get(key) ?? ajv.compile(JSON.parse(key.replaceAll('"#/', '"api#/')) as object);
  validators.set(key, known);
  return known;
}

/** The document with `additionalProperties: false` in answers, so that a test finds undocumented members. */
function strictAnswers(document: ApiDocument): object {
  const schemas = Object.entries(document.components.schemas).map(([name, schema]) => {
    const isAnswer = /Out$|Stats$|^ListResponse|Error$/.test(name);
    return [name, isAnswer ? { ...schema, additionalProperties: false } : schema];
  });
  return { components: { schemas: Object.fromEntries(schemas) } };
}
