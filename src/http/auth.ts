import type { FastifyInstance, FastifyRequest } from 'fastify';
import { PosthasteError } from '../domain/errors.ts';
import type { Principal, Tokens } from '../operations/operations.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before the handler of a guarded route runs. */
    principal: Principal;
  }
}

/** Refuses requests without a valid bearer token before their body is read. */
export function requireToken(server: FastifyInstance, tokens: Pick<Tokens, 'verify'>): void {
  server.decorateRequest('principal');
  server.addHook('onRequest', (request, _reply, done) => {
    try {
      const principal = tokens.verify(bearerToken(request));
      if (principal instanceof Promise) {
        void admit(request, principal, done);
        return;
      }
      request.principal = principal;
      done();
    } catch (error) {
      done(error as Error);
    }
  });
}

/** Checks the token again after a long wait for an answer: it may have been revoked, or have expired. */
export async function requireStillValid(
  request: FastifyRequest,
  tokens: Pick<Tokens, 'verify'>,
): Promise<void> {
  await tokens.verify(bearerToken(request));
}

const SCHEME = 'bearer ';

async function admit(
  request: FastifyRequest,
  principal: Promise<Principal>,
  done: (error?: Error) => void,
): Promise<void> {
  try {
    request.principal = await principal;
  } catch (error) {
    done(error as Error);
    return;
  }
  done();
}

function bearerToken(request: FastifyRequest): string {
  const header = request.headers.authorization;
  if (header === undefined) {
    throw new PosthasteError(
      'authentication_failed',
      'A token is required: send "Authorization: Bearer <token>"',
    );
  }
  if (header.length === SCHEME.length || header.slice(0, SCHEME.length).toLowerCase() !== SCHEME) {
    throw new PosthasteError(
      'authentication_failed',
      'The authorization header must be "Bearer <token>"',
    );
  }
  // RFC 9110, section 11.4: one or more blanks.
  return header.slice(SCHEME.length).trimStart();
}
