import type { LookupAddress } from 'node:dns';
import { type LookupFunction, type Socket, connect, isIPv6 } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { DialPhase, DialTarget } from './dial.ts';
import type { NameResolver } from './names/name-resolver.ts';
import type { OpenEvents, OpenSocket, OpeningSocket, TlsOptions } from './open-socket.ts';

/**
 * Opens sockets through an HTTP proxy, with CONNECT for http and https targets alike. The proxy is
 * asked for the address that was vetted, not for the name: it can't be made to resolve the name to
 * something else. The address of the proxy itself is the operator's choice and not vetted.
 *
 * `proxyUrl` is `http://[user:password@]host[:port]`.
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
  /** Header line with the credentials, or empty. */
  readonly authorization: string;
}

function parseProxy(proxyUrl: string, resolver: NameResolver): Proxy {
  const { hostname, port, username, password } = new URL(proxyUrl);
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const basic = Buffer.from(credentials).toString('base64');
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? 80 : Number(port),
    resolver,
    authorization: credentials === ':' ? '' : `proxy-authorization: Basic ${basic}\r\n`,
  };
}

class ProxySocket implements OpeningSocket {
  phase: DialPhase = 'connection';
  readonly #target: DialTarget;
  readonly #events: OpenEvents;
  readonly #tls: TlsOptions;
  #socket: Socket;
  #giveUpName: (() => void) | null = null;
  #head = '';
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
    socket.once('connect', () => {
      this.phase = 'proxy';
      socket.write(connectRequest(address, target.port, proxy.authorization));
    });
    socket.on('data', (bytes: Buffer) => this.#readHead(bytes));
    socket.on('error', (error) => this.#fail(new ProxyError(UNREACHABLE, error)));
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

  #readHead(bytes: Buffer): void {
    if (this.#ended) return;
    this.#head += bytes.toString('latin1');
    const end = this.#head.indexOf('\r\n\r\n');
    if (end < 0 && this.#head.length <= MAX_HEAD_BYTES) return;
    const [, status] = /^HTTP\/1\.[01] (\d{3})(?!\d)/.exec(this.#head) ?? [];
    if (end < 0 || status === undefined) {
      this.#fail(new ProxyError('the response of the proxy is not HTTP/1.x'));
    } else if (!status.startsWith('2')) {
      this.#fail(new ProxyError(refusal(this.#head.slice(0, this.#head.indexOf('\r\n')), status)));
    } else if (this.#head.length > end + 4) {
      this.#fail(new ProxyError('the proxy sent bytes before the request'));
    } else {
      this.#opened();
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
    // An error of the tunnel becomes one of the TLS socket as well, which says more.
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

  #fail(error: Error): void {
    if (this.#ended) return;
    this.abandon();
    this.#events.onFailed(error);
  }
}

/** The proxy failed or refused; nothing is known of the receiver. */
class ProxyError extends Error {
  override readonly name = 'ProxyError';
  readonly code: string;

  constructor(message: string, cause?: Error & { code?: unknown }) {
    super(cause === undefined ? message : `${message}: ${cause.message}`);
    this.code = typeof cause?.code === 'string' ? cause.code : '';
  }
}

function connectRequest({ address }: LookupAddress, port: number, authorization: string): string {
  const authority = `${isIPv6(address) ? `[${address}]` : address}:${port}`;
  return `CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n${authorization}\r\n`;
}

function refusal(statusLine: string, status: string): string {
  const line = statusLine.slice(0, 100);
  return status === '407'
    ? `the proxy requires other credentials, see proxyUrl ("${line}")`
    : `the proxy refused to connect ("${line}")`;
}

const UNREACHABLE = 'the connection to the proxy failed';
const MAX_HEAD_BYTES = 16 * 1024;
/** Of several addresses of the proxy, how long each but the last has to answer. */
const PROXY_ADDRESS_MS = 2_000;
