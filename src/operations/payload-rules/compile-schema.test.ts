import { expect, it } from 'vitest';
import { loadCompiler } from './compile-schema.ts';

const DRAFT_2020 = { $schema: 'https://json-schema.org/draft/2020-12/schema' };

async function check(schema: object, payload: unknown) {
  const compiled = (await loadCompiler())(schema, JSON.stringify(schema).length);
  return compiled(payload, JSON.stringify(payload).length);
}

it.each<[schema: object, payload: unknown, path: string[], msg: string]>([
  [{ type: 'object' }, [], [], 'must be object'],
  [{ properties: { a: { type: 'number' } } }, { a: 'x' }, ['a'], 'must be number'],
  [{ required: ['a'] }, {}, ['a'], "must have required property 'a'"],
  [{ additionalProperties: false }, { b: 1 }, ['b'], 'additional'],
  [{ properties: { 'a/b~c': { const: 1 } } }, { 'a/b~c': 2 }, ['a/b~c'], 'equal to constant'],
  [{ items: { pattern: '^a' } }, ['a', 'b'], ['1'], 'must match pattern'],
  [{ ...DRAFT_2020, prefixItems: [{ type: 'string' }] }, [1], ['0'], 'must be string'],
  [{ ...DRAFT_2020, unevaluatedProperties: false }, { c: 1 }, ['c'], 'unevaluated'],
  [{ required: ['toString'] }, {}, ['toString'], 'required'],
  [{ properties: { a: { multipleOf: 0.01 } } }, { a: 1.005 }, ['a'], 'multiple of 0.01'],
  [{ multipleOf: 0.01 }, 0.010_001, [], 'multiple of 0.01'],
  [{ definitions: { a: { const: 1 } }, $ref: '#/definitions/a' }, 2, [], 'constant'],
])('%j finds where %j differs', async (schema, payload, path, msg) => {
  expect(await check(schema, payload)).toEqual({ path, msg: expect.stringContaining(msg) });
});

it.each<[schema: object, payload: unknown]>([
  [{ type: 'object', properties: { a: { pattern: '^a' } } }, { a: 'ab' }],
  [{ $id: 'https://example.com/x', type: 'string' }, 'a'],
  [{ $id: 'https://example.com/x', type: 'number' }, 1],
  [{ format: 'date', 'x-of-ours': 1 }, 'a'],
  [{ properties: { $async: { type: 'string' } } }, { $async: 'a' }],
  [{ properties: { constructor: { type: 'string' }, valueOf: false } }, {}],
  [{ ...DRAFT_2020, propertyNames: { const: 'a' }, unevaluatedProperties: true }, { a: 1 }],
  [{ items: { multipleOf: 0.01 } }, [19.99, 0.07, 4.35, 1_234_567.89, -0.29]],
])('%j takes %j', async (schema, payload) => {
  expect(await check(schema, payload)).toBeNull();
});

it.each<[schema: object, msg: string]>([
  [{ $ref: 'https://example.com/other.json' }, "can't resolve reference"],
  [{ $ref: '#/definitions/none' }, "can't resolve reference"],
  [{ pattern: '(' }, 'Invalid regular expression'],
  [{ $async: true, type: 'object' }, 'async schema'],
  [{ ...DRAFT_2020, $async: {}, type: 'object' }, 'async schema'],
  [{ properties: { a: { anyOf: [{ $async: true, type: 'number' }] } } }, 'async schema'],
  [{ $ref: '#/definitions/a', definitions: { a: { $async: 1, type: 'object' } } }, 'async schema'],
])('%j, which cannot be used, says so of every payload', async (schema, msg) => {
  expect(await check(schema, 'a')).toEqual({ path: [], msg: expect.stringContaining(msg) });
});

it.each<[name: string, schema: object, payload: unknown]>([
  ['a pattern', { pattern: '^(a+)+$' }, `${'a'.repeat(50)}!`],
  [
    'recursion',
    {
      anyOf: [
        { allOf: [{ properties: { a: { $ref: '#' } } }, { required: ['y'] }] },
        { allOf: [{ properties: { a: { $ref: '#' } } }, { required: ['z'] }] },
        { type: 'number' },
      ],
    },
    JSON.parse(`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`),
  ],
  [
    'uniqueItems',
    { uniqueItems: true },
    Array.from({ length: 20_000 }, (_, index) => ({ a: { b: index } })),
  ],
  [
    'size',
    { items: { not: { enum: Array.from({ length: 4_000 }, (_, b) => ({ a: { b } })) } } },
    Array.from({ length: 20_000 }, () => ({ a: { b: 'x' } })),
  ],
])('%s that takes long is ended', async (_name, schema, payload) => {
  const compiled = (await loadCompiler())(schema, JSON.stringify(schema).length);
  const before = process.cpuUsage();
  const difference = compiled(payload, JSON.stringify(payload).length);
  const { user } = process.cpuUsage(before);
  expect(difference?.msg).toContain('took longer than 50 ms');
  // Without a bound it would take minutes.
  expect(user / 1_000).toBeLessThan(1_000);
});

it('a payload that is too deep for the stack is reported as a difference', async () => {
  const deep = JSON.parse(`${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`) as unknown;
  const schema = { type: ['object', 'number'], properties: { a: { $ref: '#' } } };
  const compiled = (await loadCompiler())(schema, 100);
  expect(compiled(deep, 120_000)).toEqual({ path: [], msg: expect.any(String) });
});
