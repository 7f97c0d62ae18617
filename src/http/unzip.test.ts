import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { createUnzip } from './unzip.ts';

it('unzips a file once for simultaneous callers, and keeps files that fit its bound', async () => {
  const unzip = createUnzip();
  const zipped = gzipSync('text');
  const [first, second] = await Promise.all([unzip('a', zipped), unzip('a', zipped)]);
  expect(String(first)).toBe('text');
  expect(second).toBe(first);
  expect(await unzip('a', zipped)).toBe(first);

  const large = gzipSync(Buffer.alloc(5 * 1024 * 1024));
  const before = await unzip('large', large);
  // `toBe` would compare each byte to make its message.
  expect((await unzip('large', large)) === before).toBe(false);
  await expect(unzip('b', Buffer.from('not zipped'))).rejects.toThrow('incorrect header');
  expect(String(await unzip('b', zipped))).toBe('text');
});

it('returns each of several files that do not fit together', async () => {
  const unzip = createUnzip();
  const texts = Array.from({ length: 8 }, (_, nth) => Buffer.alloc(1024 * 1024, nth));
  const found = texts.map((text, nth) => unzip(String(nth), gzipSync(text)));
  for (const [nth, plain] of (await Promise.all(found)).entries()) {
    expect([plain.length, plain[0]]).toEqual([1024 * 1024, nth]);
  }
});
