import type { FastifyInstance } from 'fastify';
import { Server } from 'node:net';
import type { FastPublish } from './fast-publish/fast-publish.ts';

export interface ClosingTimes {
  /** How long idle connections stay open for a request that is on its way. */
  readonly lingerMs: number;
  /** How long requests in flight may take after that. */
  readonly graceMs: number;
}

/**
 * Ends connections so that no request is lost, and bounds how long that takes.
 *
 * A client may send a request on an idle connection just as the server closes that, and then does not
 * know whether it was run. So the server first takes no new connections and lets the others linger:
 * requests on them are answered, with `Connection: close`. What was idle all the while is closed then.
 *
 * A connection whose request is in flight at that time becomes idle after it, and would keep the server
 * open until its client leaves: it is closed as well.
 */
export function closeInTime(
  server: FastifyInstance,
  fastPublish: FastPublish | null,
  { lingerMs, graceMs }: ClosingTimes,
): void {
  let reaper: NodeJS.Timeout | undefined;
  let end: NodeJS.Timeout | undefined;
  server.addHook('preClose', (done) => {
    fastPublish?.linger();
    // Its own `close` would end the idle connections, too.
    Server.prototype.close.call(server.server);
    lingered(server.server, lingerMs, () => {
      fastPublish?.close();
      reaper = setInterval(() => server.server.closeIdleConnections(), POLL_MS);
      end = setTimeout(() => {
        server.server.closeAllConnections();
        fastPublish?.destroy();
      }, graceMs);
      done();
    });
  });
  server.addHook('onClose', (_, done) => {
    clearInterval(reaper);
    clearTimeout(end);
    done();
  });
}

/** Calls back when all connections have ended, or the time is over. */
function lingered(server: Server, lingerMs: number, done: () => void): void {
  const untilMs = performance.now() + lingerMs;
  const look = () =>
    server.getConnections((_, count) => {
      if (count === 0 || performance.now() >= untilMs) done();
      else setTimeout(look, Math.min(POLL_MS, lingerMs));
    });
  look();
}

const POLL_MS = 50;
