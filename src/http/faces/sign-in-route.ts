import type { FastifyInstance, FastifyRequest } from 'fastify';
import { PosthasteError } from '../../domain/errors.ts';

/**
 * Hands a token to the console of `posthaste dev`, so that nobody has to paste one. Whoever gets it
 * owns the installation, therefore only a page of this server that is open on this machine does:
 *
 * - The connection comes from the loopback, and no proxy says that it passes on somebody else's request.
 * - `Host` is the loopback by its address or `localhost`. A name that its owner lets resolve to
 *   127.0.0.1 (DNS rebinding) makes a foreign page this server's own origin, but not its Host.
 * - `Origin` is that host. Browsers set it on each POST and no script can change it, so a page of
 *   another origin, or of another port of this machine, is refused whatever CORS allows.
 */
export function signInRoute(server: FastifyInstance, signIn: () => Promise<string>): void {
  server.post('/sign-in', async (request, reply) => {
    if (!isPageOfThisMachine(request)) {
      throw new PosthasteError(
        'insufficient_permissions',
        'Only the console that is open on this machine is signed in by itself: paste a token',
      );
    }
    return reply.header('cache-control', 'no-store').send({ token: await signIn() });
  });
}

type Caller = Pick<FastifyRequest, 'headers'> & {
  readonly socket: { readonly remoteAddress?: string | undefined };
};

export function isPageOfThisMachine({ headers, socket }: Caller): boolean {
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
