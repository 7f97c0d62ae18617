import { createHmac } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createHmacSha256 } from './hmac.ts';

function expected(key: Buffer, head: string, body: string | Buffer): string {
  return createHmac('sha256', key).update(head).update(body).digest('base64');
}

const texts = fc.string({ unit: 'binary', maxLength: 300, size: 'max' });

test('is HMAC-SHA256 of any text or bytes under any key, call after call', () => {
  const keys = fc
    .uint8Array({ minLength: 1, maxLength: 80, size: 'max' })
    .map((bytes) => Buffer.from(bytes));
  const calls = fc.array(
    fc.tuple(
      texts,
      fc.oneof(
        texts,
        fc.uint8Array({ maxLength: 300, size: 'max' }).map((bytes) => Buffer.from(bytes)),
      ),
    ),
    { maxLength: 5 },
  );
  fc.assert(
    fc.property(keys, keys, calls, (one, other, given) => {
      const [hmacOfOne, hmacOfOther] = [createHmacSha256(one), createHmacSha256(other)];
      for (const [head, body] of given) {
        expect(hmacOfOne(head, body)).toBe(expected(one, head, body));
        expect(hmacOfOther(head, body)).toBe(expected(other, head, body));
      }
    }),
  );
});

test.each([
  ...[21_000, 21_822, 21_823, 21_824, 21_900].map((length) => '€'.repeat(length)),
  ...[65_400, 65_472, 65_473, 70_000, 1_000_000].map((length) => 'x'.repeat(length)),
])('around the end of the kept buffer: body %#', (body) => {
  const key = Buffer.from('a key of some bytes, not secret');
  const hmac = createHmacSha256(key);
  expect(hmac('head.', body)).toBe(expected(key, 'head.', body));
  expect(hmac('head.', Buffer.from(body))).toBe(expected(key, 'head.', body));
});
