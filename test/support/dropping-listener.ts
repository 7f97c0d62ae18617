import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

export interface DroppingListener {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** The number of connections that were accepted and dropped. */
  readonly tries: number;
  close(): void;
}

/** A port that accepts each connection and drops it at once, like that of a broken broker. */
export async function startDroppingListener(): Promise<DroppingListener> {
  let tries = 0;
  const server = createServer((socket) => {
    tries++;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    get tries() {
      return tries;
    },
    close: () => void server.close(),
  };
}
