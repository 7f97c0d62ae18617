import type { LookupAddress } from 'node:dns';
import { type Socket, connect, isIP } from 'node:net';
import { type ConnectionOptions, type SecureContext, connect as connectTls } from 'node:tls';
import { boundedCache } from '../../bounded-cache.ts';
import type { DialPhase, DialTarget, Opening } from './dial.ts';

/** Opens a socket to one address of a target. No event happens before it has returned. */
export type OpenSocket = (
  address: LookupAddress,
  target: DialTarget,
  events: OpenEvents,
) => Opening;

export interface OpenEvents {
  /** The address has answered; other addresses need not be tried. */
  onReached(): void;
  /** Requests can be written. The last event. */
  onReady(socket: Socket): void;
  /** The last event. */
  onFailed(error: Error): void;
}

/** Opens sockets straight to the address, with TLS where the target asks for it. */
export function createDirectSockets(tls: TlsOptions): OpenSocket {
  return (address, target, events) => new DirectSocket(address, target, events, tls);
}

class DirectSocket implements Opening {
  phase: DialPhase = 'connection';
  readonly #socket: Socket;
  #ended = false;

  constructor(address: LookupAddress, target: DialTarget, events: OpenEvents, tls: TlsOptions) {
    const { port, secure, onread } = target;
    const options = {
      host: address.address,
      port,
      autoSelectFamily: false,
      noDelay: true,
      onread,
    };
    const fail = (error: Error) => {
      if (this.#ended) return;
      this.abandon();
      events.onFailed(error);
    };
    const closed = () => fail(new Error('the connection closed before it was made'));
    const ready = () => {
      if (this.#ended) return;
      this.#ended = true;
      events.onReady(this.#socket);
      // Remove the listeners: they would keep this object in memory as long as the connection lives.
      this.#socket.off('error', fail).off('close', closed);
    };
    const socket = secure
      ? connectTls({ ...options, ...tls.optionsFor(target) }).once('secureConnect', ready)
      : connect(options);
    this.#socket = socket;
    socket.once('connect', () => {
      if (this.#ended) return;
      this.phase = 'handshake';
      events.onReached();
      if (!secure) ready();
    });
    socket.on('error', fail);
    socket.once('close', closed);
    if (secure) tls.keepSession(target, socket);
  }

  abandon(): void {
    this.#ended = true;
    this.#socket.destroy();
  }
}

/** What TLS connections of one client share: trusted authorities, and sessions to resume. */
export class TlsOptions {
  readonly #createContext: () => SecureContext;
  #context: SecureContext | null = null;
  /** By origin. Resuming makes handshakes cheaper. */
  readonly #sessions = boundedCache<Buffer>(SESSIONS);

  /** `createContext` is called once, when it is first needed: reading authorities takes long. */
  constructor(createContext: () => SecureContext) {
    this.#createContext = createContext;
  }

  optionsFor({ origin, host }: DialTarget): ConnectionOptions {
    this.#context ??= this.#createContext();
    const session = this.#sessions.get(origin);
    return {
      // A server name (SNI) must not be an IP address or end with a dot.
      ...(isIP(host) === 0 && { servername: host.replace(/\.$/, '') }),
      secureContext: this.#context,
      ALPNProtocols: ['http/1.1'],
      ...(session && { session }),
    };
  }

  keepSession({ origin }: DialTarget, socket: Socket): void {
    socket.on('session', (session: Buffer) => this.#sessions.set(origin, session));
  }
}

const SESSIONS = 500;
