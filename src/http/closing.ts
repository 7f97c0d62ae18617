import type { FastifyInstance } from 'fastify';
import { Server } from 'node:net';
import type { FastPublish } from './fast-publish/fast-publish.ts';

export interface ClosingTimes {
  /** How long idle connections stay open, because a request may be on its way. */
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
 * A client may send a request on an idle connection just when the server closes the connection, and then does
 * not know whether the request was run. So the server first accepts the connections that wait in the kernel,
 * which would otherwise be reset with their requests. Then it takes no new connections and lets the open ones
 * linger: every answer from then on has `Connection: close`. At last it closes the connections that stayed
 * idle.
 *
 * A connection whose answer had begun before has no `Connection: close` and may be left idle by its client: it
 * is closed, too, because it would keep the server open.
 */
export function closeInTime(
  server: FastifyInstance,
  fastPublish: FastPublish | null,
  { lingerMs, graceMs }: ClosingTimes,
): void {
  let reaper: NodeJS.Timeout | undefined;
  let end: NodeJS.Timeout | undefined;
  let isClosing = false;
  // Fastify sets the header only for requests that arrive while it closes, not for those in flight.
  server.addHook('onSend', (_request, reply, _body, done) => {
    if (isClosing) reply.header('connection', 'close');
    done();
  });
  server.addHook('preClose', (done) => {
    isClosing = true;
    fastPublish?.linger();
    whenAllAreTaken(server.server, () => {
      // Not `server.close()` of `http.Server`, which would end the idle connections, too.
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
 * Calls back after a turn of the event loop that brought no connection: each turn accepts one waiting
 * connection. When clients never stop connecting, it calls back after a bounded number of turns.
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
  // The current turn may have accepted its connection already, so count from the next one.
  setImmediate(() => {
    isTaking = true;
    look(MOST_TURNS);
  });
}

/** Calls back when all connections have ended, or after `lingerMs`. */
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
 * Calls back after the requests that have arrived were read, so that their connections don't count as idle. In
 * a busy process a timer may fire before they are read.
 */
function onceAllIsRead(done: () => void): void {
  setImmediate(done);
}

const POLL_MS = 50;
/** More than the default backlog of connections of a listening socket. */
const MOST_TURNS = 1_000;
