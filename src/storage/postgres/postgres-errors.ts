import { PosthasteError } from '../../domain/errors.ts';
import type { ErrorCode } from '../../domain/errors.ts';

/** Converts any error of the driver or the server to a `PosthasteError`. */
export function failureOf(error: unknown): PosthasteError {
  if (error instanceof PosthasteError) return error;
  const code = codeOf(error);
  return new PosthasteError(
    code,
    `${SENTENCES[code] ?? 'the PostgreSQL backend failed'}: ${messageOf(error)}`,
    {
      cause: error,
    },
  );
}

/** Whether the outcome of the statement is unknown, and the connection can't be used again. */
export function isConnectionFault(error: unknown): boolean {
  const state = sqlState(error);
  if (state === null) return error instanceof Error && !(error instanceof PosthasteError);
  return /^(08|57P)/.test(state) || ENDED_SESSIONS.has(state);
}

/** The server has ended the session because it was idle within a transaction, or its transaction took too long. */
const ENDED_SESSIONS = new Set(['25P03', '25P04']);

/**
 * Whether the statement had no effect, and a retry may succeed at once: a deadlock, a serialization failure or a
 * failover ended the transaction, or the server had ended the session because it was idle.
 */
export function isTransient(error: unknown): boolean {
  const state = sqlState(error);
  return state === '40001' || state === '40P01' || state === '57P05';
}

/** Whether a newer version has added a column since the connection prepared the statement. */
export function isOutdatedPlan(error: unknown): boolean {
  return sqlState(error) === '0A000';
}

/** Whether a primary key or unique column would have had the same value twice. */
export function isUniqueViolation(error: unknown): boolean {
  return sqlState(error) === '23505';
}

/** Whether the statement timed out, or its wait for a lock or a connection did. */
export function isTimeout(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== null) return state === '57014' || state === '55P03';
  return /read timeout|timeout exceeded/.test(messageOf(causeOf(error)));
}

/** Whether the server did not even report the time-out of the statement: the server or the network hangs. */
export function isUnanswered(error: unknown): boolean {
  return messageOf(causeOf(error)).includes('read timeout');
}

/**
 * Whether the server refuses this process, so that waiting at a start does not help: a wrong password or role,
 * a missing database or grant, a pooler without transactions, a server without TLS, or a certificate that is
 * not trusted, not readable or not usable, on either side.
 */
export function isRefusal(error: unknown): boolean {
  if (/^(28|3D|42501)/.test(sqlState(error) ?? '')) return true;
  const { syscall, code } = causeOf(error) as { syscall?: unknown; code?: unknown };
  if ((syscall === 'open' || syscall === 'read') && FILE_ERRORS.has(String(code))) return true;
  // The second text comes from a pooler in statement mode.
  if (/does not support SSL|pooling mode/.test(messageOf(causeOf(error)))) return true;
  return /CERT|SIGNATURE|SELF_SIGNED|ALTNAME|^ERR_OSSL_|_ALERT_(?!INTERNAL)/.test(String(code));
}

/** Errors of reading a file that the URL names. Not ECONNRESET, which is an error of reading a connection, too. */
const FILE_ERRORS = new Set([
  'ENOENT',
  'EACCES',
  'EPERM',
  'EISDIR',
  'ENOTDIR',
  'ELOOP',
  'ENAMETOOLONG',
]);

/** Turns a refusal at a start into a `configuration` error, because waiting does not mend it. */
export function refusalExplained(error: unknown): unknown {
  if (!isRefusal(error)) return error;
  const reason = messageOf(causeOf(error));
  return new PosthasteError('configuration', `the database refuses this process: ${reason}`, {
    cause: error,
  });
}

/** The SQLSTATE of the error (five characters); null when the error is not the server's. */
export function sqlState(error: unknown): string | null {
  const cause = causeOf(error);
  if (!(cause instanceof Error) || !('code' in cause) || !('severity' in cause)) return null;
  return typeof cause.code === 'string' ? cause.code : null;
}

function causeOf(error: unknown): unknown {
  return error instanceof PosthasteError && error.cause !== undefined ? error.cause : error;
}

/**
 * `storage_rejected` only for SQLSTATE classes that blame a value: 22 (the type does not take it), 23 (it breaks
 * a constraint) and 54 (it is too large). Every other error, even a missing table, can be mended by an operator:
 * `storage_unavailable`, so that the call is tried again and no work is given up.
 */
function codeOf(error: unknown): ErrorCode {
  const state = sqlState(error);
  if (state !== null) return /^(22|23|54)/.test(state) ? 'storage_rejected' : 'storage_unavailable';
  return isDefect(error) ? 'internal' : 'storage_unavailable';
}

/** Whether the error is a defect of this program: the driver and the network throw plain `Error`s. */
function isDefect(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError || !(error instanceof Error);
}

const SENTENCES: Partial<Record<ErrorCode, string>> = {
  storage_unavailable: 'the database is not available',
  storage_rejected: 'the database rejected a value',
};

function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
