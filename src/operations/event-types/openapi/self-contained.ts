import { invalid } from '../../../domain/errors.ts';
import { fieldError } from '../../validation.ts';
import { type Json, isObject, targetOf } from './json-pointer.ts';

/** Of one schema with all that it refers to. */
const MOST_VALUES = 20_000;

/** What may still be copied of a document: one with many schemas that share much is a multiple of itself. */
export interface CopyBudget {
  values: number;
}

/**
 * A schema of a document, which stands for itself: what it refers to elsewhere in the document is copied into its
 * `$defs`. A schema with an `$id` refers to places of its own. Throws `validation`.
 */
export function selfContained(
  document: Json,
  schema: Json,
  place: readonly string[],
  budget: CopyBudget,
): Json {
  /** The name in `$defs` of each reference. */
  const names = new Map<string, string>();
  const definitions: Record<string, unknown> = {};
  const waiting: string[] = [];
  let count = 0;

  function copied(value: unknown): unknown {
    if (++count > MOST_VALUES) {
      const msg = `has a schema that is too large with all that it refers to: ${MOST_VALUES} values`;
      throw invalid([fieldError(msg, 'body', ...place)]);
    }
    if (--budget.values < 0) {
      const msg = 'has schemas that are too large together, each with all that it refers to';
      throw invalid([fieldError(msg, 'body', 'spec')]);
    }
    if (Array.isArray(value)) return value.map(copied);
    if (!isObject(value)) return value;
    if (typeof value['$id'] === 'string') return value;
    const entries = Object.entries(value).map(([key, member]) =>
      key === '$ref' && typeof member === 'string'
        ? [key, `#/$defs/${nameOf(member)}`]
        : [key, copied(member)],
    );
    return Object.fromEntries(entries) as Json;
  }

  function nameOf(reference: string): string {
    const known = names.get(reference);
    if (known !== undefined) return known;
    const wanted = (reference.split('/').at(-1) ?? '').replaceAll(/\W/g, '_') || 'schema';
    let name = wanted;
    for (let more = 2; taken.has(name); more++) name = `${wanted}_${more}`;
    taken.add(name);
    names.set(reference, name);
    waiting.push(reference);
    return name;
  }

  const own = isObject(schema['$defs']) ? schema['$defs'] : {};
  const taken = new Set(Object.keys(own));
  const root = copied(schema) as Json;
  for (let at = 0; at < waiting.length; at++) {
    const reference = waiting[at] ?? '';
    definitions[nameOf(reference)] = copied(targetOf(document, reference, place));
  }
  if (waiting.length === 0) return root;
  return { ...root, $defs: { ...(root['$defs'] as Json | undefined), ...definitions } };
}
