import { isIPv4 } from 'node:net';
import { parseAddress } from '../../domain/networks.ts';
import {
  EARLY_BYTES,
  OTHER_CREDENTIALS,
  ProxyError,
  type ProxyHandshake,
} from './proxy-handshake.ts';

/**
 * The greeting, sign-in and CONNECT of SOCKS5 (RFC 1928; user name and password by RFC 1929).
 * `credentials` is `user:password`.
 */
export class Socks5 implements ProxyHandshake {
  readonly #login: Buffer | null;
  readonly #request: Buffer;
  #awaited: 'method' | 'login' | 'reply' = 'method';
  #received = Buffer.alloc(0);

  /** `host` is an address, or a name that the proxy looks up. */
  constructor(credentials: string | null, host: string, port: number) {
    this.#login = credentials === null ? null : loginOf(credentials);
    this.#request = Buffer.from([
      VERSION,
      CONNECT,
      0,
      ...addressBytes(host),
      port >> 8,
      port & 255,
    ]);
  }

  begin(): Uint8Array {
    const methods = this.#login === null ? [NO_LOGIN] : [NO_LOGIN, PASSWORD];
    return Buffer.from([VERSION, methods.length, ...methods]);
  }

  read(bytes: Buffer): Uint8Array | null | 'open' {
    this.#received = Buffer.concat([this.#received, bytes]);
    const [version, answer, , type, first] = this.#received;
    if (version !== (this.#awaited === 'login' ? LOGIN_VERSION : VERSION)) {
      throw new ProxyError('the proxy does not speak SOCKS5');
    }
    if (answer === undefined) return null;
    if (this.#awaited === 'method') return this.#method(answer);
    if (this.#awaited === 'login') {
      if (answer !== 0) throw new ProxyError(OTHER_CREDENTIALS);
      return this.#next(2, 'reply', this.#request);
    }
    if (answer !== 0) throw new ProxyError(`the proxy refused to connect (${reasonOf(answer)})`);
    if (type === undefined || first === undefined) return null;
    const length = 4 + boundLength(type, first) + 2;
    if (this.#received.length > length) throw new ProxyError(EARLY_BYTES);
    return this.#received.length < length ? null : 'open';
  }

  #method(method: number): Uint8Array {
    if (method === NO_LOGIN) return this.#next(2, 'reply', this.#request);
    if (method === PASSWORD && this.#login !== null) return this.#next(2, 'login', this.#login);
    throw new ProxyError(OTHER_CREDENTIALS);
  }

  #next(length: number, awaited: 'login' | 'reply', message: Buffer): Buffer {
    if (this.#received.length > length) throw new ProxyError(EARLY_BYTES);
    this.#received = Buffer.alloc(0);
    this.#awaited = awaited;
    return message;
  }
}

function loginOf(credentials: string): Buffer {
  const colon = credentials.indexOf(':');
  const user = Buffer.from(credentials.slice(0, colon));
  const password = Buffer.from(credentials.slice(colon + 1));
  return Buffer.from([LOGIN_VERSION, user.length, ...user, password.length, ...password]);
}

function addressBytes(host: string): Buffer {
  const address = parseAddress(host);
  if (address !== null) {
    return isIPv4(host)
      ? Buffer.from([IPV4, ...address.subarray(12)])
      : Buffer.from([IPV6, ...address]);
  }
  if (host.length > 255) throw new ProxyError('SOCKS5 takes no name of more than 255 characters');
  return Buffer.from([NAME, host.length, ...Buffer.from(host)]);
}

/** The length of the bound address in the reply, which is not used. */
function boundLength(type: number, first: number): number {
  if (type === IPV4) return 4;
  if (type === IPV6) return 16;
  if (type === NAME) return 1 + first;
  throw new ProxyError('the proxy does not speak SOCKS5');
}

function reasonOf(reply: number): string {
  return REASONS[reply] ?? `reply ${reply}`;
}

const VERSION = 5;
const CONNECT = 1;
const NO_LOGIN = 0;
const PASSWORD = 2;
const LOGIN_VERSION = 1;
const IPV4 = 1;
const NAME = 3;
const IPV6 = 4;

const REASONS: Readonly<Record<number, string>> = {
  1: 'it failed',
  2: 'its rules do not allow the connection',
  3: 'the network is unreachable',
  4: 'the host is unreachable',
  5: 'the connection was refused',
  6: 'the time to live expired',
  7: 'the proxy does not support CONNECT',
  8: 'the proxy does not support this kind of address',
};
