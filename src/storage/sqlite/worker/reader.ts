/* oxlint-disable unicorn/require-post-message-target-origin -- threads have no origin */
import { parentPort, workerData } from 'node:worker_threads';
import type { StatementSync } from 'node:sqlite';
import type { ReaderNotice, ReadReply, ReadRequest } from '../wire/queries.ts';
import { openForReading } from './connection.ts';
import type { Connection } from './connection.ts';
import { failureOf } from './sqlite-errors.ts';

// Many, because lists have optional filters and therefore queries of many shapes.
const PREPARED = 200;

/** The program of a reader thread, which owns a reading connection. `null` from the main thread: close and end. */
function runReader(): void {
  const port = parentPort;
  if (port === null) throw new Error('reader.ts runs as a worker thread');
  const reader = new Reader(String(workerData));
  port.on('message', (request: ReadRequest | ReaderNotice | null) => {
    if (request === 'closeFile') return reader.close();
    if (request === 'reopenFile') return reader.forgetFile();
    if (request !== null) return port.postMessage(reader.read(request));
    reader.close();
    port.close();
  });
}

class Reader {
  readonly #path: string;
  #connection: Connection | null = null;
  #file: string | null = null;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(path: string) {
    this.#path = path;
  }

  read({ sql, parameters }: ReadRequest): ReadReply {
    try {
      this.#connection ??= openForReading(this.#path, this.#file);
      this.#file = this.#connection.files.main;
      this.#connection.checkFile();
      return { rows: this.#prepare(this.#connection, sql).all(...parameters) };
    } catch (error) {
      this.close();
      return failureOf(error, this.#path);
    }
  }

  forgetFile(): void {
    this.close();
    this.#file = null;
  }

  close(): void {
    this.#prepared.clear();
    const connection = this.#connection;
    this.#connection = null;
    try {
      connection?.db.close();
    } catch {
      // Closing a broken file may fail, too; the next query opens it again.
    }
  }

  #prepare({ db }: Connection, sql: string): StatementSync {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    if (this.#prepared.size >= PREPARED) this.#prepared.clear();
    const statement = db.prepare(sql);
    this.#prepared.set(sql, statement);
    return statement;
  }
}

runReader();
