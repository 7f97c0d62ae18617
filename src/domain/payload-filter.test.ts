import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type PayloadFilter, compilePayloadFilter } from './payload-filter.ts';
import { payloadFilterErrors } from './payload-filter-errors.ts';

const PAYLOAD: unknown = JSON.parse(
  '{"total": 100, "id": "inv_7", "paid": true, "note": null, "lines": [{"sku": "a/b"}], "a~b": {"": 1}, "__proto__": {"x": 1}}',
);

function matches(filter: PayloadFilter, payload = PAYLOAD): boolean {
  expect(payloadFilterErrors(filter)).toEqual([]);
  return compilePayloadFilter(filter)(payload) === null;
}

test.each<[PayloadFilter, boolean]>([
  [{ path: '/total', equal: 100 }, true],
  [{ path: '/total', equal: '100' }, false],
  [{ path: '/note', equal: null }, true],
  [{ path: '/none', equal: null }, false],
  [{ path: '/paid', equal: true }, true],
  [{ path: '/id', oneOf: ['x', 'inv_7'] }, true],
  [{ path: '/id', oneOf: ['x', 7] }, false],
  [{ path: '/note', exists: true }, true],
  [{ path: '/none', exists: true }, false],
  [{ path: '/none', exists: false }, true],
  [{ path: '/total', greaterThan: 100 }, false],
  [{ path: '/total', greaterThan: 99.5 }, true],
  [{ path: '/total', atLeast: 100 }, true],
  [{ path: '/total', lessThan: 100 }, false],
  [{ path: '/total', atMost: 100 }, true],
  [{ path: '/total', atLeast: '1' }, false],
  [{ path: '/id', greaterThan: 'inv_6' }, true],
  [{ path: '/none', lessThan: 1 }, false],
  [{ path: '/note', atLeast: 0 }, false],
  [{ path: '/id', prefix: 'inv_' }, true],
  [{ path: '/total', prefix: '1' }, false],
  [{ path: '', exists: true }, true],
  [{ path: '/lines/0/sku', equal: 'a/b' }, true],
  [{ path: '/lines/00/sku', exists: true }, false],
  [{ path: '/lines/length', exists: true }, false],
  [{ path: '/id/length', exists: true }, false],
  [{ path: '/a~0b/', equal: 1 }, true],
  [{ path: '/constructor', exists: true }, false],
  [{ path: '/__proto__/x', equal: 1 }, true],
  [
    {
      and: [
        { path: '/total', atLeast: 1 },
        { path: '/id', exists: true },
      ],
    },
    true,
  ],
  [
    {
      and: [
        { path: '/total', atLeast: 1 },
        { path: '/none', exists: true },
      ],
    },
    false,
  ],
  [
    {
      or: [
        { path: '/none', exists: true },
        { path: '/total', equal: 100 },
      ],
    },
    true,
  ],
  [{ or: [{ path: '/none', exists: true }] }, false],
  [{ not: { path: '/none', equal: 1 } }, true],
  [{ not: { or: [{ path: '/total', equal: 100 }] } }, false],
])('%j matches: %j', (filter, expected) => {
  expect(matches(filter)).toBe(expected);
});

test.each<[PayloadFilter, object]>([
  [
    {
      and: [
        { path: '/paid', equal: true },
        { path: '/total', atLeast: 500 },
      ],
    },
    { at: '/and/1', path: '/total', asks: '/total must be at least 500' },
  ],
  [{ not: { path: '/paid', equal: true } }, { at: '/not', path: null }],
  [{ or: [{ not: { path: '', exists: true } }] }, { at: '/or', path: null }],
])('the part that does not match is named: %j', (filter, unmatched) => {
  expect(compilePayloadFilter(filter)(PAYLOAD)).toMatchObject(unmatched);
});

const deep = (levels: number): unknown =>
  levels === 1 ? { path: '', exists: true } : { not: deep(levels - 1) };
const many = (count: number) => ({
  or: [0, 1].map(() => ({ and: Array.from({ length: count }, () => ({ path: '/a', equal: 1 })) })),
});

test.each<[unknown, (string | number)[], string]>([
  ['x', [], 'must be an object'],
  [null, [], 'must be an object'],
  [[], [], 'must be an object'],
  [{}, [], 'must be {"and"'],
  [{ path: '/a' }, [], 'with one of equal'],
  [{ path: '/a', eq: 1 }, [], 'with one of equal'],
  [{ path: '/a', equal: 1, atLeast: 1 }, [], 'with one of equal'],
  [{ equal: 1 }, ['path'], 'is required'],
  [{ path: 'a', equal: 1 }, ['path'], 'must be a JSON pointer'],
  [{ path: '/a~2', equal: 1 }, ['path'], 'must be a JSON pointer'],
  [{ path: `/${'a'.repeat(512)}`, equal: 1 }, ['path'], 'at most 512'],
  [{ path: '/a', equal: {} }, ['equal'], 'must be a text'],
  [{ path: '/a', equal: undefined }, ['equal'], 'must be a text'],
  [{ path: '/a', oneOf: [] }, ['oneOf'], '1 to 100 values'],
  [{ path: '/a', oneOf: [1, []] }, ['oneOf', 1], 'must be a text'],
  [{ path: '/a', exists: 1 }, ['exists'], 'true or false'],
  [{ path: '/a', atLeast: true }, ['atLeast'], 'a number or a text'],
  [{ path: '/a', atLeast: Number.NaN }, ['atLeast'], 'a number or a text'],
  [{ path: '/a', prefix: 'x'.repeat(1025) }, ['prefix'], 'at most 1024'],
  [{ and: [], path: '/a' }, ['path'], 'no meaning'],
  [{ and: [] }, ['and'], '1 to 100 filters'],
  [{ or: [{ path: '/a', equal: 1 }, 7] }, ['or', 1], 'must be an object'],
  [{ not: [] }, ['not'], 'must be an object'],
  [deep(9), Array(8).fill('not'), 'deeper than 8'],
  [many(49), [], 'at most 100 parts'],
])('refuses %.80j', (filter, path, message) => {
  expect(payloadFilterErrors(filter)).toEqual([
    { path, message: expect.stringContaining(message) as string },
  ]);
});

test('a filter at the bounds is accepted', () => {
  expect(payloadFilterErrors(deep(8))).toEqual([]);
  expect(payloadFilterErrors(many(48))).toEqual([]);
});

test('a filter has a bounded length', () => {
  const long = (count: number) => ({ path: '/a', oneOf: Array(count).fill('x'.repeat(1_000)) });
  expect(payloadFilterErrors(long(16))).toEqual([]);
  expect(payloadFilterErrors(long(17))).toMatchObject([{ path: [] }]);
});

test('any member of any payload is found by its pointer', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string(), (value, name) => {
      const path = `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      const payload: unknown = JSON.parse(JSON.stringify({ [name]: value }));
      expect(matches({ path, exists: true }, payload)).toBe(true);
      expect(matches({ path: `${path}/x`, exists: true }, [payload])).toBe(false);
    }),
  );
});

test('no input makes the check throw', () => {
  fc.assert(fc.property(fc.jsonValue(), (input) => void payloadFilterErrors(input)));
});
