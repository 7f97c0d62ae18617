import { type IncomingMessage, createServer } from 'node:http';
import { type AddressInfo, type Socket, connect } from 'node:net';
import { KeptSockets } from './kept-sockets.ts';

export interface Proxy {
  readonly port: number;
  /** The CONNECT requests that arrived. */
  readonly requests: IncomingMessage[];
  /** Handles the next CONNECT requests. The default connects to the target. */
  respond: (client: Socket, request: IncomingMessage) => void;
  readonly openConnections: () => number;
  close(): Promise<void>;
}

/** An HTTP proxy (CONNECT) on a free port of the loopback. */
export async function startProxy(): Promise<Proxy> {
  const sockets = new KeptSockets();
  const server = createServer();
  server.on('connection', (socket) => sockets.keep(socket));
  server.on('connect', (request, client: Socket) => {
    proxy.requests.push(request);
    // Sockets of an HTTP server stay half open by themselves.
    client.on('end', () => client.end());
    proxy.respond(client, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: Proxy = {
    port: (server.address() as AddressInfo).port,
    requests: [],
    respond(client, request) {
      const { hostname, port } = new URL(`http://${request.url}`);
      const target = connect({ host: hostname, port: Number(port || 80) }, () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n');
        client.pipe(target).pipe(client);
      });
      sockets.keep(target);
      target.on('error', () => client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
      client.on('close', () => target.destroy());
    },
    openConnections: () => sockets.size,
    close: () =>
      new Promise((resolve) => {
        sockets.destroy();
        server.close(() => resolve());
      }),
  };
  return proxy;
}
