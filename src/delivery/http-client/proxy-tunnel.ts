import type { LookupAddress } from 'node:dns';
import { type LookupFunction, type Socket, connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { DialPhase, DialTarget, Opening } from './dial.ts';
import { mostTelling } from './failure.ts';
import { HttpConnect } from './http-connect.ts';
import type { NameResolver } from './names/name-resolver.ts';
import type { OpenEvents, OpenSocket, TlsOptions } from './open-socket.ts';
import { ProxyError, type ProxyHandshake } from './proxy-handshake.ts';
import { Socks5 } from './socks5.ts';

/**
 * Opens sockets through a proxy: to a vetted address, or to a name that the proxy resolves. The address
 * of the proxy itself is the operator's choice and is not vetted.
 *
 * `proxyUrl` is `http://[user:password@]host[:port]`, or the same with `socks5:`.
 */
export function createProxySockets(
  proxyUrl: string,
  resolver: NameResolver,
  tls: TlsOptions,
): OpenSocket {
  const proxy = parseProxy(proxyUrl, resolver);
  return (address, target, events) => new ProxySocket(proxy, address, target, events, tls);
}

interface Proxy {
  readonly host: string;
  readonly port: number;
  readonly resolver: NameResolver;
  readonly handshake: (host: string, port: number) => ProxyHandshake;
}

function parseProxy(proxyUrl: string, resolver: NameResolver): Proxy {
  const { protocol, hostname, port, username, password } = new URL(proxyUrl);
  const hasCredentials = username !== '' || password !== '';
  const credentials = hasCredentials
    ? `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
    : null;
  const isSocks = protocol === 'socks5:';
  const Handshake = isSocks ? Socks5 : HttpConnect;
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? (isSocks ? 1080 : 80) : Number(port),
    resolver,
    handshake: (host, targetPort) => new Handshake(credentials, host, targetPort),
  };
}

class ProxySocket implements Opening {
  phase: DialPhase = 'connection';
  readonly #target: DialTarget;
  readonly #events: OpenEvents;
  readonly #tls: TlsOptions;
  #socket: Socket;
  #giveUpName: (() => void) | null = null;
  #ended = false;

  constructor(
    proxy: Proxy,
    address: LookupAddress,
    target: DialTarget,
    events: OpenEvents,
    tls: TlsOptions,
  ) {
    this.#target = target;
    this.#events = events;
    this.#tls = tls;
    const { host, port } = proxy;
    const socket = connect({
      host,
      port,
      lookup: this.#lookupWith(proxy.resolver),
      noDelay: true,
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: PROXY_ADDRESS_MS,
    });
    socket.once('connect', () => this.#begin(proxy.handshake, address));
    socket.on('error', (error) => this.#fail(new ProxyError(UNREACHABLE, oneOf(error))));
    socket.once('close', () => this.#fail(new ProxyError('the proxy closed the connection')));
    this.#socket = socket;
  }

  abandon(): void {
    this.#ended = true;
    this.#giveUpName?.();
    this.#socket.destroy();
  }

  #lookupWith(resolver: NameResolver): LookupFunction {
    return (name, _options, callback) => {
      const onAnswer = (answer: readonly LookupAddress[] | Error) =>
        answer instanceof Error ? callback(answer, []) : callback(null, [...answer]);
      // The resolver may answer at once, which net.connect does not expect.
      process.nextTick(() => {
        if (!this.#ended) this.#giveUpName = resolver.resolve(name, onAnswer);
      });
    };
  }

  #begin(handshakeWith: Proxy['handshake'], { address }: LookupAddress): void {
    this.phase = 'proxy';
    try {
      const handshake = handshakeWith(address, this.#target.port);
      this.#socket.on('data', (bytes: Buffer) => this.#read(handshake, bytes));
      this.#socket.write(handshake.begin());
    } catch (error) {
      this.#fail(error);
    }
  }

  #read(handshake: ProxyHandshake, bytes: Buffer): void {
    if (this.#ended) return;
    try {
      const next = handshake.read(bytes);
      if (next === 'open') this.#opened();
      else if (next !== null) this.#socket.write(next);
    } catch (error) {
      this.#fail(error);
    }
  }

  #opened(): void {
    const tunnel = this.#socket;
    tunnel.removeAllListeners('data');
    this.phase = 'handshake';
    this.#events.onReached();
    if (!this.#target.secure) return this.#ready(tunnel);
    const options = this.#tls.optionsFor(this.#target);
    const { host } = this.#target;
    const socket = connectTls({ host, ...options, socket: tunnel });
    this.#socket = socket;
    // The TLS socket reports the same error with more detail.
    tunnel
      .removeAllListeners('error')
      .removeAllListeners('close')
      .on('error', () => {});
    socket.once('secureConnect', () => this.#ready(socket));
    socket.on('error', (error) => this.#fail(error));
    socket.once('close', () => this.#fail(new ProxyError('the proxy closed the connection')));
    this.#tls.keepSession(this.#target, socket);
  }

  #ready(socket: Socket): void {
    if (this.#ended) return;
    this.#ended = true;
    const { onread } = this.#target;
    socket.on('data', (bytes: Buffer) => onread.callback(bytes.length, bytes));
    this.#events.onReady(socket);
  }

  #fail(error: unknown): void {
    if (this.#ended) return;
    this.abandon();
    this.#events.onFailed(error instanceof Error ? error : new Error(String(error)));
  }
}

/** A proxy with several addresses fails with the errors of all of them, whose own message is empty. */
function oneOf(error: Error): Error {
  return error instanceof AggregateError ? (mostTelling(error.errors as Error[]) ?? error) : error;
}

const UNREACHABLE = 'the connection to the proxy failed';
/** How long each address of the proxy has to answer before the next one is tried. */
const PROXY_ADDRESS_MS = 2_000;
