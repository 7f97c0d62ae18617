import { expect, it } from 'vitest';
import { z } from 'zod';
import { PosthasteError } from '../domain/errors.ts';
import { check } from './validation.ts';

const schema = z.object({
  name: z.string().min(2).max(3),
  kind: z.enum(['a', 'b']),
  count: z.int().min(1),
  on: z.boolean(),
  list: z.array(z.string()).max(1),
});
const good = { name: 'abc', kind: 'a', count: 1, on: true, list: [] };

it('returns the checked fields without unknown ones', () => {
  expect(check(schema, { ...good, more: 1 }, 'body')).toEqual(good);
});

it.each([
  [{ name: undefined }, 'name', 'is required: a string', 'value_error.missing'],
  [{ name: 1 }, 'name', 'must be a string, not 1', 'type_error'],
  [{ name: null }, 'name', 'must be a string, not null', 'type_error'],
  [{ name: 'a' }, 'name', 'must be at least 2 characters long', 'value_error'],
  [{ name: 'abcd' }, 'name', 'must be at most 3 characters long', 'value_error'],
  [{ kind: 'c' }, 'kind', 'must be "a" or "b"', 'value_error'],
  [{ count: 1.5 }, 'count', 'must be a whole number, not 1.5', 'type_error'],
  [{ count: 0 }, 'count', 'must be at least 1', 'value_error'],
  [{ on: 'yes' }, 'on', 'must be true or false, not a string', 'type_error'],
  [{ list: ['a', 'b'] }, 'list', 'must be at most 1 entry long', 'value_error'],
  [{ list: {} }, 'list', 'must be an array, not an object', 'type_error'],
])('explains what is wrong with %j', (change, field, msg, type) => {
  expect(fieldErrorsOf({ ...good, ...change })).toEqual([{ loc: ['body', field], msg, type }]);
});

it('finds every field error', () => {
  expect(fieldErrorsOf({}).map(({ loc }) => loc.join('.'))).toEqual(
    Object.keys(good).map((field) => `body.${field}`),
  );
});

it('begins each place with the given source', () => {
  expect(fieldErrorsOf([])).toEqual([
    { loc: ['body'], msg: 'must be an object, not an array', type: 'type_error' },
  ]);
});

function fieldErrorsOf(input: unknown) {
  try {
    check(schema, input, 'body');
  } catch (error) {
    if (error instanceof PosthasteError && error.code === 'validation') return error.fieldErrors;
    throw error;
  }
  throw new Error('accepted');
}
