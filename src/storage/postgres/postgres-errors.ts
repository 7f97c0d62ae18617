import { PosthasteError } from '../../domain/errors.ts';
import type { ErrorCode } from '../../domain/errors.ts';

/** Any error of the driver or of the server as one that a caller may meet. */
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

/** Nobody knows what became of the statement, and the connection can't be used again. */
export function isConnectionFault(error: unknown): boolean {
  const state = sqlState(error);
  if (state === null) return error instanceof Error && !(error instanceof PosthasteError);
  return state.startsWith('08') || state.startsWith('57P');
}

/** The transaction was ended for the sake of another, or by a promotion: the same may succeed at once. */
export function isTransient(error: unknown): boolean {
  const state = sqlState(error);
  return state === '40001' || state === '40P01';
}

/** A column was added, by a newer version, since the connection prepared the statement. */
export function isOutdatedPlan(error: unknown): boolean {
  return sqlState(error) === '0A000';
}

/** Two rows with the same primary key or unique column. */
export function isUniqueViolation(error: unknown): boolean {
  return sqlState(error) === '23505';
}

/** The statement took longer than its session allows, or waited as long for a lock or a connection. */
export function isTimeout(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== null) return state === '57014' || state === '55P03';
  return /read timeout|timeout exceeded/.test(messageOf(causeOf(error)));
}

/** The server did not even end the statement when its time was over: it hangs, or the network does. */
export function isUnanswered(error: unknown): boolean {
  return messageOf(causeOf(error)).includes('read timeout');
}

/**
 * A wrong password or role, a database that does not exist, a missing grant, a pooler without
 * transactions, a server without TLS, a certificate that is not trusted, or that can't be read or used,
 * here or there: no fault at a start.
 */
export function isRefusal(error: unknown): boolean {
  if (/^(28|3D|42501)/.test(sqlState(error) ?? '')) return true;
  const { syscall, code } = causeOf(error) as { syscall?: unknown; code?: unknown };
  if ((syscall === 'open' || syscall === 'read') && FILE_ERRORS.has(String(code))) return true;
  // A pooler in statement mode tells so.
  if (/does not support SSL|pooling mode/.test(messageOf(causeOf(error)))) return true;
  return /CERT|SIGNATURE|SELF_SIGNED|ALTNAME|^ERR_OSSL_|_ALERT_(?!INTERNAL)/.test(String(code));
}

/** Of a file that the URL names. A connection is reset, too, while it is read. */
const FILE_ERRORS = new Set([
  'ENOENT',
  'EACCES',
  'EPERM',
  'EISDIR',
  'ENOTDIR',
  'ELOOP',
  'ENAMETOOLONG',
]);

/** At a start nobody mends a refusal by waiting: it is an error of the configuration then. */
export function refusalExplained(error: unknown): unknown {
  if (!isRefusal(error)) return error;
  const reason = messageOf(causeOf(error));
  return new PosthasteError('configuration', `the database refuses this process: ${reason}`, {
    cause: error,
  });
}

/** The server's five characters for what happened; null when the error is not the server's. */
export function sqlState(error: unknown): string | null {
  const cause = causeOf(error);
  if (!(cause instanceof Error) || !('code' in cause) || !('severity' in cause)) return null;
  return typeof cause.code === 'string' ? cause.code : null;
}

function causeOf(error: unknown): unknown {
  return error instanceof PosthasteError && error.cause !== undefined ? error.cause : error;
}

/**
 * What is due to a value is told by the server: class 22, a value that no type takes; 23, one that
 * breaks a rule of its column; 54, one that is too large. All else may be mended by somebody, even a
 * table that is missing, and nothing that was done may be given up for it.
 */
function codeOf(error: unknown): ErrorCode {
  const state = sqlState(error);
  if (state !== null) return /^(22|23|54)/.test(state) ? 'storage_rejected' : 'storage_unavailable';
  return isDefect(error) ? 'internal' : 'storage_unavailable';
}

/** The driver tells of its own faults and of those of the network by plain errors. */
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
