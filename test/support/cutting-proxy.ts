import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { KeptSockets } from './kept-sockets.ts';

/** A TCP proxy in front of a server, which can cut connections at the worst moment. */
export interface CuttingProxy {
  readonly port: number;
  /**
   * The next answers to prepared statements whose names begin so are swallowed, and their connections
   * cut: the work is done, and nobody knows. Other connections, such as those that renew a lease,
   * get theirs. `passed`: so many come through before.
   */
  cutAnswers(statement: string, count: number, passed?: number): void;
  /** How many of them are still to come. */
  readonly cutsLeft: number;
  /** Cuts all connections. The server goes on with the statements that it got. */
  cut(): void;
  close(): Promise<void>;
}

export async function startCuttingProxy(toPort: number): Promise<CuttingProxy> {
  const sockets = new KeptSockets();
  let cuts = { statement: '', left: 0, passed: 0 };
  const server = createServer((client) => {
    const upstream = connect({ port: toPort, host: '127.0.0.1' });
    for (const socket of [client, upstream]) {
      sockets.keep(socket);
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
    let asked = false;
    client.on('data', (chunk) => {
      // A name of the protocol begins after the zero that ends what is before it, or after a length.
      asked = cuts.left > 0 && chunk.includes(`\0${cuts.statement}`);
      upstream.write(chunk);
    });
    client.on('end', () => upstream.end());
    upstream.on('data', (chunk) => {
      if (asked && cuts.passed > 0) {
        cuts.passed--;
        asked = false;
      }
      if (!asked || cuts.left === 0) return void client.write(chunk);
      cuts.left--;
      // An answer that comes in two parts is one answer.
      asked = false;
      client.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => sockets.destroy();
  return {
    port: (server.address() as AddressInfo).port,
    cutAnswers: (statement, left, passed = 0) => void (cuts = { statement, left, passed }),
    get cutsLeft() {
      return cuts.left;
    },
    cut,
    async close() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
