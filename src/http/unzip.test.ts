import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { createUnzip } from './unzip.ts';

it('unzips a file once for all who ask, and keeps what fits', async () => {
  const unzip = createUnzip();
  const zipped = gzipSync('text');
  const [first, second] = await Promise.all([unzip('a', zipped), unzip('a', zipped)]);
  expect(String(first)).toBe('text');
  expect(second).toBe(first);
  expect(await unzip('a', zipped)).toBe(first);

  const large = gzipSync(Buffer.alloc(5 * 1024 * 1024));
  const before = await unzip('large', large);
  // Not `toBe`, which compares each byte for its message.
  expect((await unzip('large', large)) === before).toBe(false);
  await expect(unzip('b', Buffer.from('not zipped'))).rejects.toThrow('incorrect header');
  expect(String(await unzip('b', zipped))).toBe('text');
});
