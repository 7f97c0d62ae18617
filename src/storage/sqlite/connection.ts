import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { PosthasteError } from '../../domain/errors.ts';
import { SQLITE_BUSY, sqliteCode } from './faults.ts';

// Somebody's `sqlite3 posthaste.db` may hold a lock for a moment.
const BUSY_TIMEOUT_MS = 2000;

// Larger pages and rarer checkpoints than SQLite's own choice save a third of the CPU of a batch.
const PAGE_BYTES = 8192;
const CHECKPOINT_PAGES = 2000;

export interface Connection {
  readonly db: DatabaseSync;
  /** Throws when the path no longer leads to the file that is open. */
  checkFile(): void;
}

/** Opens for writing. Without `create`, a missing file is an error. */
export function openForWriting(path: string, create: boolean): Connection {
  if (create) mkdirSync(dirname(path), { recursive: true });
  else fileIdentity(path);
  return connect(path, false, (db) => {
    db.exec(`pragma page_size = ${PAGE_BYTES}`);
    const mode = db.prepare('pragma journal_mode = wal').get()?.['journal_mode'];
    if (mode !== 'wal') {
      throw new PosthasteError(
        'storage_unavailable',
        `the file system of ${path} does not offer the shared memory that SQLite's WAL needs`,
      );
    }
    db.exec(`
      pragma synchronous = full;
      pragma cache_size = -16384;
      pragma temp_store = memory;
      pragma wal_autocheckpoint = ${CHECKPOINT_PAGES};
      pragma journal_size_limit = 67108864;
    `);
  });
}

export function openForReading(path: string): Connection {
  fileIdentity(path);
  return connect(path, true, (db) => db.exec('pragma cache_size = -8192; pragma query_only = on'));
}

/**
 * Takes the lock that keeps a second process away; it ends with this one, however it ends. It is on
 * a file of its own, because a lock on the database would also keep out this process's reader.
 */
export function lockDatabase(path: string): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true });
  const lock = new DatabaseSync(`${path}-lock`, { timeout: 0 });
  try {
    lock.exec('pragma locking_mode = exclusive; begin exclusive');
    return lock;
  } catch (error) {
    lock.close();
    if (sqliteCode(error) !== SQLITE_BUSY) throw error;
    throw new PosthasteError('storage_locked', `another process has the database ${path} open`);
  }
}

function connect(path: string, readOnly: boolean, settle: (db: DatabaseSync) => void): Connection {
  const db = new DatabaseSync(path, { readOnly, timeout: BUSY_TIMEOUT_MS });
  try {
    settle(db);
    const opened = fileIdentity(path);
    return {
      db,
      checkFile() {
        if (fileIdentity(path) === opened) return;
        throw new PosthasteError('storage_unavailable', `the file ${path} was replaced`);
      },
    };
  } catch (error) {
    db.close();
    throw error;
  }
}

function fileIdentity(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) {
    throw new PosthasteError('storage_unavailable', `the file ${path} does not exist`);
  }
  return `${stat.dev}:${stat.ino}`;
}
