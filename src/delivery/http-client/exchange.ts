import type { ExchangeTimes } from '../../domain/attempt-exchange.ts';
import type { AttemptFailure } from '../../domain/attempt.ts';
import type { Linked } from '../linked-list.ts';
import { type Connection, type ConnectionUser, CONNECTED_BEFORE } from './connection.ts';
import type { ConnectionPool } from './connection-pool.ts';
import type { Deadlines } from '../deadlines.ts';
import { classifyFailure } from './failure.ts';
import type { ExchangeResult, HttpRequest } from './http-client.ts';
import { ProtocolError } from './response-head.ts';
import { READ_BYTES, ResponseReader } from './response-reader.ts';

/**
 * One POST and its response, on a connection of the pool. When `onResult` is called, the connection
 * is back in the pool or closed.
 */
export class Exchange implements ConnectionUser, Linked<Exchange> {
  readonly deadlineAtMs: number;
  previous: Exchange | null = null;
  next: Exchange | null = null;
  readonly #pool: ConnectionPool;
  readonly #deadlines: Deadlines<Exchange>;
  readonly #request: HttpRequest;
  readonly #onResult: (result: ExchangeResult) => void;
  #reader = new ResponseReader();
  #connection: Connection | null = null;
  #settled = false;
  #firstByteAtMs: number | null = null;

  constructor(
    pool: ConnectionPool,
    deadlines: Deadlines<Exchange>,
    request: HttpRequest,
    deadlineAtMs: number,
    onResult: (result: ExchangeResult) => void,
  ) {
    this.#pool = pool;
    this.#deadlines = deadlines;
    this.#request = request;
    this.deadlineAtMs = deadlineAtMs;
    this.#onResult = onResult;
  }

  start(): void {
    this.#deadlines.add(this);
    this.#sendOver(this.#pool.take());
  }

  /** The deadline has passed. */
  expire(): void {
    const failure = this.#connection?.dialFailure;
    const other = failure ? `; another address: ${classifyFailure(failure).detail}` : '';
    this.#fail('timeout', `${this.#unfinished()} before the deadline${other}`);
  }

  /** Ends the exchange without a verdict on the endpoint: the process is stopping. */
  abandon(): void {
    this.#fail('connection', SENDER_STOPPED, true);
  }

  received(bytes: Buffer, length: number): void {
    this.#firstByteAtMs ??= this.#pool.nowMs();
    let progress;
    try {
      progress = this.#reader.read(bytes, length);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return this.#fail('protocol', error.message);
    }
    if (
      this.#connection !== null &&
      this.#reader.head?.statusCode === TIMED_OUT &&
      this.#isReused()
    ) {
      this.#sendAgain(this.#connection);
    } else if (progress !== 'part') {
      this.#succeed(progress === 'whole', progress === 'cut' ? CUT : '');
    }
  }

  lost(error: Error | null): void {
    if (error === null && this.#reader.endsWithConnection()) return this.#succeed(false, '');
    const { failure, detail, localShortage } =
      error === null ? CLOSED_BY_RECEIVER : classifyFailure(error);
    const isUnanswered = failure === 'connection' && !this.#reader.begun;
    if (this.#connection !== null && isUnanswered && this.#isReused()) {
      this.#sendAgain(this.#connection);
    } else {
      this.#fail(failure, detail, localShortage);
      if (localShortage) this.#pool.closeIdle();
    }
  }

  /**
   * The receiver may have closed the idle connection at the moment of its reuse, so neither side did anything
   * wrong. Later, it has probably read the request, which would be a duplicate if it were sent again.
   */
  #isReused(): boolean {
    const startedAtMs = this.deadlineAtMs - this.#request.deadlineMs;
    const isEarly = this.#pool.nowMs() - startedAtMs < EARLY_MS;
    return isEarly && (this.#connection?.served ?? 0) > 0;
  }

  /** Sends the request once more, on a new connection, where this race can't happen. */
  #sendAgain(closed: Connection): void {
    this.#reader = new ResponseReader();
    this.#firstByteAtMs = null;
    this.#sendOver(this.#pool.replace(closed));
  }

  #unfinished(): string {
    const phase = this.#connection?.dialPhase;
    if (phase) return UNFINISHED[phase];
    return this.#reader.head === null
      ? 'no response headers arrived'
      : 'the response body did not end';
  }

  #sendOver(connection: Connection): void {
    this.#connection = connection;
    connection.send(this.#request, this);
  }

  #succeed(reusable: boolean, detail: string): void {
    const keepMs = (reusable && this.#reader.head?.keepMs) || 0;
    const times = this.#times();
    if (this.#connection !== null) this.#pool.give(this.#connection, keepMs);
    this.#settle(null, detail, false, times);
  }

  #fail(failure: AttemptFailure, detail: string, localShortage = false): void {
    // Another exchange may be using the connection by now.
    if (this.#settled) return;
    // The receiver has answered; a request sent again only because of the body would be a duplicate.
    if (this.#reader.head !== null) return this.#succeed(false, bodyDetail(failure, detail));
    const times = this.#times();
    if (this.#connection !== null) this.#pool.give(this.#connection, 0);
    this.#settle(failure, detail, localShortage, times);
  }

  #settle(
    failure: AttemptFailure | null,
    detail: string,
    localShortage: boolean,
    times: ExchangeTimes,
  ): void {
    this.#settled = true;
    this.#deadlines.delete(this);
    const { head, headLines } = this.#reader;
    this.#onResult({
      statusCode: head?.statusCode ?? null,
      failure,
      detail,
      response: this.#reader.text(),
      responseHead: headLines,
      times,
      retryAfter: head?.retryAfter ?? null,
      location: head?.location ?? null,
      deliveryControl: head?.deliveryControl ?? null,
      localShortage,
    });
  }

  /** Must be called before the connection goes back to the pool. */
  #times(): ExchangeTimes {
    const startedAtMs = this.deadlineAtMs - this.#request.deadlineMs;
    return {
      ...(this.#connection?.dialTimes ?? CONNECTED_BEFORE),
      firstByteMs: this.#firstByteAtMs === null ? null : this.#firstByteAtMs - startedAtMs,
    };
  }
}

function bodyDetail(failure: AttemptFailure, detail: string): string {
  return failure === 'timeout' ? detail : `the response body did not arrive whole: ${detail}`;
}

const CUT = `the response body was cut after ${READ_BYTES / 1024} KiB`;

/** Some receivers send 408 before they close an idle connection (RFC 9110, section 15.5.9). */
const TIMED_OUT = 408;
/** Longer than the way to a receiver and back. */
const EARLY_MS = 2_000;

export const SENDER_STOPPED = 'the sender stopped';

const UNFINISHED = {
  name: 'the name was not resolved',
  connection: 'no connection was made',
  proxy: 'the proxy did not open a connection',
  handshake: 'the TLS handshake did not end',
} as const;

const CLOSED_BY_RECEIVER = {
  failure: 'connection',
  detail: 'the receiver closed the connection before the response ended',
  localShortage: false,
} as const;
