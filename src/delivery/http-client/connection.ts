import type { Socket } from 'node:net';
import type { ExchangeTimes } from '../../domain/attempt-exchange.ts';
import type { Linked } from '../linked-list.ts';
import type { Dial, DialEvents, DialPhase, Dialling } from './dial.ts';
import type { HttpRequest } from './http-client.ts';

export type ConnectionRequest = Pick<HttpRequest, 'head' | 'body'>;

/** The exchange on a connection. Nothing is called after `lost`, `keep` or `destroy`. */
export interface ConnectionUser {
  /** The first `length` of `bytes` arrived; they are overwritten after the call. */
  received(bytes: Buffer, length: number): void;
  /** The connection failed, or, with null, the receiver closed it. */
  lost(error: Error | null): void;
}

/** One socket to a receiver, from dialling to its end, for one exchange at a time. */
export class Connection implements DialEvents, Linked<Connection> {
  previous: Connection | null = null;
  next: Connection | null = null;
  /** Number of exchanges completed on it. */
  served = 0;
  /** The cost of the idle connection; one without TLS costs 1. */
  readonly weight: number;
  /** Removes it from its pool. */
  readonly forget: (connection: Connection) => void;
  #dialling: Dialling | null;
  #socket: Socket | null = null;
  #user: ConnectionUser | null = null;
  /** The request to write once the connection is made. */
  #request: ConnectionRequest | null = null;
  #usableUntilMs = 0;
  readonly #startedAtMs: number;
  #namedAtMs: number | null = null;
  #reachedAtMs: number | null = null;
  #readyAtMs: number | null = null;

  /** `nowMs` is by the monotonic clock. */
  constructor(origin: string, dial: Dial, nowMs: number, forget: (connection: Connection) => void) {
    this.forget = forget;
    this.#startedAtMs = nowMs;
    this.weight = origin.startsWith('https:') ? TLS_WEIGHT : 1;
    const onread = {
      buffer: READ_BUFFER,
      callback: (length: number, bytes: Uint8Array) => this.#read(bytes as Buffer, length),
    };
    this.#dialling = dial(origin, onread, this);
  }

  /** Null once it is connected. */
  get dialPhase(): DialPhase | null {
    return this.#dialling?.phase ?? null;
  }

  /** Why an address failed, while others were still tried. */
  get dialFailure(): Error | null {
    return this.#dialling?.failure ?? null;
  }

  /** Times of dialling, for the exchange that the connection was made for; null for later exchanges. */
  get dialTimes(): DialTimes {
    if (this.served > 0) return CONNECTED_BEFORE;
    const ready = this.weight > 1 ? between(this.#reachedAtMs, this.#readyAtMs) : null;
    return {
      resolveMs: between(this.#startedAtMs, this.#namedAtMs),
      connectMs: between(this.#namedAtMs, this.#reachedAtMs),
      tlsMs: ready,
    };
  }

  send(request: ConnectionRequest, user: ConnectionUser): void {
    this.#user = user;
    if (this.#socket !== null) this.#write(this.#socket, request);
    else this.#request = request;
  }

  /**
   * The exchange is over, and the next one may begin before `untilMs` (monotonic). False: the
   * connection can't be used again.
   */
  keep(untilMs: number): boolean {
    // The response came before the whole request was sent: the next request would come after the rest of this one.
    if (this.#socket === null || this.#socket.writableLength > 0) return false;
    this.#user = null;
    this.served++;
    this.#usableUntilMs = untilMs;
    return true;
  }

  isUsable(nowMs: number): boolean {
    return this.#socket !== null && nowMs < this.#usableUntilMs;
  }

  /** Closes the socket at once, also while dialling. The user is not told. */
  destroy(): void {
    const socket = this.#socket;
    this.#dialling?.abandon();
    this.#dialling = null;
    this.#socket = null;
    this.#user = null;
    this.#request = null;
    socket?.destroy();
  }

  onNamed(atMs: number): void {
    this.#namedAtMs = atMs;
  }

  onReached(atMs: number): void {
    this.#reachedAtMs = atMs;
  }

  onConnected(socket: Socket, atMs: number): void {
    this.#readyAtMs = atMs;
    this.#dialling = null;
    this.#socket = socket;
    socket.on('error', (error) => this.#lose(error));
    // `end` is earlier: `close` comes only after everything still to be sent.
    socket.on('end', () => this.#lose(null));
    // Covers every other way in which a socket ends.
    socket.on('close', () => this.#lose(null));
    const request = this.#request;
    this.#request = null;
    if (request !== null) this.#write(socket, request);
  }

  onFailed(error: Error): void {
    this.#lose(error);
  }

  #write(socket: Socket, { head, body }: ConnectionRequest): void {
    if (head.length + body.length <= JOINED_BYTES) {
      const bytes = Buffer.allocUnsafe(head.length + body.length);
      bytes.write(head, 'latin1');
      body.copy(bytes, head.length);
      socket.write(bytes);
    } else {
      socket.cork();
      socket.write(head, 'latin1');
      socket.write(body);
      socket.uncork();
    }
  }

  #read(buffer: Buffer, length: number): boolean {
    // Unsolicited bytes must not be taken for the response to the next request.
    if (this.#user === null) this.destroy();
    else this.#user.received(buffer, length);
    return true;
  }

  #lose(error: Error | null): void {
    if (this.#socket === null && this.#dialling === null) return;
    const user = this.#user;
    this.destroy();
    user?.lost(error);
  }
}

function between(fromMs: number | null, toMs: number | null): number | null {
  return fromMs === null || toMs === null ? null : toMs - fromMs;
}

type DialTimes = Omit<ExchangeTimes, 'firstByteMs'>;

export const CONNECTED_BEFORE: DialTimes = { resolveMs: null, connectMs: null, tlsMs: null };

/**
 * All connections read into this one buffer: no stream, no allocation and no copy per read, and no
 * buffer per idle connection. The bytes of a read are consumed before the next read.
 */
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024);
const TLS_WEIGHT = 4;
/** Up to this size, one copy costs less than writing from two places. */
const JOINED_BYTES = 4 * 1024;
