import { expect, test } from 'vitest';
import { isSecret } from './secret.ts';

const secretOf = (length: number) => `whsec_${Buffer.alloc(length, 7).toString('base64')}`;

test.each([24, 25, 26, 75])('a secret of %i bytes', (length) => {
  expect(isSecret(secretOf(length))).toBe(true);
});

test.each([
  secretOf(23),
  secretOf(76),
  'whsec_',
  secretOf(25).replace(/=+$/, ''),
  `whsec_${'A'.repeat(33)}`,
  `whsec_${'A'.repeat(40)}!`,
  `whsec_${'A'.repeat(40)}\n`,
  secretOf(24).replace('whsec_', 'whpub_'),
  7,
  undefined,
])('%j is no secret', (value) => {
  expect(isSecret(value)).toBe(false);
});
