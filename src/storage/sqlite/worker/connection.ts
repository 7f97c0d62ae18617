import { renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createFolder } from '../../../create-folder.ts';
import { PosthasteError } from '../../../domain/errors.ts';
import { messageOf, SQLITE_BUSY, sqliteCode } from './sqlite-errors.ts';

// Somebody's `sqlite3 posthaste.db` may hold a lock for a moment.
const BUSY_TIMEOUT_MS = 2000;

// Larger pages and rarer checkpoints than SQLite's own choice save a third of the CPU of a batch.
const PAGE_BYTES = 8192;
const CHECKPOINT_PAGES = 2000;
const CHECKPOINT_TRIES = 5;

/** Identifies the open files, even after they were renamed. */
export interface OpenFiles {
  readonly main: string;
  readonly wal: string | null;
}

export interface Connection {
  readonly db: DatabaseSync;
  readonly files: OpenFiles;
  /**
   * Throws when the path no longer leads to the file that is open, and, of the writer's connection, to its log.
   * What was committed to a deleted log is brought into the database first.
   */
  checkFile(): void;
}

/**
 * Opens for writing; the file may be missing only with `create`. `before` identifies the files that were open
 * under this name earlier, if any.
 */
export function openForWriting(
  path: string,
  create: boolean,
  before: OpenFiles | null,
): Connection {
  if (!create && fileIdentity(path) !== before?.main) setAsideWal(path, before);
  const connection = connect(path, false, (db) => {
    // Takes effect only in a new file; without it the file could not shrink (`free-pages.ts`).
    db.exec(`pragma page_size = ${PAGE_BYTES}; pragma auto_vacuum = incremental`);
    const mode = db.prepare('pragma journal_mode = wal').get()?.['journal_mode'];
    if (mode !== 'wal') {
      throw new PosthasteError(
        'storage_unavailable',
        `the file system of ${path} does not offer the shared memory that SQLite's WAL needs`,
      );
    }
    db.exec(`
      pragma synchronous = full;
      pragma cache_size = -8192;
      pragma temp_store = memory;
      pragma wal_autocheckpoint = ${CHECKPOINT_PAGES};
      pragma journal_size_limit = 67108864;
    `);
  });
  return {
    ...connection,
    checkFile() {
      connection.checkFile();
      requireLog(path, connection);
    },
  };
}

/** `expected` is the file that the writer has open; null: whichever is there. */
export function openForReading(path: string, expected: string | null): Connection {
  requireFile(path, expected ?? fileIdentity(path));
  return connect(path, true, (db) => db.exec('pragma cache_size = -4096; pragma query_only = on'));
}

/**
 * Takes the lock that keeps a second process away. The lock ends with this process, even after a crash. It is
 * on a file of its own, because a lock on the database would also keep out this process's readers. With
 * `create`, the folder is created when it is missing. When there is no database and none can be created, the
 * error is `configuration`: unlike a full disk, that does not mend by itself.
 */
export function lockDatabase(path: string, create: boolean): DatabaseSync {
  let lock: DatabaseSync;
  if (create && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) {
    throw new PosthasteError(
      'configuration',
      `the database ${path} is a folder; name a file in it`,
    );
  }
  try {
    if (create) createFolder(dirname(path));
    lock = new DatabaseSync(`${path}-lock`, { timeout: 0 });
  } catch (error) {
    if (!create || identity(path) !== null) throw error;
    throw new PosthasteError(
      'configuration',
      `the database ${path} does not exist and cannot be created: ${messageOf(error)}`,
    );
  }
  try {
    lock.exec('begin exclusive');
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
    // The first read opens the log.
    db.exec('select count(*) from sqlite_schema');
    const files = { main: fileIdentity(path), wal: identity(`${path}-wal`) };
    return {
      db,
      files,
      checkFile: () => requireFile(path, files.main),
    };
  } catch (error) {
    db.close();
    throw error;
  }
}

function requireFile(path: string, expected: string): void {
  if (fileIdentity(path) === expected) return;
  throw new PosthasteError('storage_unavailable', `the file ${path} was replaced`);
}

/**
 * A log that was deleted is written to until it is closed, and then gone with all commits that are in no other
 * file.
 */
function requireLog(path: string, { db, files }: Connection): void {
  if (identity(`${path}-wal`) === files.wal) return;
  for (let left = CHECKPOINT_TRIES; left > 0; left--) {
    // A list that is being read makes it wait for the busy time-out, in vain if the list takes longer.
    if (db.prepare('pragma wal_checkpoint(truncate)').get()?.['busy'] === 0) break;
  }
  throw new PosthasteError('storage_unavailable', `the file ${path}-wal was deleted or replaced`);
}

/**
 * Renames the log of a replaced database file: SQLite would write its pages into the new file. The log is kept
 * for an operator who moved the old file and wants its last commits.
 */
function setAsideWal(path: string, before: OpenFiles | null): void {
  if (before === null || identity(`${path}-wal`) !== before.wal) return;
  renameSync(`${path}-wal`, `${path}-wal-replaced`);
  rmSync(`${path}-shm`, { force: true });
}

function fileIdentity(path: string): string {
  const file = identity(path);
  if (file !== null) return file;
  throw new PosthasteError('storage_unavailable', `the file ${path} does not exist`);
}

function identity(path: string): string | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? null : `${stat.dev}:${stat.ino}`;
}
