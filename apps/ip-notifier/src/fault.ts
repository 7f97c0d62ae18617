import type { ErrorRequestHandler, RequestHandler } from 'express';
import type { Logger } from 'pino';

/** An answer other than success: `{"code", "message", "faults"?}` with the HTTP status. */
export class Fault extends Error {
  readonly status: number;
  readonly code: string;
  readonly faults: readonly FieldFault[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    more: { faults?: readonly FieldFault[]; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.faults = more.faults ?? [];
    this.headers = more.headers ?? {};
  }
}

export interface FieldFault {
  readonly field: string;
  readonly message: string;
}

export const notFound: RequestHandler = ({ method, path }) => {
  throw new Fault(404, 'NOT_FOUND', `There is no ${method} ${path}; GET / lists what there is.`);
};

export function methodNotAllowed(allowed: string): RequestHandler {
  return ({ method }) => {
    const headers = { Allow: allowed };
    throw new Fault(405, 'METHOD_NOT_ALLOWED', `${method} is not offered here`, { headers });
  };
}

export function answerFaults(log: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) return next(error);
    const fault = faultOf(error);
    if (fault.status >= 500) {
      log.warn({ err: error, method: request.method, path: request.path }, fault.message);
    }
    const { status, code, message, faults, headers } = fault;
    response
      .status(status)
      .set(headers)
      .json({ code, message, ...(faults.length > 0 && { faults }) });
  };
}

/** What the body parser, the router and Moleculer call their errors. */
interface KnownError {
  readonly status?: unknown;
  readonly code?: unknown;
  readonly type?: unknown;
  readonly retryable?: unknown;
  readonly message?: unknown;
  readonly data?: unknown;
}

function faultOf(error: unknown): Fault {
  if (error instanceof Fault) return error;
  const { status, code, type, retryable, message, data } = (error ?? {}) as KnownError;
  const text = String(message);
  if (type === 'WEBHOOK_NOT_FOUND') return new Fault(404, type, text);
  if (code === 422) return new Fault(422, 'VALIDATION_ERROR', text, { faults: fieldFaults(data) });
  // A service that is away is "404" to Moleculer; `retryable` tells it from a webhook that is not there.
  if (retryable === true) {
    return new Fault(503, 'UNAVAILABLE', 'The webhooks service is away; try again soon', {
      headers: { 'Retry-After': RETRY_AFTER_S },
    });
  }
  if (status === 413) return new Fault(413, 'TOO_LARGE', 'The body is too large');
  if (status === 415) return new Fault(415, 'UNSUPPORTED_MEDIA_TYPE', text);
  if (typeof status === 'number' && status >= 400 && status < 500) {
    const reason = type === 'entity.parse.failed' ? `The body is not valid JSON: ${text}` : text;
    return new Fault(status, 'BAD_REQUEST', reason);
  }
  return new Fault(500, 'INTERNAL', 'Something went wrong here; the log tells what');
}

/** The service's parameter `newTargetUrl` is `targetUrl` here. */
function fieldFaults(data: unknown): FieldFault[] {
  if (!Array.isArray(data)) return [];
  return data.map(({ field, message }: Record<string, unknown>) => ({
    field: field === 'newTargetUrl' ? 'targetUrl' : String(field),
    message: String(message).replaceAll('newTargetUrl', 'targetUrl'),
  }));
}

const RETRY_AFTER_S = '5';
