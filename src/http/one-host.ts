import type { FastifyInstance } from 'fastify';
import { PosthasteError } from '../domain/errors.ts';

/**
 * Refuses a request with two Host lines or a malformed one, or in HTTP/1.1 without one (RFC 9112, section 3.2): a
 * proxy in front may have used another name. Node.js would refuse a missing one, too, but without a body.
 */
export function requireOneHost(server: FastifyInstance): void {
  server.addHook('onRequest', ({ raw: { rawHeaders, headers, httpVersion } }, _reply, done) => {
    let count = 0;
    for (let i = 0; i < rawHeaders.length; i += 2) {
      if (rawHeaders[i]?.length === 4 && rawHeaders[i]?.toLowerCase() === 'host') count++;
    }
    if (count === 1 && isHost(headers.host)) return done();
    if (count === 0 && httpVersion === '1.0') return done();
    const wrong = ['no Host line', 'a malformed Host line'][count] ?? 'more than one Host line';
    done(new PosthasteError('malformed_request', `The request has ${wrong}`));
  });
}

/**
 * A host, if any, and a port, if any (RFC 3986, section 3.2). Without a comma, which could join the values of two
 * lines.
 */
export function isHost(text: string | undefined): boolean {
  return text !== undefined && HOST.test(text);
}

const HOST = /^(?:[\w.~!$&'()*+;=%-]*|\[[\da-f:.]+\])(?::\d*)?$/i;
