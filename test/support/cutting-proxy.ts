import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { KeptSockets } from './kept-sockets.ts';

/** A TCP proxy in front of PostgreSQL that can cut connections at the worst moment. */
export interface CuttingProxy {
  readonly port: number;
  /**
   * Lets `passed` answers to prepared statements through whose names begin with `statement`, and then drops the next
   * `count`, cutting their connections: the server has done the work, and the client does not know. Connections
   * with other statements, such as renewals of a lease, are not affected.
   */
  cutAnswers(statement: string, count: number, passed?: number): void;
  /** The number of answers that are still to be dropped. */
  readonly cutsLeft: number;
  /** Cuts all connections. The server finishes the statements that it has received. */
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
      // In the protocol, a zero byte stands before a name: the end of the name before it, or part of a length.
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
      // The next part of this answer is not another answer.
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
