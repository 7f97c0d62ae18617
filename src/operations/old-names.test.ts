import { expect, it } from 'vitest';
import { byTodaysNames } from './old-names.ts';

it.each([
  [{}, {}],
  [{ filterTypes: ['a'] }, { eventTypes: ['a'] }],
  [{ eventTypes: ['a'], filterTypes: ['a'] }, { eventTypes: ['a'] }],
  [{ eventTypes: null, filterTypes: ['a'] }, { eventTypes: ['a'] }],
  [{ eventTypes: ['a'], filterTypes: null }, { eventTypes: ['a'] }],
  [{ filterTypes: null }, { eventTypes: null }],
  [{ rateLimit: 3 }, { throttleRate: 3 }],
  [{ rateLimit: null }, { throttleRate: null }],
  [{ rateLimit: 3, throttleRate: 3 }, { throttleRate: 3 }],
])('%j means %j', (input, renamed) => {
  expect(byTodaysNames(input)).toEqual(renamed);
});

it('refuses an old name whose value differs from that of the present name', () => {
  const input = { eventTypes: ['a'], filterTypes: ['b'], throttleRate: 1, rateLimit: 2 };
  expect(() => byTodaysNames(input)).toThrow(
    expect.objectContaining({
      code: 'validation',
      fieldErrors: [
        expect.objectContaining({ loc: ['body', 'filterTypes'] }),
        expect.objectContaining({ loc: ['body', 'rateLimit'] }),
      ],
    }),
  );
});
