import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type FieldError, PosthasteError, invalid } from '../domain/errors.ts';
import { apiInputs, apiOptions, check } from '../operations/operations.ts';
import { jsonBody } from './body.ts';
import { type Contract, optionsOf } from './contracts/contract.ts';
import { CONTRACTS } from './contracts/contracts.ts';
import { idempotencyKey } from './idempotency.ts';
import { queryOf } from './query.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    contract?: Contract;
  }
}

/** Attaches the contracts to the routes below the prefix. Throws for a route without a contract. */
export function nameContracts(server: FastifyInstance, prefix: string): void {
  server.addHook('onRoute', (route) => {
    const { method, url } = route;
    const path = url.slice(prefix.length);
    const contract = CONTRACTS[`${method === 'HEAD' ? 'GET' : String(method)} ${path}`];
    if (contract === undefined) throw new Error(`${String(method)} ${path} has no contract`);
    route.config = { ...route.config, contract };
  });
}

/**
 * Refuses a query or an idempotency key that the route does not take, together with the errors of the body, so
 * that a client can correct all errors at once. When only the body is wrong, the operation refuses it; lists
 * check their query in the operation, too.
 */
export function requireContract(server: FastifyInstance): void {
  // After the body is read: an earlier answer would break the connection of a client that is still sending.
  server.addHook('preHandler', (request, _reply, done) => {
    const { contract } = request.routeOptions.config;
    if (contract === undefined) return done();
    const ofKey = fieldErrorsOf(() => request.method === 'POST' && idempotencyKey(request));
    const ofQuery = queryErrors(request, contract, ofKey.length > 0);
    const errors = [...ofKey, ...ofQuery, ...unusedBodyErrors(request, contract)];
    if (errors.length === 0) done();
    else done(invalid([...errors, ...bodyErrors(request, contract)]));
  });
}

/** With `all`, also what the operation would refuse. */
function queryErrors(
  request: FastifyRequest,
  contract: Contract,
  all: boolean,
): readonly FieldError[] {
  const { query = 'NoOptions' } = contract;
  const options = optionsOf(contract) ?? (all && query in apiOptions ? ALL_OPTIONS[query] : null);
  if (!options || Object.keys(request.query as object).length === 0) return [];
  return fieldErrorsOf(() => check(options, queryOf(request), 'query'));
}

const ALL_OPTIONS: Readonly<Record<string, z.ZodObject>> = apiOptions;

/** Refuses members for an operation that takes no body. */
function unusedBodyErrors(request: FastifyRequest, { body }: Contract): readonly FieldError[] {
  if (body !== undefined || isEmpty(request)) return [];
  return fieldErrorsOf(() => check(NO_BODY, jsonBody(request), 'body'));
}

/** Null and an empty object mean nothing: some clients send them with every request. */
const NO_BODY = z.strictObject({}).nullable();

function bodyErrors(request: FastifyRequest, contract: Contract): readonly FieldError[] {
  const { body, bodyOptional } = contract;
  if (body === undefined || (isEmpty(request) && bodyOptional)) return [];
  return fieldErrorsOf(() => apiInputs[body].refuse(jsonBody(request)));
}

function isEmpty({ body }: FastifyRequest): boolean {
  return body === undefined || body === null || body === '';
}

function fieldErrorsOf(run: () => unknown): readonly FieldError[] {
  try {
    run();
    return [];
  } catch (error) {
    if (error instanceof PosthasteError && error.code === 'validation') return error.fieldErrors;
    throw error;
  }
}
