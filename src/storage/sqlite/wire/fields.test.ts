import { expect, it } from 'vitest';
import { callStarts, writeCall } from './batch.ts';
import { Fields, flag, jsonOrNull, oneOf } from './fields.ts';
import { ValueReader } from './values.ts';
import type { Value } from './values.ts';

interface Thing {
  readonly name: string;
  readonly isNew: boolean;
  readonly colour: 'red' | 'green';
  readonly tagList: readonly string[] | null;
  readonly size: number | null;
}

const THING = new Fields<Thing>({
  name: null,
  isNew: flag,
  colour: oneOf('red', 'green'),
  tagList: jsonOrNull(),
  size: null,
});

const things: Thing[] = [
  { name: 'a', isNew: true, colour: 'green', tagList: ['x', 'y'], size: 1 },
  { size: null, tagList: null, colour: 'red', isNew: false, name: 'b' },
];

it('encodes objects as values in the order of the fields, and decodes them', () => {
  const values: Value[] = [];
  THING.encodeList(values, things);
  expect(values).toEqual([2, 'a', 1, 1, '["x","y"]', 1, 'b', 0, 0, null, null]);
  expect(THING.decodeList(new ValueReader(values))).toEqual(things);
});

it('knows the columns of a table, and the place of each value', () => {
  expect(THING.columns).toBe('name, is_new, colour, tag_list, size');
  expect(THING.placeholders).toBe('?, ?, ?, ?, ?');
  expect(THING.at.tagList).toBe(3);
});

it('finds the calls of a batch, and leaves out one that cannot be encoded', () => {
  const values: Value[] = [];
  writeCall(values, (out) => out.push(7, 'a', 'b'));
  const fail = () =>
    writeCall(values, (out) => {
      out.push(8);
      throw new Error('half');
    });
  expect(fail).toThrow('half');
  writeCall(values, (out) => out.push(9));
  expect(values).toEqual([3, 7, 'a', 'b', 1, 9]);
  expect(callStarts(values)).toEqual([0, 4, 6]);
});
