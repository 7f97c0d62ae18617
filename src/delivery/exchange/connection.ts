import type { Socket, OnReadOpts } from 'node:net';
import type { Linked } from '../../domain/linked-list.ts';

/**
 * Opens a socket to an origin such as `https://example.com:8443`. What fails, also at once, comes
 * as the socket's `error`. `onConnected` is called when requests can be written.
 */
export type Dial = (origin: string, onread: OnReadOpts, onConnected: () => void) => Socket;

export interface ConnectionRequest {
  /** Request line and headers, with the empty line that ends them; Latin-1. */
  readonly head: string;
  readonly body: Buffer;
}

/** Who has a request under way on a connection. After `lost`, or after `keep`, it hears no more. */
export interface ConnectionUser {
  /** The first `length` of `bytes`, which are overwritten afterwards. */
  received(bytes: Buffer, length: number): void;
  /** The connection failed, or, with null, the other side closed it. */
  lost(error: Error | null): void;
}

/** One socket to an endpoint, from dialling to its end, for one exchange at a time. */
export class Connection implements Linked<Connection> {
  previous: Connection | null = null;
  next: Connection | null = null;
  connected = false;
  /** Exchanges that were completed on it. */
  served = 0;
  /** Takes it out of its pool. */
  readonly forget: (connection: Connection) => void;
  #socket: Socket | null;
  #user: ConnectionUser | null = null;
  /** Waits for the end of dialling. */
  #request: ConnectionRequest | null = null;
  #usableUntil = 0;

  constructor(origin: string, dial: Dial, forget: (connection: Connection) => void) {
    this.forget = forget;
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    // Reads go to this one buffer: no stream, no allocation and no copy per read.
    const onread = { buffer, callback: (length: number) => this.#read(buffer, length) };
    const socket = dial(origin, onread, () => this.#onConnected());
    socket.on('error', (error) => this.#lose(error));
    // Without waiting for what is still to be sent, as `close` would.
    socket.on('end', () => this.#lose(null));
    // Whatever else may end a socket.
    socket.on('close', () => this.#lose(null));
    this.#socket = socket;
  }

  send(request: ConnectionRequest, user: ConnectionUser): void {
    this.#user = user;
    if (this.connected) this.#write(request);
    else this.#request = request;
  }

  /** The exchange is over; the next one may begin until then. */
  keep(until: number): void {
    this.#user = null;
    this.served++;
    this.#usableUntil = until;
    // It was answered before all of it was sent: what follows would be mixed with the rest.
    if ((this.#socket?.writableLength ?? 0) > 0) this.destroy();
  }

  isUsable(now: number): boolean {
    return this.#socket !== null && now < this.#usableUntil;
  }

  /** Gives up at once, also while dialling. The user is not told. */
  destroy(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#user = null;
    this.#request = null;
    socket?.destroy();
  }

  #onConnected(): void {
    const request = this.#request;
    this.#request = null;
    this.connected = true;
    if (request !== null) this.#write(request);
  }

  #write({ head, body }: ConnectionRequest): void {
    const socket = this.#socket;
    if (socket === null) return;
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
    // Nobody asked: whatever it is, it must not be taken for the answer to the next request.
    if (this.#user === null) this.destroy();
    else this.#user.received(buffer, length);
    return true;
  }

  #lose(error: Error | null): void {
    if (this.#socket === null) return;
    const user = this.#user;
    this.destroy();
    user?.lost(error);
  }
}

const READ_BYTES = 4 * 1024;
/** Below it, copying a body costs less than writing from two places. */
const JOINED_BYTES = 4 * 1024;
