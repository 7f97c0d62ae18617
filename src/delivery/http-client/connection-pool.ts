import type { Clock } from '../../domain/clock.ts';
import { Connection } from './connection.ts';
import type { Dial } from './dial.ts';
import type { IdleConnections } from './idle-connections.ts';

/** The connections to one origin. */
export class ConnectionPool {
  readonly origin: string;
  readonly #dial: Dial;
  readonly #clock: Clock;
  readonly #allIdle: IdleConnections;
  readonly #onEmpty: () => void;
  readonly #idle: Connection[] = [];
  readonly #forget = (connection: Connection) => {
    this.#idle.splice(this.#idle.indexOf(connection), 1);
    this.#noteIfEmpty();
  };
  #inUse = 0;

  /** `onEmpty` is called whenever the pool has neither used nor idle connections left. */
  constructor(
    origin: string,
    dial: Dial,
    clock: Clock,
    allIdle: IdleConnections,
    onEmpty: () => void,
  ) {
    this.origin = origin;
    this.#dial = dial;
    this.#clock = clock;
    this.#allIdle = allIdle;
    this.#onEmpty = onEmpty;
  }

  /** Returns an idle connection, or else a new one. The caller returns it with `give`. */
  take(): Connection {
    this.#inUse++;
    const nowMs = this.#clock.monotonicMs();
    for (;;) {
      // The connection that was used last is the least likely to have been closed by the receiver.
      const connection = this.#idle.pop();
      if (connection === undefined) return this.#open();
      this.#allIdle.delete(connection);
      if (connection.isUsable(nowMs)) return connection;
      connection.destroy();
    }
  }

  nowMs(): number {
    return this.#clock.monotonicMs();
  }

  /** Returns a new connection in exchange for an idle one that turned out to be closed. */
  replace(closed: Connection): Connection {
    closed.destroy();
    return this.#open();
  }

  /** Takes back a connection whose exchange is over: keeps it for `keepMs`, or closes it at 0. */
  give(connection: Connection, keepMs: number): void {
    this.#inUse--;
    if (keepMs > 0 && connection.keep(this.#clock.monotonicMs() + keepMs)) {
      this.#idle.push(connection);
      this.#allIdle.add(connection);
    } else {
      connection.destroy();
      this.#noteIfEmpty();
    }
  }

  /** Closes all idle connections: this machine ran short of sockets. */
  closeIdle(): void {
    this.#allIdle.closeAll();
  }

  #open(): Connection {
    return new Connection(this.origin, this.#dial, this.#clock.monotonicMs(), this.#forget);
  }

  #noteIfEmpty(): void {
    if (this.#inUse === 0 && this.#idle.length === 0) this.#onEmpty();
  }
}
