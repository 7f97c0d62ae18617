import { PosthasteError } from '../../domain/errors.ts';
import type { Failure } from './protocol.ts';

/** Any error of this room as a failure that can travel between threads. */
export function failureOf(error: unknown, path: string): Failure {
  if (error instanceof PosthasteError) return { code: error.code, message: error.message };
  const reason = error instanceof Error ? error.message : String(error);
  if (sqliteCode(error) === null && !isFileError(error)) {
    return { code: 'internal', message: `the SQLite backend failed: ${stackOf(error)}` };
  }
  return {
    code: 'storage_unavailable',
    message: `the database ${path} is not available: ${reason}`,
  };
}

/** SQLite's primary result code; null when the error is not SQLite's. */
export function sqliteCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error)) return null;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : null;
}

export const SQLITE_ERROR = 1;
export const SQLITE_BUSY = 5;
export const SQLITE_CONSTRAINT = 19;

function isFileError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
