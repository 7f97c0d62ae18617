import type { FastifyInstance } from 'fastify';
import { PosthasteError } from '../domain/errors.ts';

/**
 * Refuses a request with two Host lines (RFC 9112, section 3.2): a proxy in front may have used the other
 * line.
 */
export function requireOneHost(server: FastifyInstance): void {
  server.addHook('onRequest', ({ raw: { rawHeaders } }, _reply, done) => {
    let count = 0;
    for (let i = 0; i < rawHeaders.length; i += 2) {
      if (rawHeaders[i]?.length === 4 && rawHeaders[i]?.toLowerCase() === 'host') count++;
    }
    if (count <= 1) done();
    else done(new PosthasteError('malformed_request', 'The request has more than one Host line'));
  });
}
