import type { Clock } from '../../domain/clock.ts';
import type { Connection } from './connection.ts';

/**
 * The connections of all lanes that wait for their next exchange. Those that waited too long are
 * closed, and beyond the limit the one that has waited longest: ten thousand endpoints must not
 * hold ten thousand sockets.
 */
export class IdleConnections {
  readonly #limit: number;
  readonly #clock: Clock;
  /** In the order in which they became idle, with what takes each out of its pool. */
  readonly #idle = new Map<Connection, (connection: Connection) => void>();
  #cancelLook: (() => void) | null = null;

  constructor(limit: number, clock: Clock) {
    this.#limit = limit;
    this.#clock = clock;
  }

  add(connection: Connection, forget: (connection: Connection) => void): void {
    this.#idle.set(connection, forget);
    this.#cancelLook ??= this.#clock.after(LOOK_MS, () => this.#look());
    if (this.#idle.size <= this.#limit) return;
    const [longest] = this.#idle;
    if (longest !== undefined) this.#close(...longest);
  }

  delete(connection: Connection): void {
    this.#idle.delete(connection);
  }

  stop(): void {
    this.#cancelLook?.();
    this.#cancelLook = null;
  }

  #look(): void {
    const now = this.#clock.now();
    for (const [connection, forget] of this.#idle) {
      if (!connection.isUsable(now)) this.#close(connection, forget);
    }
    this.#cancelLook =
      this.#idle.size === 0 ? null : this.#clock.after(LOOK_MS, () => this.#look());
  }

  #close(connection: Connection, forget: (connection: Connection) => void): void {
    this.#idle.delete(connection);
    forget(connection);
    connection.destroy();
  }
}

const LOOK_MS = 10_000;
