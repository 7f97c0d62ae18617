import { invalid } from '../../../domain/errors.ts';
import { fieldError } from '../../validation.ts';

export type Json = Readonly<Record<string, unknown>>;

/** The target of a reference such as `#/components/schemas/Pet`. Throws `validation`. */
export function targetOf(document: Json, reference: string, place: readonly string[]): unknown {
  let value: unknown = document;
  const path = reference.startsWith('#/') ? reference.slice(2).split('/') : null;
  for (const part of path ?? []) {
    const name = unescaped(part);
    const isThere = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
    value = isThere ? (value as Json)[name] : undefined;
  }
  if (path === null || value === undefined) {
    const msg = `has a $ref to a place that does not exist: ${reference.slice(0, 200)}`;
    throw invalid([fieldError(msg, 'body', ...place)]);
  }
  return value;
}

function unescaped(part: string): string {
  try {
    return decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return part;
  }
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
