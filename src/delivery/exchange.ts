import type { Dispatcher } from 'undici';
import type { AttemptFailure } from '../domain/attempt.ts';
import type { Connection } from './connection.ts';
import { classifyFailure } from './failure.ts';

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

export interface ExchangeRequest {
  readonly path: string;
  /** Names and values in turn. */
  readonly headers: string[];
  readonly body: Buffer;
}

/**
 * One POST and its response on one connection, as a handler of undici's `dispatch`. `onDone` is
 * called exactly once. The owner calls `expire` when the deadline has passed; it covers
 * dialling, sending, headers and body alike.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly deadlineAt: number;
  readonly #connection: Connection;
  readonly #request: ExchangeRequest;
  readonly #onDone: (result: ExchangeResult, connectionUsable: boolean) => void;
  #controller: Dispatcher.DispatchController | null = null;
  #statusCode: number | null = null;
  #retryAfter: string | null = null;
  #kept: Buffer[] | null = null;
  #keptBytes = 0;
  #readBytes = 0;
  #redialled = false;
  #settled = false;

  constructor(
    connection: Connection,
    request: ExchangeRequest,
    deadlineAt: number,
    onDone: (result: ExchangeResult, connectionUsable: boolean) => void,
  ) {
    this.#connection = connection;
    this.#request = request;
    this.deadlineAt = deadlineAt;
    this.#onDone = onDone;
  }

  start(): void {
    const { path, headers, body } = this.#request;
    this.#connection.client.dispatch({ method: 'POST', path, headers, body }, this);
  }

  /** The deadline has passed. */
  expire(): void {
    const phase =
      this.#statusCode !== null
        ? 'the response body did not end'
        : this.#controller !== null
          ? 'no response headers arrived'
          : 'no connection was made';
    this.#giveUp('timeout', `${phase} before the deadline`);
  }

  /** The process is stopping: ends without a verdict on the endpoint. */
  abandon(): void {
    this.#giveUp('connection', 'the sender stopped', true);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#settled) controller.abort(new Error('given up'));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    statusCode: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    // 1xx answers come before the real one.
    if (statusCode < 200) return;
    this.#statusCode = statusCode;
    const retryAfter = headers['retry-after'];
    if (retryAfter !== undefined) this.#retryAfter = String(retryAfter);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#readBytes += chunk.length;
    if (this.#keptBytes < KEEP_BYTES) {
      // A copy: the chunk is a view of a socket buffer that may be a thousand times its size.
      const part = Buffer.from(chunk.subarray(0, KEEP_BYTES - this.#keptBytes));
      this.#keptBytes += part.length;
      (this.#kept ??= []).push(part);
    }
    if (this.#readBytes > READ_BYTES) {
      // The verdict is in the status; the rest could go on for ever.
      this.#settle(null, '', true);
      controller.abort(new Error('response cut'));
    }
  }

  onResponseEnd(): void {
    this.#connection.served++;
    this.#settle(null, '', true);
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.#settled) return;
    if (this.#wasStale(error)) {
      this.#redialled = true;
      this.#controller = null;
      setImmediate(() => (this.#settled ? undefined : this.start()));
      return;
    }
    const { failure, detail, ours } = classifyFailure(error);
    // undici is in the middle of clearing the client, which the owner may use again at once.
    queueMicrotask(() => this.#settle(failure, detail, true, ours));
  }

  /**
   * The receiver closed a kept connection just as it was used: nothing is wrong with either side,
   * so the same attempt goes once more over a new connection.
   */
  #wasStale(error: Error): boolean {
    if (this.#redialled || this.#statusCode !== null || this.#connection.served === 0) return false;
    return classifyFailure(error).failure === 'connection';
  }

  #giveUp(failure: AttemptFailure, detail: string, ours = false): void {
    if (this.#settled) return;
    const controller = this.#controller;
    // Settled first: ending the connection reports an error of its own.
    this.#settle(failure, detail, controller !== null, ours);
    // A connection that is still dialling can't be told to forget its request: it goes whole.
    if (controller === null) this.#connection.destroy();
    else controller.abort(new Error(detail));
  }

  #settle(failure: AttemptFailure | null, detail: string, usable: boolean, ours = false): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#onDone(
      {
        statusCode: this.#statusCode,
        failure,
        detail,
        response: this.#kept === null ? '' : textOf(this.#kept),
        retryAfter: this.#retryAfter,
        ours,
      },
      usable,
    );
  }
}

/** How much of a response is kept for the record, and how much is read before it is cut. */
const KEEP_BYTES = 4 * 1024;
const READ_BYTES = 64 * 1024;

function textOf(parts: readonly Buffer[]): string {
  const text = (parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)).toString('utf8');
  // NUL can't be stored as text by every database.
  return text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text;
}
