import type { AttemptFailure } from '../domain/attempt.ts';
import type { Linked } from '../domain/linked-list.ts';
import type { ConnectionPool } from './exchange/connection-pool.ts';
import type { Connection, ConnectionRequest, ConnectionUser } from './exchange/connection.ts';
import { classifyFailure } from './exchange/failure.ts';
import { ResponseFault } from './exchange/response-head.ts';
import { ResponseReader } from './exchange/response-reader.ts';

/** What came of one HTTP exchange. Never an exception. */
export interface ExchangeResult {
  /** Null when no status line arrived. */
  readonly statusCode: number | null;
  /** Null when a whole (or cut) response arrived; judging its status is the caller's. */
  readonly failure: AttemptFailure | null;
  readonly detail: string;
  readonly response: string;
  readonly retryAfter: string | null;
  /** This machine ran short: the attempt says nothing about the endpoint. */
  readonly ours: boolean;
}

/**
 * One POST and its response on one connection (HTTP/1.1). `onDone` is called exactly once, with the
 * connection back in the pool or closed. The owner calls `expire` when the deadline has passed; it
 * covers dialling, sending, headers and body alike.
 */
export class Exchange implements ConnectionUser, Linked<Exchange> {
  readonly deadlineAt: number;
  previous: Exchange | null = null;
  next: Exchange | null = null;
  readonly #pool: ConnectionPool;
  readonly #request: ConnectionRequest;
  readonly #onDone: (result: ExchangeResult) => void;
  readonly #reader = new ResponseReader();
  #connection: Connection | null = null;
  #settled = false;

  constructor(
    pool: ConnectionPool,
    request: ConnectionRequest,
    deadlineAt: number,
    onDone: (result: ExchangeResult) => void,
  ) {
    this.#pool = pool;
    this.#request = request;
    this.deadlineAt = deadlineAt;
    this.#onDone = onDone;
  }

  start(): void {
    this.#sendOver(this.#pool.take());
  }

  /** The deadline has passed. */
  expire(): void {
    const phase =
      this.#reader.head !== null
        ? 'the response body did not end'
        : this.#connection?.connected
          ? 'no response headers arrived'
          : 'no connection was made';
    this.#fail('timeout', `${phase} before the deadline`);
  }

  /** The process is stopping: ends without a verdict on the endpoint. */
  abandon(): void {
    this.#fail('connection', 'the sender stopped', true);
  }

  received(bytes: Buffer, length: number): void {
    let progress;
    try {
      progress = this.#reader.read(bytes, length);
    } catch (error) {
      if (!(error instanceof ResponseFault)) throw error;
      return this.#fail('protocol', error.message);
    }
    // Of an endless response the status is verdict enough.
    if (progress !== 'part') this.#succeed(progress === 'whole');
  }

  lost(error: Error | null): void {
    if (error === null && this.#reader.endsWithConnection()) return this.#succeed(false);
    const { failure, detail, ours } = error === null ? CLOSED_BY_THE_OTHER : classifyFailure(error);
    if (failure === 'connection' && this.#wasStale()) {
      this.#sendOver(this.#pool.open());
    } else {
      this.#fail(failure, detail, ours);
    }
  }

  /**
   * The receiver closed a kept connection just as it was used: nothing is wrong with either side,
   * so the same attempt goes once more over a new connection, which this can't be said of.
   */
  #wasStale(): boolean {
    return !this.#reader.begun && (this.#connection?.served ?? 0) > 0;
  }

  #sendOver(connection: Connection): void {
    this.#connection = connection;
    connection.send(this.#request, this);
  }

  #succeed(reusable: boolean): void {
    const keepMs = (reusable && this.#reader.head?.keepMs) || 0;
    if (this.#connection !== null) this.#pool.give(this.#connection, keepMs);
    this.#settle(null, '', false);
  }

  #fail(failure: AttemptFailure, detail: string, ours = false): void {
    // Its connection may be another exchange's by now.
    if (this.#settled) return;
    this.#connection?.destroy();
    this.#settle(failure, detail, ours);
  }

  #settle(failure: AttemptFailure | null, detail: string, ours: boolean): void {
    this.#settled = true;
    this.#onDone({
      statusCode: this.#reader.head?.statusCode ?? null,
      failure,
      detail,
      response: this.#reader.text(),
      retryAfter: this.#reader.head?.retryAfter ?? null,
      ours,
    });
  }
}

const CLOSED_BY_THE_OTHER = {
  failure: 'connection',
  detail: 'the other side closed the connection before the response had ended',
  ours: false,
} as const;
