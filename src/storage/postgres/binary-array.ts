import { PosthasteError } from '../../domain/errors.ts';

/**
 * Arrays in PostgreSQL's binary format. As text, escaping here and parsing in the server would cost more
 * than the insert. The driver sends a Buffer as a binary parameter.
 *
 * A value of the wrong kind throws `storage_rejected`: it would fail the whole batch at the server.
 */
export function textArray(values: readonly (string | null)[]): Buffer {
  let bytes = HEADER_BYTES + 4 * values.length;
  for (const value of values) bytes += value === null ? 0 : Buffer.byteLength(value);
  const out = arrayOf(TEXT, values.length, bytes);
  let at = HEADER_BYTES;
  for (const value of values) {
    const length = value === null ? NULL : out.write(value, at + 4, 'utf8');
    at = out.writeInt32BE(length, at) + Math.max(length, 0);
  }
  return out;
}

export function int8Array(values: readonly (number | null)[]): Buffer {
  return integers(INT8, 8, values, (out, value, at) => {
    // Write two 32-bit halves: a BigInt for each value would cost more than the rest of this function.
    out.writeInt32BE(Math.floor(value / 2 ** 32), at);
    out.writeUInt32BE(value >>> 0, at + 4);
  });
}

export function int4Array(values: readonly (number | null)[]): Buffer {
  return integers(INT4, 4, values, (out, value, at) => void out.writeInt32BE(value, at));
}

export function int2Array(values: readonly (number | null)[]): Buffer {
  return integers(INT2, 2, values, (out, value, at) => void out.writeInt16BE(value, at));
}

function integers(
  type: number,
  size: number,
  values: readonly (number | null)[],
  write: (out: Buffer, value: number, at: number) => void,
): Buffer {
  const out = arrayOf(type, values.length, HEADER_BYTES + (4 + size) * values.length);
  let at = HEADER_BYTES;
  for (const value of values) {
    at = out.writeInt32BE(value === null ? NULL : size, at);
    if (value === null) continue;
    write(out, value, at);
    at += size;
  }
  return out.subarray(0, at);
}

function arrayOf(type: number, count: number, bytes: number): Buffer {
  const out = Buffer.allocUnsafe(Math.max(bytes, HEADER_BYTES));
  const dimensions = count === 0 ? 0 : 1;
  out.writeInt32BE(dimensions, 0);
  // The flag "has nulls" is always 1: the server checks for itself.
  out.writeInt32BE(1, 4);
  out.writeInt32BE(type, 8);
  if (count === 0) return out.subarray(0, EMPTY_BYTES);
  out.writeInt32BE(count, 12);
  out.writeInt32BE(1, 16);
  return out;
}

/** Throws `storage_rejected` unless the value is text that PostgreSQL can hold. */
export function checkText(column: string, value: unknown): void {
  if (typeof value !== 'string') throw rejected(column, `expected text, got ${typeof value}`);
  if (value.includes('\0')) throw rejected(column, 'PostgreSQL cannot store NUL in text');
}

export function checkTextOrNull(column: string, value: unknown): void {
  if (value !== null) checkText(column, value);
}

export function checkInteger(column: string, value: unknown): void {
  if (!Number.isSafeInteger(value)) throw rejected(column, 'expected a whole number');
}

export function checkIntegerOrNull(column: string, value: unknown): void {
  if (value !== null) checkInteger(column, value);
}

function rejected(column: string, reason: string): PosthasteError {
  return new PosthasteError(
    'storage_rejected',
    `the database rejected a value (${column}): ${reason}`,
  );
}

const HEADER_BYTES = 20;
const EMPTY_BYTES = 12;
const NULL = -1;
const TEXT = 25;
const INT2 = 21;
const INT4 = 23;
const INT8 = 20;
