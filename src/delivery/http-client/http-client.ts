import type { ClientCredentials, EndpointTls } from '../../domain/authentication.ts';
import type { ExchangeTimes, SentRequest } from '../../domain/attempt-exchange.ts';
import type { AttemptFailure } from '../../domain/attempt.ts';
import type { Handoff } from '../../domain/delivery.ts';
import type { UnfinishedRequest } from './unfinished-request.ts';

export type { UnfinishedRequest } from './unfinished-request.ts';

/**
 * Sends the requests of attempts. It knows nothing of deliveries, retries or endpoints: its caller
 * decides which request is sent when, and what its result means.
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
  /** Ends all requests in flight at once, each with a result of `localShortage`. */
  abandon(): void;
  /** Abandons all requests in flight, closes all connections, and cancels every timer. */
  stop(): void;
}

export interface HttpRequest {
  /** The receiver, such as `https://example.com:8443`: the `origin` of a URL. */
  readonly origin: string;
  /** Request line and headers, with the empty line that ends them; Latin-1. */
  readonly head: string;
  readonly body: Buffer;
  /**
   * A duration, from the call of `post`: one deadline over the look-up of the name, dialling,
   * handshake, request, headers and body, by the monotonic clock.
   */
  readonly deadlineMs: number;
  /** Credentials for the access token that `authorization/` adds. Null or absent: no token is added. */
  readonly credentials?: ClientCredentials | null;
  /** Certificates of the endpoint. Requests share a connection only when they have the same `tls`. */
  readonly tls?: EndpointTls | null;
  /** For an endpoint with a transformation: `transformation/` makes head and body. Null or absent: `head` and `body` are sent. */
  readonly unfinished?: UnfinishedRequest | null;
  /** The attempt, for `tracing/`. Null or absent: the request belongs to no attempt, such as a token request. */
  readonly attempt?: AttemptOfRequest | null;
}

/** The attempt that a request belongs to. */
export interface AttemptOfRequest {
  readonly handoff: Handoff;
  /** The wall clock. */
  readonly startedAt: number;
  /** Null: the request is unfinished. */
  readonly sent: SentRequest | null;
}

/** The result of one exchange. A failed exchange is a value, never an exception. */
export interface ExchangeResult {
  /** Null when no status line arrived. */
  readonly statusCode: number | null;
  /**
   * Why no response arrived. Null when the headers of one arrived whole: then the caller judges its
   * status, whatever happened to the body, because the receiver has decided by then.
   */
  readonly failure: AttemptFailure | null;
  /**
   * A sentence for a person: about the failure, or about a body that did not arrive whole; empty
   * when the whole response arrived.
   */
  readonly detail: string;
  /** The first part of the response's body as text, bounded; empty when none arrived. */
  readonly response: string;
  /** The request that was sent, when `HttpRequest.unfinished` was set. */
  readonly sent?: SentRequest;
  /** Status line and headers of the response as they came. Absent or null: none arrived. */
  readonly responseHead?: string | null;
  /** Absent or null: nothing was sent. */
  readonly times?: ExchangeTimes | null;
  /** The `Retry-After` header as it came. */
  readonly retryAfter: string | null;
  /** The `Location` header as it came. */
  readonly location: string | null;
  /** The `webhook-delivery` header as it came. */
  readonly deliveryControl: string | null;
  /**
   * This machine ran short of sockets or memory, or is stopping, before the headers of a response
   * arrived: nothing is known of the receiver.
   */
  readonly localShortage: boolean;
  /** A transformation cancelled the delivery: nothing was sent, and there is no retry. */
  readonly cancelled?: true;
}

/** The result of a request that got no response, or was not sent. `reason`: a sentence, or an error with one. */
export function withoutResponse(
  failure: ExchangeResult['failure'],
  reason: unknown,
): ExchangeResult {
  return {
    statusCode: null,
    failure,
    detail: reason instanceof Error ? reason.message : String(reason),
    response: '',
    retryAfter: null,
    location: null,
    deliveryControl: null,
    localShortage: false,
  };
}
