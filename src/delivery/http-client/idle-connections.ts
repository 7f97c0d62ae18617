import type { Clock } from '../../domain/clock.ts';
import { LinkedList } from '../linked-list.ts';
import type { Connection } from './connection.ts';

/**
 * The idle connections to all origins. A connection is closed when it was idle for too long, and the one
 * that was idle for longest when the limit is exceeded. An idle connection costs about 8 KB, with TLS
 * several times as much: its weight says how many times.
 */
export class IdleConnections {
  readonly #limit: number;
  readonly #clock: Clock;
  /** In the order in which they became idle. */
  readonly #idle = new LinkedList<Connection>();
  #weight = 0;
  #cancelLook: (() => void) | null = null;

  constructor(limit: number, clock: Clock) {
    this.#limit = limit;
    this.#clock = clock;
  }

  add(connection: Connection): void {
    this.#idle.add(connection);
    this.#weight += connection.weight;
    this.#cancelLook ??= this.#clock.after(LOOK_MS, () => this.#look());
    while (this.#weight > this.#limit && this.#idle.first !== null) this.#close(this.#idle.first);
  }

  /** Takes out a connection that is idle. */
  delete(connection: Connection): void {
    this.#idle.delete(connection);
    this.#weight -= connection.weight;
  }

  /** Closes all of them: their sockets are needed. */
  closeAll(): void {
    for (const connection of this.#idle.toArray()) this.#close(connection);
  }

  stop(): void {
    this.#cancelLook?.();
    this.#cancelLook = null;
    this.closeAll();
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
    this.delete(connection);
    connection.destroy();
    connection.forget(connection);
  }
}

const LOOK_MS = 10_000;
