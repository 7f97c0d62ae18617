import type { Socket } from 'node:net';

/** The open sockets of a server, which nobody else ends with it. */
export class KeptSockets {
  readonly #sockets = new Set<Socket>();

  get size(): number {
    return this.#sockets.size;
  }

  /** Its errors are those of the other side. */
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
