import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ServiceSchema } from 'moleculer';
import { type HttpOptions, createHttp } from './create-http.ts';

/** The HTTP server as a Moleculer service, so that the broker starts and stops it. */
export function backendService(options: HttpOptions & { port: number }) {
  let server: Server | null = null;

  async function stop(): Promise<void> {
    if (server === null || !server.listening) return;
    const closed = once(server, 'close');
    server.close();
    const late = setTimeout(() => server?.closeAllConnections(), GRACE_MS);
    await closed;
    clearTimeout(late);
  }

  const schema: ServiceSchema = {
    name: 'backend',
    async started() {
      server = createServer(createHttp(options));
      server.listen(options.port);
      await once(server, 'listening');
    },
    stopped: stop,
  };

  return {
    schema,
    /** Null until it is started. */
    port: (): number | null => (server?.address() as AddressInfo | null)?.port ?? null,
    /** Takes no new requests, finishes those that run, within a bound. */
    stop,
  };
}

const GRACE_MS = 6_000;
