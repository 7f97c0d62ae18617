import type { FastifyError, FastifyInstance } from 'fastify';

/** One error in a request. The body of every failed response is an array of them. */
export interface ApiError {
  readonly errorCode: string;
  readonly message: string;
}

export function isErrors(value: unknown): value is readonly ApiError[] {
  return Array.isArray(value);
}

/**
 * Answers errors that routes throw, and requests that no route matches. Errors of the client show their
 * message; all others are logged, and the client gets `unavailable`. Errors of Posthaste have a `status`.
 */
export function answerErrors(server: FastifyInstance, unavailable: string): void {
  server.setErrorHandler((error: FastifyError & { status?: number }, request, reply) => {
    const status = error.status ?? error.statusCode ?? 500;
    if (status >= 500) request.log.error(error);
    const message = status >= 500 ? unavailable : status === 415 ? SEND_JSON : error.message;
    return reply.code(status).send([{ errorCode: errorCode(error), message }]);
  });
  server.setNotFoundHandler((_request, reply) =>
    reply.code(404).send([{ errorCode: 'NOT_FOUND', message: 'there is nothing at this address' }]),
  );
}

const SEND_JSON = 'send JSON, with the header "content-type: application/json"';

const ERROR_CODES: Readonly<Record<string, string>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'INVALID_JSON',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'INVALID_JSON',
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
};

function errorCode({ code }: Partial<FastifyError>): string {
  return ERROR_CODES[code ?? ''] ?? code?.toUpperCase() ?? 'INTERNAL';
}
