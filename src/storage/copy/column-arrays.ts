import { PosthasteError } from '../../domain/errors.ts';
import { int2Array, int4Array, int8Array, textArray } from '../postgres/binary-array.ts';
import type { Value } from './sqlite-source.ts';

/** The values of a column as an array parameter; `type` is PostgreSQL's name of the element type. */
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
      throw new PosthasteError('internal', `a column of type ${type} cannot be copied`);
  }
}

/**
 * SQLite stores NUL in text (a client may send one in a description); PostgreSQL does not. A substitute of
 * the same length keeps the sums of the verification equal.
 */
function textOf(value: Value): string | null {
  return typeof value === 'string' && value.includes('\0')
    ? value.replaceAll('\0', SUBSTITUTE)
    : (value as string | null);
}

const SUBSTITUTE = '\u001A';
