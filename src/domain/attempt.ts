/** One HTTP request made for a delivery. Written once; only its response and `exchange` may be deleted later. */
export interface Attempt {
  /** `atmpt_…` */
  readonly id: string;
  readonly messageId: string;
  readonly endpointId: string;
  readonly applicationId: string;
  /** From 1, per delivery. */
  readonly number: number;
  readonly trigger: AttemptTrigger;
  /** The endpoint's URL at the time of the attempt, without user name and password. */
  readonly url: string;
  readonly startedAt: number;
  readonly durationMs: number;
  readonly succeeded: boolean;
  /** The kind of failure; null when the attempt succeeded. */
  readonly failure: AttemptFailure | null;
  /**
   * A sentence for a person: why the attempt failed, and what happened to a response body that did not arrive
   * completely. Empty when the attempt succeeded and the whole response arrived.
   */
  readonly detail: string;
  /** Null when no status line arrived. */
  readonly statusCode: number | null;
  /**
   * The first bytes of the response's body as text, bounded; empty when none arrived. Compression is
   * undone; bytes that are not text are shown as hex.
   */
  readonly response: string;
  /** Headers, size and times (`encodeExchange`); null when not known or deleted. */
  readonly exchange: string | null;
}

export type AttemptTrigger = 'scheduled' | 'manual';

/**
 * - `status`: an answer that does not count as success (redirects are never followed)
 * - `timeout`: the deadline passed before the headers of an answer had arrived
 * - `connection`: refused, reset, closed early, unreachable
 * - `dns`: the name did not resolve
 * - `tls`: the handshake or the certificate failed
 * - `address`: the guard refused every address of the host
 * - `protocol`: the answer was not HTTP, or its headers were beyond the limit
 * - `request`: the request could not be built (a URL or header that is not sendable)
 * - `authorization`: the token endpoint gave no access token; nothing was sent to the endpoint
 * - `transformation`: the endpoint's transformation failed, or it cancelled the delivery; nothing was sent
 */
export type AttemptFailure =
  | 'status'
  | 'timeout'
  | 'connection'
  | 'dns'
  | 'tls'
  | 'address'
  | 'protocol'
  | 'request'
  | 'authorization'
  | 'transformation';
