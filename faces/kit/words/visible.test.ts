import { expect, test } from 'vitest';
import { visible } from './visible.ts';

test('what turns the direction of a text is seen, and all else stays', () => {
  expect(visible('abc\u202egnp.exe \u2066x\u2069')).toBe('abc\\u202egnp.exe \\u2066x\\u2069');
  for (const text of ['شركة', 'Zoë \u200f', '👩‍👩‍👧', '\\u202e']) expect(visible(text)).toBe(text);
});
