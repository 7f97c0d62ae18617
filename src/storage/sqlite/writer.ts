/* oxlint-disable unicorn/require-post-message-target-origin -- threads have no origin */
import { parentPort, workerData } from 'node:worker_threads';
import type { DatabaseSync } from 'node:sqlite';
import { lockDatabase } from './connection.ts';
import { failureOf } from './faults.ts';
import type { BatchReply, Failure, Value, WriterOpened, WriterSetup } from './protocol.ts';
import { openSession } from './session.ts';
import type { Session, SessionSetup } from './session.ts';

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
  #session: Session | null = null;
  #failure: Failure | null = null;
  #retryAt = 0;

  constructor(setup: WriterSetup) {
    this.#setup = { ...setup, before: null };
  }

  open(): WriterOpened {
    try {
      this.#lock ??= lockDatabase(this.#setup.path);
      this.#session = openSession(this.#setup);
      const { owner, files } = this.#session;
      this.#setup = { ...this.#setup, owner, before: files };
      return { owner };
    } catch (error) {
      return this.#failed(error);
    }
  }

  run(values: readonly Value[]): BatchReply {
    if (this.#session === null && this.#failure !== null && performance.now() < this.#retryAt) {
      return this.#failure;
    }
    if (this.#session === null) this.open();
    if (this.#session === null) return this.#failure ?? NOT_OPEN;
    try {
      return this.#session.run(values);
    } catch (error) {
      return this.#failed(error);
    }
  }

  close(): void {
    this.#closeSession();
    this.#lock?.close();
    this.#lock = null;
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
