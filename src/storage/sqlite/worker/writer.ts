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

// A full disk stays full for a while; opening again for every batch would only waste CPU.
const REOPEN_EVERY_MS = 200;

/** The program of the writer thread, which owns the one writing connection. `null` from the main thread: close and end. */
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
   * One call of the batch failed. The other calls must not fail with it; otherwise a caller that retries would
   * make innocent calls fail again and again. So the calls before it are committed, then the calls after it.
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

  // The session's state in memory includes the failed batch: close it; the next session reads the file again.
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
      // Closing rolls back; on a broken disk it may fail, too, and nothing more can be done.
    }
  }
}

const NOT_OPEN: Failure = { code: 'storage_unavailable', message: 'the database is not open' };

runWriter();
