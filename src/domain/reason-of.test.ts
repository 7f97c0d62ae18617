import { expect, test } from 'vitest';
import { reasonOf } from './reason-of.ts';

const refused = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });

test.each<[what: string, error: unknown, reason: string]>([
  ['an error', new Error('disk full', { cause: new Error('ENOSPC') }), 'disk full'],
  ['several addresses that refuse', refused, 'ECONNREFUSED'],
  [
    'the same behind the error of fetch',
    new TypeError('fetch failed', { cause: refused }),
    'ECONNREFUSED',
  ],
  ['an error without a message', new RangeError(), 'RangeError'],
  ['no error', 'away', 'away'],
])('the reason of %s', (_what, error, reason) => {
  expect(reasonOf(error)).toBe(reason);
});
