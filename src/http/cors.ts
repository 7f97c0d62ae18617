import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/**
 * Lets scripts of other origins read the answers (CORS, in the Fetch standard), so that a portal in a
 * browser can use its token. `origins` may be `['*']`: any origin. Never with credentials: a token
 * travels in a header that the script sets, and no cookie means anything here.
 */
export interface Cors {
  /** For every answer, also of errors and of paths that do not exist. */
  mark(request: FastifyRequest, reply: FastifyReply): void;
  /** For the answer to OPTIONS at a path with these methods. */
  markPreflight(request: FastifyRequest, reply: FastifyReply, methods: string): void;
}

export function createCors(origins: readonly string[]): Cors {
  const any = origins.includes('*');

  function isAllowed({ headers: { origin } }: FastifyRequest): boolean {
    return origin !== undefined && (any || origins.includes(origin));
  }

  return {
    mark(request, reply) {
      if (origins.length === 0) return;
      // Also without an Origin: a cache could give that answer to a script later.
      if (!any) reply.header('vary', 'Origin');
      if (!isAllowed(request)) return;
      reply.header('access-control-allow-origin', any ? '*' : request.headers.origin);
      reply.header('access-control-expose-headers', EXPOSED);
    },
    markPreflight(request, reply, methods) {
      if (!isAllowed(request)) return;
      reply.header('access-control-allow-methods', methods);
      reply.header('access-control-allow-headers', ACCEPTED);
      reply.header('access-control-max-age', MAX_AGE_S);
    },
  };
}

export function markAnswers(server: FastifyInstance, cors: Cors): void {
  server.addHook('onRequest', (request, reply, done) => {
    cors.mark(request, reply);
    done();
  });
}

/** What the API reads, and what the client libraries send beside it. */
const ACCEPTED = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'User-Agent',
  'Svix-Req-Id',
  'Svix-Retry-Count',
].join(', ');
const EXPOSED = 'Allow, Retry-After';
/** The longest that Chromium keeps a preflight's answer. */
const MAX_AGE_S = 7_200;
