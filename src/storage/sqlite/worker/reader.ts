/* oxlint-disable unicorn/require-post-message-target-origin -- threads have no origin */
import { parentPort, workerData } from 'node:worker_threads';
import type { StatementSync } from 'node:sqlite';
import type { ReaderNotice, ReadReply, ReadRequest } from '../wire/queries.ts';
import { openForReading } from './connection.ts';
import type { Connection } from './connection.ts';
import { preparedStatements } from './prepared-statements.ts';
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
  #open: OpenFile | null = null;
  /** The file that the writer has open; null: not known yet. */
  #file: string | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  read({ sql, parameters }: ReadRequest): ReadReply {
    try {
      const { connection, prepare } = (this.#open ??= openFile(this.#path, this.#file));
      this.#file = connection.files.main;
      connection.checkFile();
      return { rows: prepare(sql).all(...parameters) };
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
    const open = this.#open;
    this.#open = null;
    try {
      open?.connection.db.close();
    } catch {
      // Closing a broken file may fail, too; the next query opens it again.
    }
  }
}

interface OpenFile {
  readonly connection: Connection;
  readonly prepare: (sql: string) => StatementSync;
}

function openFile(path: string, expected: string | null): OpenFile {
  const connection = openForReading(path, expected);
  return { connection, prepare: preparedStatements(connection.db, PREPARED) };
}

runReader();
