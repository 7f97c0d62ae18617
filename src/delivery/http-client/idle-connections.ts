import type { Clock } from '../../domain/clock.ts';
import { LinkedList } from '../../domain/linked-list.ts';
import type { Connection } from './connection.ts';

/**
 * The idle connections to all origins. Connections that were idle for too long are closed, and
 * beyond the limit the one that has been idle for longest: ten thousand endpoints must not hold ten
 * thousand sockets.
 */
export class IdleConnections {
  readonly #limit: number;
  readonly #clock: Clock;
  /** In the order in which they became idle. */
  readonly #idle = new LinkedList<Connection>();
  #cancelLook: (() => void) | null = null;

  constructor(limit: number, clock: Clock) {
    this.#limit = limit;
    this.#clock = clock;
  }

  add(connection: Connection): void {
    this.#idle.add(connection);
    this.#cancelLook ??= this.#clock.after(LOOK_MS, () => this.#look());
    if (this.#idle.size > this.#limit && this.#idle.first !== null) this.#close(this.#idle.first);
  }

  delete(connection: Connection): void {
    this.#idle.delete(connection);
  }

  /** Closes all of them. */
  stop(): void {
    this.#cancelLook?.();
    this.#cancelLook = null;
    for (const connection of this.#idle.toArray()) this.#close(connection);
  }

  #look(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const connection of this.#idle.toArray()) {
      if (!connection.isUsable(nowMs)) this.#close(connection);
    }
    this.#cancelLook =
      this.#idle.size === 0 ? null : this.#clock.after(LOOK_MS, () => this.#look());
  }

  #close(connection: Connection): void {
    this.#idle.delete(connection);
    connection.destroy();
    connection.forget(connection);
  }
}

const LOOK_MS = 10_000;
