import { PosthasteError } from '../../../domain/errors.ts';
import type { Failure } from '../wire/batch.ts';

/** Converts any error of this folder to a failure that can be sent between threads. */
export function failureOf(error: unknown, path: string): Failure {
  if (error instanceof PosthasteError) return { code: error.code, message: error.message };
  if (!isStorageFault(error)) {
    return { code: 'internal', message: `the SQLite backend failed: ${stackOf(error)}` };
  }
  return {
    code: 'storage_unavailable',
    message: `the database ${path} is not available: ${messageOf(error)}`,
  };
}

/** The failure of a call whose own values are the reason. */
export function rejectionOf(error: unknown): Failure {
  const reason = sqliteCode(error) === null ? stackOf(error) : messageOf(error);
  return { code: 'storage_rejected', message: `the database rejected a value: ${reason}` };
}

/**
 * Whether the database, its file or its disk failed, so that the same call may succeed later. False: the call
 * itself is wrong and would fail again.
 */
export function isStorageFault(error: unknown): boolean {
  if (error instanceof PosthasteError || isFileError(error)) return true;
  const code = sqliteCode(error);
  return code !== null && !REJECTIONS.has(code);
}

/** Whether a primary key or unique column would have had the same value twice. */
export function isUniqueViolation(error: unknown): boolean {
  const code = extendedCode(error);
  return code === SQLITE_CONSTRAINT_UNIQUE || code === SQLITE_CONSTRAINT_PRIMARYKEY;
}

/** SQLite's primary result code; null when the error is not SQLite's. */
export function sqliteCode(error: unknown): number | null {
  const code = extendedCode(error);
  return code === null ? null : code & 0xff;
}

function extendedCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error)) return null;
  return typeof error.errcode === 'number' ? error.errcode : null;
}

export const SQLITE_BUSY = 5;
const SQLITE_TOOBIG = 18;
const SQLITE_CONSTRAINT = 19;
const SQLITE_MISMATCH = 20;
const SQLITE_RANGE = 25;
const SQLITE_CONSTRAINT_PRIMARYKEY = 1555;
const SQLITE_CONSTRAINT_UNIQUE = 2067;

/** Result codes that blame a value of the statement. */
const REJECTIONS = new Set([SQLITE_TOOBIG, SQLITE_CONSTRAINT, SQLITE_MISMATCH, SQLITE_RANGE]);

function isFileError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
