import type { OnReadOpts, Socket } from 'node:net';

/**
 * Opens a connection to an origin such as `https://example.com:8443`. Exactly one of the last two
 * events happens, after `dial` has returned, unless it is abandoned.
 */
export type Dial = (origin: string, onread: OnReadOpts, events: DialEvents) => Dialling;

export interface DialEvents {
  /** The name is resolved. Instants are by the monotonic clock; only this event may come before `dial` has returned. */
  onNamed(atMs: number): void;
  /** An address has answered. */
  onReached(atMs: number): void;
  /** Requests can be written. Bytes that arrive go to `onread`. */
  onConnected(socket: Socket, atMs: number): void;
  onFailed(error: Error): void;
}

/** A connection being made to one address. */
export interface Opening {
  readonly phase: DialPhase;
  /** Closes its sockets and gives up its look-up. No event follows. */
  abandon(): void;
}

/** A connection being made to an origin. */
export interface Dialling extends Opening {
  /** Why an address failed, while others are still tried; null: none has failed. */
  readonly failure: Error | null;
}

export type DialPhase = 'name' | 'connection' | 'proxy' | 'handshake';

/** Where to connect to, apart from the address. */
export interface DialTarget {
  readonly origin: string;
  /** A name, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly onread: OnReadOpts;
}
