import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/**
 * Lets scripts of other origins read the answers (CORS, in the Fetch standard), so that a portal in a
 * browser can use its token. `origins` may be `['*']`: any origin. Credentials are never allowed: scripts
 * send tokens in a header, and the API uses no cookies.
 */
export interface Cors {
  /** The header fields of every answer, including errors and unknown paths, to a request from the origin. */
  fieldsFor(origin: string | undefined): Readonly<Record<string, string>>;
  /** Call for the answer to OPTIONS at a path with these methods. */
  markPreflight(request: FastifyRequest, reply: FastifyReply, methods: string): void;
}

export function createCors(origins: readonly string[]): Cors {
  const any = origins.includes('*');

  function isAllowed(origin: string | undefined): origin is string {
    return origin !== undefined && (any || origins.includes(origin));
  }

  return {
    fieldsFor(origin) {
      if (origins.length === 0) return {};
      return {
        // Also for requests without an Origin, because a cache could give their answer to a script later.
        ...(!any && { vary: 'Origin' }),
        ...(isAllowed(origin) && {
          'access-control-allow-origin': any ? '*' : origin,
          'access-control-expose-headers': EXPOSED,
        }),
      };
    },
    markPreflight(request, reply, methods) {
      if (!isAllowed(request.headers.origin)) return;
      reply.header('access-control-allow-methods', methods);
      reply.header('access-control-allow-headers', ACCEPTED);
      reply.header('access-control-max-age', MAX_AGE_S);
    },
  };
}

export function markAnswers(server: FastifyInstance, cors: Cors): void {
  server.addHook('onRequest', (request, reply, done) => {
    reply.headers(cors.fieldsFor(request.headers.origin));
    done();
  });
}

/** Request headers that the API reads, and those that client libraries and tracers send in addition. */
const ACCEPTED = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'Traceparent',
  'Tracestate',
  'User-Agent',
  'Svix-Req-Id',
  'Svix-Retry-Count',
].join(', ');
const EXPOSED = 'Allow, Retry-After';
/** Chromium keeps the answer of a preflight for this long at most. */
const MAX_AGE_S = 7_200;
