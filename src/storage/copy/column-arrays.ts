import { PosthasteError } from '../../domain/errors.ts';
import { int2Array, int4Array, int8Array, textArray } from '../postgres/binary-array.ts';
import type { Value } from './sqlite-source.ts';

/** The values of a column as a parameter of the type that PostgreSQL calls so. */
export function arrayOfType(type: string, values: readonly Value[]): Buffer {
  if (type === 'text') return textArray(values.map(textOf));
  const numbers = values as (number | null)[];
  switch (type) {
    case 'int8':
      return int8Array(numbers);
    case 'int4':
      return int4Array(numbers);
    case 'int2':
      return int2Array(numbers);
    default:
      throw new PosthasteError('internal', `a column of the type ${type} can not be copied`);
  }
}

/**
 * SQLite takes a NUL in a text, as a client may send it in a description, and PostgreSQL does not. A
 * substitute of the same length leaves the sums as they are.
 */
function textOf(value: Value): string | null {
  return typeof value === 'string' && value.includes('\0')
    ? value.replaceAll('\0', SUBSTITUTE)
    : (value as string | null);
}

const SUBSTITUTE = '\u001A';
