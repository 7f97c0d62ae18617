import type { AttemptFailure } from '../../domain/attempt.ts';

/**
 * Sends the requests of attempts. It knows nothing of deliveries, retries or endpoints: which
 * request is sent when, and what its result means, is decided by its caller.
 *
 * Connections are kept and used again, per origin, up to a bound. Requests to one origin never wait
 * for requests to another, whatever happens there: not for a connection, a name or a handshake.
 */
export interface HttpClient {
  /**
   * Sends one POST. `onResult` is called exactly once, after `post` has returned, and no later than
   * at the deadline. It must not throw.
   */
  post(request: HttpRequest, onResult: (result: ExchangeResult) => void): void;
  /** Ends what is in flight at once: its results are a local shortage. */
  abandon(): void;
  /** Abandons what is in flight, closes all connections, and lets go of every timer. */
  stop(): void;
}

export interface HttpRequest {
  /** Where to, such as `https://example.com:8443`: a URL's `origin`. */
  readonly origin: string;
  /** Request line and headers, with the empty line that ends them; Latin-1. */
  readonly head: string;
  readonly body: Buffer;
  /**
   * A duration, from the call of `post`: one deadline over the look-up of the name, dialling,
   * handshake, request, headers and body, by the monotonic clock.
   */
  readonly deadlineMs: number;
}

/** What came of one exchange. A failed one is a value, never an exception. */
export interface ExchangeResult {
  /** Null when no status line arrived. */
  readonly statusCode: number | null;
  /** Null when a whole (or cut) response arrived; judging its status is the caller's. */
  readonly failure: AttemptFailure | null;
  /** A sentence about the failure, for a person; empty without one. */
  readonly detail: string;
  /** The first part of the response's body as text, bounded; empty when none arrived. */
  readonly response: string;
  /** The `Retry-After` header as it came. */
  readonly retryAfter: string | null;
  /** This machine ran short of something, or is stopping: the result says nothing about the other. */
  readonly localShortage: boolean;
}
