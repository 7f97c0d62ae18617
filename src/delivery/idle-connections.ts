import type { Connection } from './connection.ts';

/**
 * The connections of all lanes that wait for their next exchange. Beyond the limit the one that has
 * waited longest is closed: ten thousand endpoints must not hold ten thousand sockets.
 */
export class IdleConnections {
  readonly #limit: number;
  /** In the order in which they became idle, with what takes each out of its lane. */
  readonly #idle = new Map<Connection, (connection: Connection) => void>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(connection: Connection, forget: (connection: Connection) => void): void {
    this.#idle.set(connection, forget);
    if (this.#idle.size <= this.#limit) return;
    const [longest] = this.#idle;
    if (longest === undefined) return;
    const [oldest, forgetOldest] = longest;
    this.#idle.delete(oldest);
    forgetOldest(oldest);
    oldest.destroy();
  }

  delete(connection: Connection): void {
    this.#idle.delete(connection);
  }
}
