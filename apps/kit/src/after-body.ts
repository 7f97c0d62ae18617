import type { IncomingMessage } from 'node:http';
import { finished } from 'node:stream';

/**
 * Calls `done` when the rest of a request's body was read and dropped, or the connection has ended. If a connection
 * were closed while the client still sends, the client might see EPIPE instead of the answer. The request's own
 * time-out is the deadline.
 */
export function afterBody(request: IncomingMessage, done: () => void): void {
  if (request.readableEnded || request.destroyed) done();
  else finished(request.resume(), () => done());
}
