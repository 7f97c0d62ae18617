import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP proxy in front of a server, which can cut connections at the worst moment. */
export interface CuttingProxy {
  readonly port: number;
  /** The next answers of the server are swallowed, and their connections cut: the work is done, and nobody knows. */
  cutAnswers(count: number): void;
  close(): Promise<void>;
}

export async function startCuttingProxy(toPort: number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let cuts = 0;
  const server = createServer((client) => {
    const upstream = connect({ port: toPort, host: '127.0.0.1' });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream);
    let cut = false;
    upstream.on('data', (chunk) => {
      // An answer that comes in two parts is one answer.
      if (cut) return;
      if (cuts === 0) return void client.write(chunk);
      cuts--;
      cut = true;
      client.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    cutAnswers: (count) => void (cuts = count),
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
