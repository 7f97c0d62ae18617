import type { Socket } from 'node:net';

/** The open sockets of a server: closing the server does not close them. */
export class KeptSockets {
  readonly #sockets = new Set<Socket>();

  get size(): number {
    return this.#sockets.size;
  }

  /** Ignores errors of the socket: they come from the other side. */
  keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket));
  }

  [Symbol.iterator](): Iterator<Socket> {
    return this.#sockets.values();
  }

  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
