import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

export interface DroppingListener {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** Connections that were made so far. */
  readonly tries: number;
  close(): void;
}

/** A port that drops each connection at once, such as that of a broker that does not work. */
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
