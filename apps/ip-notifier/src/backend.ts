import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type HttpOptions, createHttp } from './create-http.ts';

/** The HTTP server that visitors and administrators talk to. */
export function createBackend(options: HttpOptions & { port: number }) {
  const server = createServer(createHttp(options));
  return {
    /** Resolves to the port that it listens on. */
    async start(): Promise<number> {
      server.listen(options.port);
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    },
    /** Takes no new requests, finishes those that run, within a bound. */
    async stop(): Promise<void> {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      const late = setTimeout(() => server.closeAllConnections(), GRACE_MS);
      await closed;
      clearTimeout(late);
    },
  };
}

const GRACE_MS = 6_000;
