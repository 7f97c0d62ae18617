import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonItems, jsonMember } from './json-member.ts';

/** White space, keys and values of JSON, each with its exact source text. */
const spaces = fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\r'), maxLength: 3 });
const numbers = fc.constantFrom(
  '12345678901234567890',
  '1.0',
  '1e400',
  '-0',
  '0.10',
  '1E+2',
  '-1e-9',
);
const names = fc.constantFrom(
  'payload',
  'p',
  '',
  '__proto__',
  'pay"load',
  'pay\\u006coad',
  'é',
  '\n',
);
const nameTexts = fc.oneof(names, fc.string({ unit: 'binary', maxLength: 12 }));

/** The source of a JSON string, in which any UTF-16 unit may be escaped. */
const stringSources = nameTexts.chain((text) =>
  fc
    .array(fc.boolean(), { minLength: text.length, maxLength: text.length })
    .map((escaped) =>
      text
        .split('')
        .map((unit, i) =>
          escaped[i]
            ? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
            : JSON.stringify(unit).slice(1, -1),
        )
        .join(''),
    )
    .map((source) => `"${source}"`),
);

const { value: valueSources } = fc.letrec<{ value: string; array: string; object: string }>(
  (tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      numbers,
      fc.constantFrom('null', 'true', 'false', '{}', '[]'),
      stringSources,
      fc.json(),
      tie('array'),
      tie('object'),
    ),
    array: fc
      .array(fc.tuple(spaces, tie('value'), spaces), { maxLength: 4 })
      .map((items) => `[${items.map((item) => item.join('')).join(',')}]`),
    object: fc
      .array(
        fc.tuple(spaces, stringSources, spaces, fc.constant(':'), spaces, tie('value'), spaces),
        {
          maxLength: 4,
        },
      )
      .map((members) => `{${members.map((member) => member.join('')).join(',')}}`),
  }),
);

const members = fc.array(
  fc.record({
    key: stringSources,
    value: valueSources,
    spaces: fc.tuple(spaces, spaces, spaces, spaces),
  }),
  { maxLength: 8 },
);

describe('jsonMember', () => {
  test('returns the exact source of the last member with the name, in any JSON object', () => {
    fc.assert(
      fc.property(members, spaces, nameTexts, (given, around, otherName) => {
        const inner = given.map(({ key, value, spaces: [a, b, c, d] }) =>
          [a, key, b, ':', c, value, d].join(''),
        );
        const text = `${around}{${inner.join(',') || around}}${around}`;
        JSON.parse(text);
        const expected = new Map(given.map(({ key, value }) => [JSON.parse(key), value]));
        for (const name of [...expected.keys(), otherName]) {
          expect(jsonMember(text, name)).toBe(expected.get(name) ?? null);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('agrees with JSON.parse on any other JSON', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), valueSources), nameTexts, (text, name) => {
        const parsed: unknown = JSON.parse(text);
        const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
        const own = new Map(isObject ? Object.entries(parsed) : []);
        for (const key of [...own.keys(), name]) {
          const found = jsonMember(text, key);
          expect(found === null ? undefined : JSON.parse(found)).toEqual(own.get(key));
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test.each([
    ['{"payload":12345678901234567890}', '12345678901234567890'],
    ['{"payload" : 1.0 }', '1.0'],
    ['\r\n{\t"payload"\n:\n1e400\n}\n', '1e400'],
    [String.raw`{"pay\u006coad":"\u00e9\\\""}`, String.raw`"\u00e9\\\""`],
    ['{"payload":1,"payload":{"b":1,"a":2}}', '{"b":1,"a":2}'],
    ['{"a":{"payload":1},"b":["payload",{"payload":2}]}', null],
    [String.raw`{"a":"\",\"payload\":1","b":2}`, null],
    [String.raw`{"a":"\\","payload":{"x":"}\"]{"} ,"c":[]}`, String.raw`{"x":"}\"]{"}`],
    ['{"payload2":1,"Payload":2,"payloa":3}', null],
    ['{"payload":""}', '""'],
    ['{}', null],
    ['[{"payload":1}]', null],
    ['"payload"', null],
    ['null', null],
  ])('of %j', (text, expected) => {
    expect(() => JSON.parse(text)).not.toThrow();
    expect(jsonMember(text, 'payload')).toBe(expected);
  });

  test('a name with a backslash is not mistaken for an escape', () => {
    expect(jsonMember(String.raw`{"a\n":1}`, String.raw`a\n`)).toBeNull();
    expect(jsonMember(String.raw`{"a\\n":1}`, String.raw`a\n`)).toBe('1');
  });
});

test.each([
  ['[]', []],
  [' [ ] ', []],
  ['[1,-2.50e1 , "a,]\\"b" ,null]', ['1', '-2.50e1', '"a,]\\"b"', 'null']],
  ['[{"a":[1,{"b":"]"}]},[[]],{}]', ['{"a":[1,{"b":"]"}]}', '[[]]', '{}']],
  ['{"a":1}', null],
])('the items of %s', (text, items) => {
  JSON.parse(text);
  expect(jsonItems(text)).toEqual(items);
});
