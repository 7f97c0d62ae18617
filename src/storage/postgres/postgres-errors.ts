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

/** Two rows with the same primary key or unique column. */
export function isUniqueViolation(error: unknown): boolean {
  return sqlState(error) === '23505';
}

/** The statement took longer than its session allows, or waited as long for a lock. */
export function isTimeout(error: unknown): boolean {
  const state = sqlState(error);
  return state === '57014' || state === '55P03' || messageOf(causeOf(error)).includes('timeout');
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

function codeOf(error: unknown): ErrorCode {
  const state = sqlState(error);
  if (state === null) return isDefect(error) ? 'internal' : 'storage_unavailable';
  if (UNAVAILABLE.some((prefix) => state.startsWith(prefix))) return 'storage_unavailable';
  if (REFUSED.some((prefix) => state.startsWith(prefix))) return 'configuration';
  // Class 22: a value that no type takes; 23: one that breaks a rule of its column; 54: too large.
  return /^(22|23|54)/.test(state) ? 'storage_rejected' : 'internal';
}

/** The driver tells of its own faults and of those of the network by plain errors. */
function isDefect(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError || !(error instanceof Error);
}

const SENTENCES: Partial<Record<ErrorCode, string>> = {
  storage_unavailable: 'the database is not available',
  storage_rejected: 'the database rejected a value',
  configuration: 'the database refused this process',
};

/**
 * Connection faults; out of connections, memory or disk; shut down, starting, cancelled; deadlock and
 * serialization; a lock not to be had; a server that only reads, as a standby does.
 */
const UNAVAILABLE = ['08', '53', '57', '58', '40', '55', '25', 'XX'];
/** A wrong password or role, a database that does not exist, a missing grant. */
const REFUSED = ['28', '3D', '42501'];

function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
