import { expect, test } from 'vitest';
import { GatheredBody } from './gathered-body.ts';

test('gathers chunks of any size, up to the limit', () => {
  const body = new GatheredBody(10);
  expect(body.whole().toString()).toBe('');
  for (const text of ['a', '', 'bc', 'defghi', 'j']) {
    expect(body.add(Buffer.from(text))).toBe(true);
  }
  expect(body.add(Buffer.from('k'))).toBe(false);
  expect(body.whole().toString()).toBe('abcdefghij');
});

test('a body in chunks of one byte takes at most twice the memory of its bytes', () => {
  const body = new GatheredBody(Infinity);
  const chunk = Buffer.from('x');
  for (let i = 0; i < 300_000; i++) body.add(chunk);
  const held = body.whole();
  expect(held).toHaveLength(300_000);
  expect(held.buffer.byteLength).toBeLessThanOrEqual(600_000);
});
