import type { Clock } from '../../../domain/clock.ts';
import { PosthasteError } from '../../../domain/errors.ts';
import type { ReaderNotice, ReadReply, ReadRequest } from '../wire/queries.ts';
import type { WorkerEvents, WorkerHandle } from './worker-handle.ts';

interface Query {
  readonly request: ReadRequest;
  readonly resolve: (rows: readonly unknown[]) => void;
  readonly reject: (error: PosthasteError) => void;
  /** On the monotonic clock. */
  readonly deadlineMs: number;
}

export interface ReaderClientOptions {
  readonly startThread: (events: WorkerEvents) => WorkerHandle;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

// Two queries are with the thread, so that it has the next one when it has answered one.
const POSTED = 2;
// Every query is short by itself: one that waits this long has too many others before it.
const WAIT_MS = 5_000;
const WAITING = 10_000;

/**
 * The main thread's side of a reader. Each query sees everything that was committed before it was called.
 * Queries are answered in their order; a query that waits too long, or is called when too many wait, rejects
 * with `query_too_slow`.
 */
export class ReaderClient {
  readonly #options: ReaderClientOptions;
  /** Queries that were sent to the thread and are not answered. */
  readonly #posted: Query[] = [];
  #waiting: Query[] = [];
  #thread: WorkerHandle | null = null;
  #drained: (() => void)[] = [];

  constructor(options: ReaderClientOptions) {
    this.#options = options;
  }

  /** Starts the thread ahead of the first query. */
  start(): void {
    this.#thread ??= this.#options.startThread({
      onMessage: (message) => this.#onReply(message as ReadReply),
      onLost: (reason) => this.#onLost(reason),
    });
  }

  query(request: ReadRequest): Promise<readonly unknown[]> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length >= WAITING) return reject(tooSlow());
      const deadlineMs = this.#options.clock.monotonicMs() + WAIT_MS;
      this.#waiting.push({ request, resolve, reject, deadlineMs });
      this.#postNext();
    });
  }

  notify(notice: ReaderNotice): void {
    this.#thread?.post(notice);
  }

  /** Answers earlier queries, then ends the thread. */
  async stop(): Promise<void> {
    if (this.#posted.length > 0) {
      await new Promise<void>((resolve) => this.#drained.push(resolve));
    }
    await this.#thread?.close();
    this.#thread = null;
  }

  #postNext(): void {
    while (this.#posted.length < POSTED) {
      const query = this.#waiting.shift();
      if (query === undefined) break;
      if (this.#options.clock.monotonicMs() > query.deadlineMs) {
        query.reject(tooSlow());
        continue;
      }
      this.start();
      this.#posted.push(query);
      this.#thread?.post(query.request);
    }
    if (this.#posted.length === 0) for (const resolve of this.#drained.splice(0)) resolve();
  }

  #onReply(reply: ReadReply): void {
    const query = this.#posted.shift();
    if ('rows' in reply) query?.resolve(reply.rows);
    else query?.reject(new PosthasteError(reply.code, reply.message));
    this.#postNext();
  }

  #onLost(reason: string): void {
    this.#thread = null;
    const lost = [...this.#posted.splice(0), ...this.#waiting.splice(0)];
    for (const { reject } of lost) {
      reject(
        new PosthasteError('storage_unavailable', `a reader thread ended unexpectedly: ${reason}`),
      );
    }
    this.#postNext();
  }
}

function tooSlow(): PosthasteError {
  return new PosthasteError(
    'query_too_slow',
    `the query waited more than ${WAIT_MS / 1000} s behind others`,
  );
}
