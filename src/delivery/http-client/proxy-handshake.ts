/**
 * The protocol by which a proxy is asked for a tunnel, apart from the socket. Its bytes are sent one
 * message at a time: a proxy answers each before the next is sent.
 */
export interface ProxyHandshake {
  /** The first message. */
  begin(): string | Uint8Array;
  /**
   * Takes bytes of the proxy. Answers the next message; null: more bytes must arrive; `open`: the
   * tunnel is open. Throws a `ProxyError`.
   */
  read(bytes: Buffer): Uint8Array | null | 'open';
}

/** The proxy failed or refused; nothing is known of the receiver. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
  readonly code: string;

  constructor(message: string, cause?: Error & { code?: unknown }) {
    super(cause === undefined ? message : `${message}: ${cause.message}`);
    this.code = typeof cause?.code === 'string' ? cause.code : '';
  }
}

export const OTHER_CREDENTIALS = 'the proxy requires other credentials, see proxyUrl';
export const EARLY_BYTES = 'the proxy sent bytes before the request';
