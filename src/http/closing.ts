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
 * How long `close` leaves idle connections open, by default. A balancer that closes its own idle ones sooner
 * never sends a request on a connection that the server is closing: docs/operations.md asks for one second.
 */
export const LINGER_MS = 2_000;

/**
 * Ends connections so that no request is lost, and bounds how long that takes.
 *
 * A client may send a request on an idle connection just as the server closes that, and then does not
 * know whether it was run. So the server first takes no new connections and lets the others linger:
 * every answer from then on has `Connection: close`. What was idle all the while is closed then.
 * Connections that the kernel has made are taken before: it would reset them, with their requests.
 *
 * A client may leave a connection idle whose answer had begun before, which would keep the server open: it is
 * closed as well.
 */
export function closeInTime(
  server: FastifyInstance,
  fastPublish: FastPublish | null,
  { lingerMs, graceMs }: ClosingTimes,
): void {
  let reaper: NodeJS.Timeout | undefined;
  let end: NodeJS.Timeout | undefined;
  let isClosing = false;
  // Fastify does so only for requests that come while it closes, not for those in flight.
  server.addHook('onSend', (_request, reply, _body, done) => {
    if (isClosing) reply.header('connection', 'close');
    done();
  });
  server.addHook('preClose', (done) => {
    isClosing = true;
    fastPublish?.linger();
    whenAllAreTaken(server.server, () => {
      // Its own `close` would end the idle connections, too.
      Server.prototype.close.call(server.server);
      lingered(server.server, lingerMs, () => {
        fastPublish?.close();
        reaper = setInterval(
          () => onceAllIsRead(() => server.server.closeIdleConnections()),
          POLL_MS,
        );
        end = setTimeout(() => {
          server.server.closeAllConnections();
          fastPublish?.destroy();
        }, graceMs);
        done();
      });
    });
  });
  server.addHook('onClose', (_, done) => {
    clearInterval(reaper);
    clearTimeout(end);
    done();
  });
}

/**
 * Calls back just after a turn of the event loop that brought no connection: a turn takes one of those
 * that wait. Clients that never stop to connect are waited for up to a bound.
 */
function whenAllAreTaken(server: Server, done: () => void): void {
  let isTaking = false;
  const onConnection = () => (isTaking = true);
  server.on('connection', onConnection);
  const look = (turnsLeft: number) => {
    if (isTaking && turnsLeft > 0) {
      isTaking = false;
      setImmediate(look, turnsLeft - 1);
      return;
    }
    server.off('connection', onConnection);
    done();
  };
  // The turn that has begun may have looked for connections already.
  setImmediate(() => {
    isTaking = true;
    look(MOST_TURNS);
  });
}

/** Calls back when all connections have ended, or the time is over. */
function lingered(server: Server, lingerMs: number, done: () => void): void {
  const untilMs = performance.now() + lingerMs;
  const look = () =>
    server.getConnections((_, count) => {
      if (count === 0) done();
      else if (performance.now() >= untilMs) onceAllIsRead(done);
      else setTimeout(look, Math.min(POLL_MS, lingerMs));
    });
  look();
}

/**
 * Calls back when requests that have arrived were read, so that their connections are not idle. A timer of a
 * busy process fires late, and before that.
 */
function onceAllIsRead(done: () => void): void {
  setImmediate(done);
}

const POLL_MS = 50;
/** More than a server lets wait, by default. */
const MOST_TURNS = 1_000;
