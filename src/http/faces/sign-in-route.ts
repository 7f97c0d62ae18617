import type { FastifyInstance, FastifyRequest } from 'fastify';
import { PosthasteError } from '../../domain/errors.ts';

/**
 * Gives a token to the console of `posthaste dev`, so that users need not paste one. The token gives access to
 * the whole installation, so only a page of this server that is open on this machine gets it:
 *
 * - The connection comes from the loopback, and no proxy header says that it forwards another client's request.
 * - `Host` is a loopback address or `localhost`. With a name that resolves to 127.0.0.1 (DNS rebinding), a
 *   foreign page has the same origin as this server, but its `Host` is that name.
 * - `Origin` is the same host and port. Browsers set it on each POST and no script can change it, so a page of
 *   another origin, or of another port of this machine, is refused whatever CORS allows.
 */
export function signInRoute(server: FastifyInstance, signIn: () => Promise<string>): void {
  server.post('/sign-in', async (request, reply) => {
    if (!isPageOfThisMachine(request)) {
      throw new PosthasteError(
        'insufficient_permissions',
        'Only a console that is open on this machine is signed in without a token: paste a token',
      );
    }
    return reply.header('cache-control', 'no-store').send({ token: await signIn() });
  });
}

type Caller = Pick<FastifyRequest, 'headers'> & {
  readonly socket: { readonly remoteAddress?: string | undefined };
};

function isPageOfThisMachine({ headers, socket }: Caller): boolean {
  const host = headers.host ?? '';
  return (
    LOOPBACK_ADDRESS.test(socket.remoteAddress ?? '') &&
    LOOPBACK_HOST.test(host) &&
    headers.origin === `http://${host}` &&
    PROXY_HEADERS.every((name) => headers[name] === undefined)
  );
}

const LOOPBACK_ADDRESS = /^(::1|(::ffff:)?127(\.\d+){3})$/;
const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/;
const PROXY_HEADERS = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
];
