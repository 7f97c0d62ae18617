/* oxlint-disable unicorn/require-post-message-target-origin -- threads have no origin */
import { parentPort, workerData } from 'node:worker_threads';
import type { DatabaseSync } from 'node:sqlite';
import { callStarts } from '../wire/batch.ts';
import type { BatchPart, BatchReply, Failure, WriterOpened, WriterSetup } from '../wire/batch.ts';
import type { Value } from '../wire/values.ts';
import { lockDatabase } from './connection.ts';
import { failureOf, rejectionOf } from './sqlite-errors.ts';
import { CallError, openSession } from './writer-session.ts';
import type { SessionSetup, WriterSession } from './writer-session.ts';

// A disk that is full stays full for a while; trying for every batch would only burn the CPU.
const REOPEN_EVERY_MS = 200;

/** The thread that owns the one writing connection. `null` from the main thread: close and end. */
function runWriter(): void {
  const port = parentPort;
  if (port === null) throw new Error('writer.ts runs as a worker thread');
  const writer = new Writer(workerData as WriterSetup);
  const opened = writer.open();
  port.postMessage(opened);
  port.on('message', (values: readonly Value[] | null) => {
    if (values !== null) return port.postMessage(writer.run(values));
    writer.close();
    port.close();
  });
}

class Writer {
  #setup: SessionSetup;
  #lock: DatabaseSync | null = null;
  #session: WriterSession | null = null;
  #failure: Failure | null = null;
  #retryAt = 0;

  constructor(setup: WriterSetup) {
    this.#setup = { ...setup, before: null };
  }

  open(): WriterOpened {
    try {
      this.#lock ??= lockDatabase(this.#setup.path, this.#setup.owner === null);
      this.#session = openSession(this.#setup);
      const { owner, files } = this.#session;
      this.#setup = { ...this.#setup, owner, before: files };
      return { owner };
    } catch (error) {
      return this.#failed(error);
    }
  }

  run(values: readonly Value[]): BatchReply {
    const answer = this.#commit(values);
    return answer instanceof CallError ? this.#commitApart(values, answer) : answer;
  }

  #commit(values: readonly Value[]): readonly Value[] | Failure | CallError {
    const session = this.#session ?? this.#reopen();
    if ('code' in session) return session;
    try {
      return session.commitBatch(values);
    } catch (error) {
      if (!(error instanceof CallError)) return this.#failed(error);
      this.#closeSession();
      return error;
    }
  }

  /**
   * A call failed by itself. The others of its batch must not fail with it, or a caller that tries
   * again would take innocent neighbours along for ever: what stands before the call is committed
   * alone, then what stands behind it.
   */
  #commitApart(values: readonly Value[], first: CallError): BatchReply {
    const starts = callStarts(values);
    const end = starts.length - 1;
    const parts: BatchPart[] = [];
    let from = 0;
    let to = starts.indexOf(first.callAt);
    let error: CallError | null = to === 0 ? first : null;
    while (from < end) {
      if (error !== null) {
        parts.push({ count: 1, answer: rejectionOf(error.cause) });
        from++;
        to = end;
        error = null;
        continue;
      }
      const start = starts[from] ?? 0;
      const answer = this.#commit(values.slice(start, starts[to]));
      if (answer instanceof CallError) {
        to = starts.indexOf(start + answer.callAt);
        if (to === from) error = answer;
      } else {
        parts.push({ count: to - from, answer });
        from = to;
        to = end;
      }
    }
    return { parts };
  }

  close(): void {
    this.#closeSession();
    this.#lock?.close();
    this.#lock = null;
  }

  #reopen(): WriterSession | Failure {
    if (this.#failure !== null && performance.now() < this.#retryAt) return this.#failure;
    const opened = this.open();
    return 'code' in opened ? opened : (this.#session ?? NOT_OPEN);
  }

  // What the session remembers of the failed batch is wrong now; the next session reads it anew.
  #failed(error: unknown): Failure {
    this.#closeSession();
    this.#retryAt = performance.now() + REOPEN_EVERY_MS;
    this.#failure = failureOf(error, this.#setup.path);
    return this.#failure;
  }

  #closeSession(): void {
    const session = this.#session;
    this.#session = null;
    try {
      session?.close();
    } catch {
      // Closing rolls back; on a broken disk even that may fail, and there is nothing more to do.
    }
  }
}

const NOT_OPEN: Failure = { code: 'storage_unavailable', message: 'the database is not open' };

runWriter();
