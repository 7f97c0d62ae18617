import type { Clock } from '../../domain/clock.ts';
import { Connection, type Dial } from './connection.ts';
import type { IdleConnections } from './idle-connections.ts';

/** The connections of one lane to one origin. */
export class ConnectionPool {
  readonly origin: string;
  readonly #dial: Dial;
  readonly #clock: Clock;
  readonly #allIdle: IdleConnections;
  readonly #idle: Connection[] = [];
  readonly #forget = (connection: Connection) => {
    this.#idle.splice(this.#idle.indexOf(connection), 1);
  };
  #closed = false;

  constructor(origin: string, dial: Dial, clock: Clock, allIdle: IdleConnections) {
    this.origin = origin;
    this.#dial = dial;
    this.#clock = clock;
    this.#allIdle = allIdle;
  }

  /** A kept one, or else a new one. */
  take(): Connection {
    const now = this.#clock.now();
    for (;;) {
      // The one used last is the one least likely to have been closed by the other side.
      const connection = this.#idle.pop();
      if (connection === undefined) return this.open();
      this.#allIdle.delete(connection);
      if (connection.isUsable(now)) return connection;
      connection.destroy();
    }
  }

  open(): Connection {
    return new Connection(this.origin, this.#dial, this.#forget);
  }

  /** Takes back a connection whose exchange is over, for up to `keepMs`. */
  give(connection: Connection, keepMs: number): void {
    if (this.#closed || keepMs === 0) return connection.destroy();
    connection.keep(this.#clock.now() + keepMs);
    this.#idle.push(connection);
    this.#allIdle.add(connection);
  }

  /** Closes what is idle; what is in use will be closed instead of kept. */
  close(): void {
    this.#closed = true;
    for (const connection of this.#idle.splice(0)) {
      this.#allIdle.delete(connection);
      connection.destroy();
    }
  }
}
