/**
 * The protocol that asks a proxy for a tunnel, without the socket. It sends one message at a time and
 * waits for the proxy's answer before the next.
 */
export interface ProxyHandshake {
  /** The first message. */
  begin(): string | Uint8Array;
  /**
   * Takes bytes from the proxy. Returns the next message to send; null when more bytes must arrive;
   * `open` when the tunnel is open. Throws a `ProxyError`.
   */
  read(bytes: Buffer): Uint8Array | null | 'open';
}

/** The proxy failed or refused; nothing is known of the receiver. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
  readonly code: string;
  /** The address of the proxy, when it could not be reached. */
  readonly address: unknown;

  constructor(message: string, cause?: Error & { code?: unknown; address?: unknown }) {
    super(cause === undefined ? message : `${message}: ${cause.message}`);
    this.code = typeof cause?.code === 'string' ? cause.code : '';
    this.address = cause?.address;
  }
}

export const OTHER_CREDENTIALS = 'the proxy requires other credentials, see proxyUrl';
export const EARLY_BYTES = 'the proxy sent bytes before the request';
