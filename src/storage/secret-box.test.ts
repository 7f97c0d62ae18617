import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSecretBox } from './secret-box.ts';
import { generateSecret } from '../domain/signatures.ts';

const newKey = () => randomBytes(32);
const CONFIGURATION = expect.objectContaining({ code: 'configuration' });

describe('with a key', () => {
  test('opens what it sealed, and the sealed text shows nothing', () => {
    const box = createSecretBox(newKey());
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(box.open(box.seal(text))).toBe(text);
      }),
    );
    const secret = generateSecret();
    const sealed = box.seal(secret);
    expect(sealed).toMatch(/^sealed:v1:[A-Za-z0-9+/=]+$/);
    expect(sealed).not.toContain(secret.slice(6));
    expect(box.seal(secret)).not.toBe(sealed);
  });

  test('opens text that was stored without a key', () => {
    const secret = generateSecret();
    expect(createSecretBox(newKey()).open(secret)).toBe(secret);
  });

  test('refuses text that another key sealed', () => {
    const sealed = createSecretBox(newKey()).seal('whsec_x');
    expect(() => createSecretBox(newKey()).open(sealed)).toThrow(CONFIGURATION);
  });

  test('refuses text that was altered or cut anywhere', () => {
    const box = createSecretBox(newKey());
    const sealed = box.seal('whsec_x');
    const bytes = Buffer.from(sealed.slice('sealed:v1:'.length), 'base64');
    for (let i = 0; i < bytes.length; i++) {
      const altered = Buffer.from(bytes);
      altered[i] = (altered[i] ?? 0) ^ 1;
      for (const text of [altered, bytes.subarray(0, i)].map((b) => b.toString('base64'))) {
        expect(() => box.open(`sealed:v1:${text}`)).toThrow(CONFIGURATION);
      }
    }
  });
});

describe('without a key', () => {
  test('does not change text', () => {
    const box = createSecretBox(null);
    expect(box.seal('whsec_x')).toBe('whsec_x');
    expect(box.open('whsec_x')).toBe('whsec_x');
  });

  test('says that a sealed text needs the key', () => {
    const sealed = createSecretBox(newKey()).seal('whsec_x');
    expect(() => createSecretBox(null).open(sealed)).toThrow(CONFIGURATION);
  });
});

test.each([0, 31, 33])('a key of %i bytes is refused', (length) => {
  expect(() => createSecretBox(randomBytes(length))).toThrow(CONFIGURATION);
});
