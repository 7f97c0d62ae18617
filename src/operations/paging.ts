import { z } from 'zod';
import { type IdPrefix, isId } from '../domain/ids.ts';
import { invalid } from '../domain/errors.ts';
import type { Page, PageRequest } from '../storage/storage.ts';
import { isName } from './fields.ts';
import type { ListOut } from './shapes.ts';
import { fault } from './validation.ts';

/**
 * Options of a list. They are lenient about text (`"50"`, `"true"`, `"a,b"`), since over HTTP they
 * arrive as text.
 */
export const wholeNumber = (min: number, max: number) =>
  z.preprocess(
    (value) => (typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value),
    z.int().min(min).max(max),
  );

export const flag = z.preprocess(
  (value) => (value === 'true' ? true : value === 'false' ? false : value),
  z.boolean(),
);

export const listOptions = z.object({
  limit: wholeNumber(1, 250).default(50),
  iterator: z.string().nullish(),
});

export const orderedListOptions = listOptions.extend({
  order: z.enum(['ascending', 'descending']).nullish(),
});

export interface CheckedListOptions {
  limit: number;
  iterator?: string | null | undefined;
  order?: PageRequest['order'] | null | undefined;
}

/** `cursor`: what the list is ordered by, an id with this prefix or a name. */
export function pageRequest(
  options: CheckedListOptions,
  cursor: IdPrefix | 'name',
  defaultOrder: PageRequest['order'],
): PageRequest {
  const { limit, iterator } = options;
  const order = options.order ?? defaultOrder;
  if (iterator === null || iterator === undefined) return { limit, order };
  const backwards = iterator.startsWith('-');
  const at = backwards ? iterator.slice(1) : iterator;
  if (cursor === 'name' ? !isName(at) : !isId(cursor, at)) {
    throw invalid([
      fault('must be the iterator or prevIterator of an earlier page', 'query', 'iterator'),
    ]);
  }
  return backwards ? { limit, order, before: at } : { limit, order, after: at };
}

export function listOut<T, U>(
  page: Page<T>,
  cursorOf: (row: T) => string,
  toOut: (row: T) => U,
): ListOut<U> {
  const first = page.data[0];
  const last = page.data.at(-1);
  return {
    data: page.data.map(toOut),
    iterator: last === undefined ? null : cursorOf(last),
    prevIterator: first === undefined ? null : `-${cursorOf(first)}`,
    done: page.done,
  };
}
