import { z } from 'zod';
import { type IdPrefix, isId } from '../domain/ids.ts';
import { invalid } from '../domain/errors.ts';
import type { Page, PageRequest } from '../storage/storage.ts';
import type { InputOf } from './field-types.ts';
import { isName } from './fields.ts';
import { fieldError } from './validation.ts';

/**
 * Options of a list also accept text (`"50"`, `"true"`, `"a,b"`), because they arrive as text over HTTP.
 */
export function numberOfText(value: unknown): unknown {
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
}

export const flag = z.preprocess<unknown, z.ZodType<boolean>, boolean>(
  (value: unknown) => (value === 'true' ? true : value === 'false' ? false : value),
  z.boolean(),
);

const pageSize = z.preprocess<unknown, z.ZodType<number>, number>(
  numberOfText,
  z.int().min(1).max(250),
);

export const listFields = {
  /** 1 to 250, default 50. */
  limit: pageSize.default(50),
  /** The `iterator` or `prevIterator` of an earlier page. */
  iterator: z.string().nullish(),
};
export const listOptions: z.ZodObject<typeof listFields, z.core.$strict> =
  z.strictObject(listFields);

export const orderedListFields = {
  ...listFields,
  order: z.enum(['ascending', 'descending']).nullish(),
};
export const orderedListOptions: z.ZodObject<typeof orderedListFields, z.core.$strict> =
  z.strictObject(orderedListFields);

/** Options of a list without content. `withContent` is accepted because clients send it to every list. */
export const contentlessListOptions = orderedListOptions.extend({ withContent: flag.optional() });

export interface ListOptions extends InputOf<typeof listFields> {}
export interface OrderedListOptions extends InputOf<typeof orderedListFields> {}

/** One page of a list. */
export interface ListOut<T> {
  data: T[];
  /** The iterator of the next page; null when this page is empty. */
  iterator: string | null;
  /** The iterator of the previous page; null when this page is empty. */
  prevIterator: string | null;
  /** Whether this is the last page in the direction of paging. */
  done: boolean;
}

interface CheckedListOptions {
  limit: number;
  iterator?: string | null | undefined;
  order?: PageRequest['order'] | null | undefined;
}

/** `cursor` is the kind of the list's order: by ids with this prefix, by name, or by the ids of a delivery. */
export function pageRequest(
  options: CheckedListOptions,
  cursor: IdPrefix | 'name' | 'delivery',
  defaultOrder: PageRequest['order'],
): PageRequest {
  const { limit, iterator } = options;
  const order = options.order ?? defaultOrder;
  if (iterator === null || iterator === undefined) return { limit, order };
  const backwards = iterator.startsWith('-');
  const at = backwards ? iterator.slice(1) : iterator;
  if (!isCursor(cursor, at)) {
    throw invalid([
      fieldError('must be the iterator or prevIterator of an earlier page', 'query', 'iterator'),
    ]);
  }
  return backwards ? { limit, order, before: at } : { limit, order, after: at };
}

function isCursor(cursor: IdPrefix | 'name' | 'delivery', at: string): boolean {
  if (cursor === 'name') return isName(at);
  if (cursor !== 'delivery') return isId(cursor, at);
  const [message = '', endpoint = '', ...rest] = at.split('.');
  return isId('msg', message) && isId('ep', endpoint) && rest.length === 0;
}

export function toListOut<T, U>(
  page: Page<T>,
  cursorOf: (row: T) => string,
  toOut: (row: T) => U,
): ListOut<U> {
  const first = page.data[0];
  const last = page.data.at(-1);
  // A page that was cut continues where the reading stopped, which is beyond its last row.
  const after = page.cutAt?.after ?? (last === undefined ? null : cursorOf(last));
  const before = page.cutAt?.before ?? (first === undefined ? null : cursorOf(first));
  return {
    data: page.data.map(toOut),
    iterator: after,
    prevIterator: before === null ? null : `-${before}`,
    done: page.done,
  };
}
