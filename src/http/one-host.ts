import type { FastifyInstance } from 'fastify';
import { PosthasteError } from '../domain/errors.ts';

/**
 * Refuses a request with two Host lines, or in HTTP/1.1 without one (RFC 9112, section 3.2): a proxy in front may
 * have used the other line. Node.js would refuse a missing one, too, but without a body.
 */
export function requireOneHost(server: FastifyInstance): void {
  server.addHook('onRequest', ({ raw: { rawHeaders, httpVersionMinor } }, _reply, done) => {
    let count = 0;
    for (let i = 0; i < rawHeaders.length; i += 2) {
      if (rawHeaders[i]?.length === 4 && rawHeaders[i]?.toLowerCase() === 'host') count++;
    }
    if (count === 1 || (count === 0 && httpVersionMinor === 0)) return done();
    const detail =
      count === 0 ? 'The request has no Host line' : 'The request has more than one Host line';
    done(new PosthasteError('malformed_request', detail));
  });
}
