import type { FastifyInstance, FastifyReply } from 'fastify';
import type { IncomingMessage } from 'node:http';

const MAX_BYTES = 64 * 1024 * 1024;
const MAX_MS = 10_000;

/**
 * Reads the rest of the body before an answer that ends the connection, such as one to HTTP/1.0 or to
 * `Connection: close`. On other connections `node:http` reads the rest after the answer. Must be registered after
 * the hooks that set `connection`.
 */
export function drainBeforeClose(server: FastifyInstance): void {
  server.addHook('onSend', (_request, reply, _body, done) => drainIfLast(reply, done));
}

/** The same for one answer, for which no hook runs. */
export function drainIfLast(reply: FastifyReply, done: () => void): void {
  const { raw, request } = reply;
  const { headers } = request;
  const isLast = !raw.shouldKeepAlive || reply.getHeader('connection') === 'close';
  const hasBody =
    headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > 0;
  if (isLast && hasBody) drain(request.raw, done);
  else done();
}

/**
 * Reads and drops the rest of a request's body, up to 64 MiB and ten seconds. Otherwise the connection would be
 * closed while the client still sends, and the client would see EPIPE instead of the answer.
 */
export function drain(request: IncomingMessage, done: () => void): void {
  if (request.readableEnded || request.destroyed) return done();
  let bytes = 0;
  const end = () => {
    clearTimeout(deadline);
    request.off('data', onData).off('end', end).off('close', end).off('error', end);
    done();
  };
  const onData = (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) end();
  };
  const deadline = setTimeout(end, MAX_MS);
  request.on('data', onData).on('end', end).on('close', end).on('error', end).resume();
}
