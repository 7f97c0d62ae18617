import { type AddressInfo, type Socket, connect, createServer } from 'node:net';
import { KeptSockets } from './kept-sockets.ts';

/** A TCP proxy with which a test breaks or stops the network between a client and a server. */
export interface TcpProxy {
  readonly port: number;
  /** Cuts every connection and refuses new ones until `mend`. */
  cut(): void;
  mend(): void;
  /** Holds back all bytes in both directions until `thaw`. */
  freeze(): void;
  thaw(): void;
  /** What goes through the present connections is lost, and nothing closes them; new ones work. */
  lose(): void;
  close(): Promise<void>;
}

export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const sockets = new KeptSockets();
  let isCut = false;
  let isFrozen = false;
  const lost = new WeakSet<Socket>();
  const add = (socket: Socket, other: () => Socket) => {
    sockets.keep(socket);
    if (isFrozen) socket.pause();
    socket.on('data', (data) => void (lost.has(socket) || other().write(data)));
    socket.on('close', () => void (lost.has(socket) || other().destroy()));
  };
  const server = createServer((client) => {
    if (isCut) {
      client.destroy();
      return;
    }
    const upstream = connect(target);
    add(client, () => upstream);
    add(upstream, () => client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      isCut = true;
      sockets.destroy();
    },
    mend: () => void (isCut = false),
    freeze() {
      isFrozen = true;
      for (const socket of sockets) socket.pause();
    },
    thaw() {
      isFrozen = false;
      for (const socket of sockets) socket.resume();
    },
    lose() {
      for (const socket of sockets) lost.add(socket);
    },
    async close() {
      sockets.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
