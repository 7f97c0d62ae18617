import { expect, it } from 'vitest';
import { schemaErrors } from './json-schema.ts';

const DRAFT_2020 = { $schema: 'https://json-schema.org/draft/2020-12/schema' };

it.each<[schema: object]>([
  [{}],
  [{ type: 'object', properties: { a: { type: ['string', 'null'] } }, required: ['a'] }],
  [{ $schema: 'http://json-schema.org/draft-07/schema#', enum: [1, 1] }],
  [{ $schema: 'http://json-schema.org/draft-07/schema', $ref: '#/definitions/none' }],
  [{ ...DRAFT_2020, prefixItems: [{ type: 'string' }], $defs: { a: true } }],
  [{ 'x-of-ours': 15, format: 'no such format', pattern: '(' }],
])('takes %j', async (schema) => {
  expect(await schemaErrors({ 1: schema })).toEqual([]);
});

it.each<[schema: object, loc: string[], msg: string]>([
  [{ readOnly: 15 }, ['readOnly'], 'must be boolean'],
  [{ ...DRAFT_2020, readOnly: 15 }, ['readOnly'], 'must be boolean'],
  [{ type: 'strin' }, ['type'], 'one of the allowed values'],
  [{ properties: { 'a/b~c': { minLength: -1 } } }, ['properties', 'a/b~c', 'minLength'], '>= 0'],
  [{ required: ['a', 'a'] }, ['required'], 'duplicate items'],
  [{ ...DRAFT_2020, prefixItems: {} }, ['prefixItems'], 'must be array'],
  [{ $schema: 'http://json-schema.org/draft-04/schema#' }, ['$schema'], 'draft-07/schema# or'],
  [{ $schema: 7 }, ['$schema'], 'draft-07/schema# or'],
])('refuses %j', async (schema, loc, msg) => {
  expect(await schemaErrors({ 1: {}, 2: schema })).toEqual([
    {
      loc: ['body', 'schemas', '2', ...loc],
      msg: expect.stringContaining(msg),
      type: 'value_error',
    },
  ]);
});

it.each(['enum', 'type', 'required', 'items', 'anyOf', 'examples'])(
  'is checked in time proportional to its size: %s',
  async (keyword) => {
    await schemaErrors({ 1: {} });
    const values = Array.from({ length: 60_000 }, (_, index) => ({ a: index }));
    for (const more of [{}, DRAFT_2020]) {
      const before = process.cpuUsage();
      await schemaErrors({ 1: { ...more, [keyword]: values } });
      const { user, system } = process.cpuUsage(before);
      expect((user + system) / 1_000).toBeLessThan(2_000);
    }
  },
);
