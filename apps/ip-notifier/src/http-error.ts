import { afterBody } from '@posthaste/app-kit/after-body';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import type { Logger } from 'pino';
import { isAway } from './webhooks-client.ts';

/** An answer other than success: `{"code", "message", "faults"?}` with the HTTP status. */
export class HttpError extends Error {
  readonly status: number;
  readonly code: string;
  readonly faults: readonly FieldError[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    more: { faults?: readonly FieldError[]; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.faults = more.faults ?? [];
    this.headers = more.headers ?? {};
  }
}

export interface FieldError {
  readonly field: string;
  readonly message: string;
}

export const notFound: RequestHandler = ({ method, path }) => {
  throw new HttpError(404, 'NOT_FOUND', `There is no ${method} ${path}; GET / lists the routes.`);
};

export function methodNotAllowed(allowed: string): RequestHandler {
  return ({ method }) => {
    const headers = { Allow: allowed };
    throw new HttpError(405, 'METHOD_NOT_ALLOWED', `${method} is not offered here`, { headers });
  };
}

export function answerErrors(log: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) return next(error);
    const httpError = httpErrorOf(error, nameOfUrl(request.body));
    // The webhooks client logs an outage of the service, once.
    if (httpError.status >= 500 && !isAway(error)) {
      log.warn({ err: error, method: request.method, path: request.path }, httpError.message);
    }
    const { status, code, message, faults, headers } = httpError;
    afterBody(request, () => {
      response
        .status(status)
        .set(headers)
        .json({ code, message, ...(faults.length > 0 && { faults }) });
    });
  };
}

/** The members by which errors of the body parser, the router and Moleculer are known. */
interface KnownError {
  readonly status?: unknown;
  readonly code?: unknown;
  readonly type?: unknown;
  readonly message?: unknown;
  readonly data?: unknown;
}

function httpErrorOf(error: unknown, urlName: string): HttpError {
  if (error instanceof HttpError) return error;
  const { status, code, type, message, data } = (error ?? {}) as KnownError;
  const text = String(message);
  if (type === 'WEBHOOK_NOT_FOUND') return new HttpError(404, type, text);
  if (code === 422)
    return new HttpError(422, 'VALIDATION_ERROR', inOurNames(text, urlName), {
      faults: fieldErrors(data, urlName),
    });
  if (isAway(error)) {
    return new HttpError(
      503,
      'UNAVAILABLE',
      'The webhooks service cannot be reached; try again soon',
      {
        headers: { 'Retry-After': RETRY_AFTER_S },
      },
    );
  }
  if (status === 413) return new HttpError(413, 'TOO_LARGE', 'The body is too large');
  if (status === 415) return new HttpError(415, 'UNSUPPORTED_MEDIA_TYPE', text);
  if (typeof status === 'number' && status >= 400 && status < 500) {
    const reason = type === 'entity.parse.failed' ? `The body is not valid JSON: ${text}` : text;
    return new HttpError(status, 'BAD_REQUEST', reason);
  }
  return new HttpError(500, 'INTERNAL', 'Internal error; see the server log');
}

/** The name that the request uses for the URL: PATCH takes the action's parameter name too. */
function nameOfUrl(body: unknown): string {
  const isObject = typeof body === 'object' && body !== null;
  return isObject && Object.hasOwn(body, 'newTargetUrl') ? 'newTargetUrl' : 'targetUrl';
}

/** Replaces the service's parameter name by the request's, and Posthaste's setting by the one of this program. */
function inOurNames(message: string, urlName: string): string {
  return message
    .replaceAll('newTargetUrl', urlName)
    .replaceAll('allowNetworks (POSTHASTE_ALLOW_NETWORKS)', 'allow-networks (ALLOW_NETWORKS)');
}

function fieldErrors(data: unknown, urlName: string): FieldError[] {
  if (!Array.isArray(data)) return [];
  return data.map(({ field, message }: Record<string, unknown>) => ({
    field: field === 'newTargetUrl' ? urlName : String(field),
    message: inOurNames(String(message), urlName),
  }));
}

const RETRY_AFTER_S = '5';
