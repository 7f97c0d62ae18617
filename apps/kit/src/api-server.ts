import { STATUS_CODES } from 'node:http';
import Fastify, { LogController } from 'fastify';
import { afterBody } from './after-body.ts';
import type {
  FastifyBaseLogger,
  FastifyError,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
} from 'fastify';

const BODY_LIMIT = 64 * 1024;
const REQUEST_MS = 10_000;

/**
 * A server of JSON, each failed answer of which is an array of errors: also what its routes throw, and what no
 * route answers. Errors of the client show their message; all others are logged, and the client reads `unavailable`.
 */
export function createApiServer(log: FastifyBaseLogger, unavailable: string): FastifyInstance {
  function answer(error: ThrownError, reply: FastifyReply) {
    const status = error.status ?? error.statusCode ?? 500;
    if (status >= 500) reply.log.error(error);
    const message = status >= 500 ? unavailable : status === 415 ? SEND_JSON : error.message;
    return reply.code(status).send([{ errorCode: codeOf(error, status), message }]);
  }

  const server = Fastify({
    // Fastify's own log lines other than errors are of no use to operators.
    loggerInstance: log.child({}, { level: log.level === 'info' ? 'warn' : log.level }),
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT,
    // Members that we don't know are ignored, these too.
    onProtoPoisoning: 'remove',
    onConstructorPoisoning: 'remove',
    requestTimeout: REQUEST_MS,
    forceCloseConnections: 'idle',
    // While it closes, the routes say why they refuse.
    return503OnClosing: false,
    frameworkErrors: (error, _request, reply) => void answer(error, reply),
    clientErrorHandler({ code }, socket) {
      if (!socket.writable) return;
      const status = UNREADABLE[code] ?? 400;
      const message = 'this is no request that can be read';
      const body = JSON.stringify([{ errorCode: codeOfStatus(status), message }]);
      const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: application/json`;
      socket.end(`${head}\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    },
  });
  server.removeContentTypeParser('text/plain');
  server.setErrorHandler((error: ThrownError, _request, reply) => answer(error, reply));
  server.addHook('onSend', readRest);
  server.setNotFoundHandler((_request, reply) =>
    reply.code(404).send([{ errorCode: 'NOT_FOUND', message: 'there is nothing at this address' }]),
  );
  return server;
}

/** A body that is refused is read before the answer, within the time of a request. */
function readRest(
  { raw, headers }: FastifyRequest,
  _reply: FastifyReply,
  _payload: unknown,
  done: () => void,
): void {
  const hasBody =
    headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > 0;
  if (hasBody) afterBody(raw, done);
  else done();
}

/** Errors of Posthaste have a `status`. */
type ThrownError = Error & Partial<FastifyError> & { readonly status?: number };

const SEND_JSON = 'send JSON, with the header "content-type: application/json"';

const ERROR_CODES: Readonly<Record<string, string>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'INVALID_JSON',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'INVALID_JSON',
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
};

const UNREADABLE: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** Other codes of Fastify name its parts: the name of the status says more. */
function codeOf({ code = '', status: ofPosthaste }: ThrownError, status: number): string {
  if (ofPosthaste !== undefined && code !== '') return code.toUpperCase();
  return ERROR_CODES[code] ?? (status >= 500 ? 'INTERNAL' : codeOfStatus(status));
}

function codeOfStatus(status: number): string {
  return (STATUS_CODES[status] ?? '').toUpperCase().replaceAll(' ', '_');
}
