import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import { type FieldError, PosthasteError, invalid } from '../domain/errors.ts';
import { fieldError } from '../operations/operations.ts';
import { type Answer, JSON_TYPE, sendAnswer } from './answer.ts';
import { drainIfLast } from './drain.ts';
import { nameInQuery } from './query.ts';

export interface ErrorLog {
  error(context: object, message: string): void;
}

/** The failed request, as the answer and the log line identify it. */
export interface FailedRequest {
  readonly id: string;
  /** Method and path pattern. */
  readonly route: string;
  readonly query?: object;
}

export type ErrorAnswers = (thrown: unknown, request: FailedRequest) => Answer;

/**
 * Errors on the wire: `{code, detail}` with the status of `domain/errors.ts`, or for `validation`
 * `{detail: [{loc, msg, type}]}`; `idempotency_key_reused` has such a list beside its code. An error that is
 * not in the registry, or a value that the storage refuses, is a defect: it is logged, and the caller gets only
 * the request id.
 */
export function createErrorAnswers(
  log: ErrorLog,
  explains: (error: unknown) => boolean = () => false,
): ErrorAnswers {
  return (thrown, request) => {
    const error = thrown instanceof PosthasteError ? thrown : fromFramework(thrown);
    if (error === undefined || error.code === 'internal' || error.code === 'storage_rejected') {
      log.error({ err: thrown, requestId: request.id, route: request.route }, 'request failed');
      return answerOf(internalError(request.id));
    }
    if (error.code === 'storage_unavailable' && !explains(error)) {
      log.error({ err: error, requestId: request.id, route: request.route }, 'storage failed');
    }
    return answerOf(error, request.query);
  };
}

export function answerErrors(server: FastifyInstance, answerError: ErrorAnswers): void {
  server.setErrorHandler((thrown, request, reply) => {
    const route = `${request.method} ${request.routeOptions.url ?? '?'}`;
    const query = request.query as object;
    void sendAnswer(reply, answerError(thrown, { id: request.id, route, query }));
  });
}

/** Answers a path that matches no route: it has a malformed escape, or a parameter longer than any id. */
export function answerUnroutable(reply: FastifyReply): void {
  const answer = answerOf(new PosthasteError('not_found', 'The path is malformed'));
  drainIfLast(reply, () => void sendAnswer(reply, answer));
}

export function answerOf(error: PosthasteError, query: object = {}): Answer {
  const { status, code } = error;
  const headers: Record<string, string> = {};
  if (status === 429 || status === 503) headers['retry-after'] = '1';
  if (status === 413) headers['connection'] = 'close';
  // RFC 9110, section 15.5.16.
  if (code === 'unsupported_content_encoding') headers['accept-encoding'] = 'identity';
  headers['content-type'] = JSON_TYPE;
  // The client libraries read every 422 as a list of field errors.
  const detail =
    status === 422 ? error.fieldErrors.map((one) => fieldErrorOut(one, query)) : error.message;
  const body = code === 'validation' ? { detail } : { code, detail };
  return { status, headers, body: JSON.stringify(body) };
}

function fieldErrorOut({ loc, msg, type }: FieldError, query: object) {
  const [source, name, ...rest] = loc.map(String);
  return source === 'query' && name !== undefined
    ? { loc: [source, nameInQuery(name, query), ...rest], msg, type }
    : { loc: loc.map(String), msg, type };
}

/** The error for a refusal by Fastify itself; undefined for a defect. */
function fromFramework(thrown: unknown): PosthasteError | undefined {
  switch ((thrown as Partial<FastifyError> | null | undefined)?.code) {
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
      return invalid([fieldError('is shorter or longer than Content-Length', 'body')]);
    case 'ECONNRESET':
    case 'ECONNABORTED':
      return invalid([fieldError('is incomplete: the connection ended', 'body')]);
    default:
      return undefined;
  }
}

function internalError(requestId: string): PosthasteError {
  return new PosthasteError(
    'internal',
    `Internal error; see the server log for request ${requestId}`,
  );
}
