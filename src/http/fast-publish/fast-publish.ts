import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { PublishConnection, type PublishConnectionDeps } from './publish-connection.ts';

/** The connections that fast publishing serves without `node:http`. */
export interface FastPublish {
  /** From now on, each connection ends after its next answer. */
  linger(): void;
  /** Ends idle connections at once and busy ones after their answer. */
  close(): void;
  /** Ends all connections at once. */
  destroy(): void;
}

/**
 * Answers publish requests in their common form without `node:http` and Fastify; the setting
 * `fastPublish` switches it off.
 *
 * Why: the server's CPU per event, median of runs in turns (`npm run bench -- --scenario single
 * --seconds 5`), is 62 µs this way, 76 µs with a plain `node:http` handler for the one route and
 * 75 µs with Fastify. The HTTP layer alone takes 20, 32 and 39 µs a request, so `node:http` itself is
 * the larger part. With payloads of 10 KB (`single-github`) parsing dominates, and the difference is
 * within the noise.
 *
 * Every connection begins here. Publishes in the common form are run and answered here, refusals
 * included. At the first request of another form, or one that has not arrived whole, `node:http`
 * gets the connection for good, with that request unread.
 *
 * Both ways share the reading of the body (`readPublish`), the operation (`publish.ts`), the
 * answers (`answer.ts`, `errors.ts`) and the request ids, so put rules for publishes there. Other code
 * does not see the requests that are answered here: Fastify's hooks and plugins, `server.on('request')`,
 * the diagnostics channels and tracing hooks of `node:http`. CORS is such a hook, so a request with an
 * `Origin` is left to `node:http`. An agent that instruments `node:http` needs `fastPublish: false`;
 * `tracing/` does not.
 */
export function createFastPublish(server: Server, deps: PublishConnectionDeps): FastPublish {
  const connections = new Set<PublishConnection>();
  let lingering = false;
  const nodeListeners = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const connection = new PublishConnection(socket, server, deps, () => {
      connections.delete(connection);
      for (const listener of nodeListeners) listener.call(server, socket);
    });
    if (lingering) connection.linger();
    connections.add(connection);
    socket.once('close', () => connections.delete(connection));
  });
  return {
    linger() {
      lingering = true;
      for (const connection of connections) connection.linger();
    },
    close() {
      for (const connection of connections) connection.close();
    },
    destroy() {
      for (const connection of connections) connection.destroy();
    },
  };
}
