import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/**
 * Lets scripts of other origins read the answers (CORS, in the Fetch standard), so that a portal in a
 * browser can use its token. `origins` may be `['*']`: any origin. Credentials are never allowed: scripts
 * send tokens in a header, and the API uses no cookies.
 */
export interface Cors {
  /** Call for every answer, including errors and unknown paths. */
  mark(request: FastifyRequest, reply: FastifyReply): void;
  /** Call for the answer to OPTIONS at a path with these methods. */
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
      // Also for requests without an Origin, because a cache could give their answer to a script later.
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

/** Request headers that the API reads, and those that the client libraries send in addition. */
const ACCEPTED = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'User-Agent',
  'Svix-Req-Id',
  'Svix-Retry-Count',
].join(', ');
const EXPOSED = 'Allow, Retry-After';
/** Chromium keeps the answer of a preflight for this long at most. */
const MAX_AGE_S = 7_200;
