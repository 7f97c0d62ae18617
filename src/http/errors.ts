import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type FieldError, PosthasteError, invalid } from '../domain/errors.ts';
import { fieldError } from '../operations/operations.ts';
import { queryName } from './query.ts';

export interface ErrorLog {
  error(context: object, message: string): void;
}

/**
 * Errors on the wire: `{code, detail}` with the status of `domain/errors.ts`, or for `validation`
 * `{detail: [{loc, msg, type}]}`. What is not known to the registry is a defect: it is logged, and
 * the caller gets the request id only.
 */
export function answerErrors(server: FastifyInstance, log: ErrorLog): void {
  let quietUntil = 0;
  server.setErrorHandler((thrown: FastifyError, request, reply) => {
    const error = thrown instanceof PosthasteError ? thrown : translate(thrown);
    if (error === undefined || error.code === 'internal') {
      log.error({ err: thrown, requestId: request.id, route: routeOf(request) }, 'request failed');
      return answer(reply, internal(request));
    }
    if (error.code === 'storage_unavailable' && performance.now() >= quietUntil) {
      quietUntil = performance.now() + STORAGE_LOG_EVERY_MS;
      log.error({ err: error, requestId: request.id, route: routeOf(request) }, 'storage failed');
    }
    return answer(reply, error);
  });
  server.setNotFoundHandler((request, reply) =>
    answer(reply, new PosthasteError('not_found', `There is no ${request.method} at this path`)),
  );
}

// A full disk fails every request: a line for each would fill it further.
const STORAGE_LOG_EVERY_MS = 1_000;

/** For paths that no route sees: a broken escape, a parameter longer than any id. */
export function answerUnroutable(reply: FastifyReply): void {
  void answer(reply, new PosthasteError('not_found', 'The path is not well formed'));
}

function answer(reply: FastifyReply, error: PosthasteError): FastifyReply {
  if (error.status === 429 || error.status === 503) void reply.header('retry-after', '1');
  if (error.status === 413) void reply.header('connection', 'close');
  return reply
    .code(error.status)
    .send(
      error.code === 'validation'
        ? { detail: error.fieldErrors.map(fieldErrorOut) }
        : { code: error.code, detail: error.message },
    );
}

function fieldErrorOut({ loc, msg, type }: FieldError) {
  const [place, name, ...rest] = loc.map(String);
  const named = place === 'query' && name !== undefined ? [place, queryName(name), ...rest] : null;
  return { loc: named ?? loc.map(String), msg, type };
}

/** What the HTTP framework refuses by itself; undefined for a defect. */
function translate(error: FastifyError): PosthasteError | undefined {
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new PosthasteError('payload_too_large', 'The request body is too large');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_INVALID_TYPE':
    case 'FST_ERR_CTP_EMPTY_TYPE':
      return new PosthasteError(
        'unsupported_media_type',
        'The request body must be sent as "content-type: application/json"',
      );
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return invalid([fieldError('is not as long as its content-length says', 'body')]);
    case 'ECONNRESET':
    case 'ECONNABORTED':
      return invalid([fieldError('did not arrive whole', 'body')]);
    default:
      return undefined;
  }
}

function internal(request: FastifyRequest): PosthasteError {
  return new PosthasteError(
    'internal',
    `Something went wrong here; the log knows it as ${request.id}`,
  );
}

function routeOf(request: FastifyRequest): string {
  return `${request.method} ${request.routeOptions.url ?? '?'}`;
}
