import { isIPv6 } from 'node:net';
import {
  EARLY_BYTES,
  OTHER_CREDENTIALS,
  ProxyError,
  type ProxyHandshake,
} from './proxy-handshake.ts';
import { endOfHead } from './response-head.ts';

/** CONNECT of HTTP/1.1 (RFC 9110, section 9.3.6), for http and https targets alike. */
export class HttpConnect implements ProxyHandshake {
  readonly #request: string;
  #head = '';

  /** `host` is an address, or a name that the proxy looks up. */
  constructor(credentials: string | null, host: string, port: number) {
    const authority = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
    const authorization =
      credentials === null
        ? ''
        : `Proxy-Authorization: Basic ${Buffer.from(credentials).toString('base64')}\r\n`;
    this.#request = `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${authorization}\r\n`;
  }

  begin(): string {
    return this.#request;
  }

  read(bytes: Buffer): null | 'open' {
    this.#head += bytes.toString('latin1');
    const end = endOfHead(this.#head, 0);
    if (end < 0 && this.#head.length <= MAX_HEAD_BYTES) return null;
    const [line = '', status] = STATUS_LINE.exec(this.#head) ?? [];
    if (end < 0 || status === undefined) {
      throw new ProxyError('the response of the proxy is not HTTP/1.x');
    }
    if (!status.startsWith('2')) {
      throw new ProxyError(refusal(line, status));
    }
    if (this.#head.length > end) throw new ProxyError(EARLY_BYTES);
    return 'open';
  }
}

function refusal(statusLine: string, status: string): string {
  const line = statusLine.slice(0, 100);
  return status === '407'
    ? `${OTHER_CREDENTIALS} ("${line}")`
    : `the proxy refused to connect ("${line}")`;
}

const STATUS_LINE = /^HTTP\/1\.\d[ \t]+(\d{3})(?!\d)[^\r\n]*/i;
const MAX_HEAD_BYTES = 16 * 1024;
