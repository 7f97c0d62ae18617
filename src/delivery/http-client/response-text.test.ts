import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { responseText } from './response-text.ts';

const MAX_BYTES = 4096;
const TEXT = '{"error":"größer als erlaubt"}';
const LONG = Array.from({ length: 2_000 }, (_, i) => `line ${(i * 7919) % 1_000}`).join('\n');

describe('a compressed body is shown as text', () => {
  test.each([
    ['gzip', gzipSync(TEXT), TEXT],
    ['GZIP ', gzipSync(TEXT), TEXT],
    ['x-gzip', gzipSync(TEXT), TEXT],
    ['deflate', deflateSync(TEXT), TEXT],
    ['deflate', deflateRawSync(TEXT), TEXT],
    ['br', brotliCompressSync(TEXT), TEXT],
    ['identity', Buffer.from(TEXT), TEXT],
    ['gzip, br', brotliCompressSync(gzipSync(TEXT)), TEXT],
    // This body is not really compressed.
    ['gzip', Buffer.from(TEXT), TEXT],
    ['br', Buffer.from(TEXT), TEXT],
    ['unknown', Buffer.from(TEXT), TEXT],
    ['', Buffer.from(TEXT), TEXT],
    [', gzip,, ', gzipSync(TEXT), TEXT],
  ])('%s %#', (coding, bytes, text) => {
    expect(responseText(bytes, coding, MAX_BYTES)).toBe(text);
  });

  test.each([
    ['gzip', gzipSync(LONG)],
    ['deflate', deflateSync(LONG)],
    ['br', brotliCompressSync(LONG)],
  ])('%s, as far as the bytes arrived and up to the bound', (coding, bytes) => {
    const text = responseText(bytes.subarray(0, bytes.length - 20), coding, MAX_BYTES);
    expect(text).toBe(LONG.slice(0, MAX_BYTES));
    const little = responseText(bytes.subarray(0, bytes.length >> 2), coding, MAX_BYTES);
    expect(little).not.toBe('');
    expect(LONG.startsWith(little)).toBe(true);
  });

  test.each([
    ['gzip', gzipSync(Buffer.alloc(50_000_000, 'a'))],
    ['br', brotliCompressSync(Buffer.alloc(50_000_000, 'a'))],
    ['gzip, gzip', gzipSync(gzipSync(Buffer.alloc(50_000_000, 'a')))],
  ])('%s that expands to 50 MB is bounded', (coding, bytes) => {
    const text = responseText(bytes.subarray(0, MAX_BYTES), coding, MAX_BYTES);
    expect(text.length).toBeLessThanOrEqual(MAX_BYTES);
    expect(text).toMatch(/^(a+|\d+ bytes that are not text: .+|)$/);
  });

  test('a list of many codings is not undone', () => {
    const deflated = (times: number) =>
      Array.from({ length: times }).reduce<Buffer>(
        (bytes) => deflateRawSync(bytes),
        Buffer.from('ok'),
      );
    const listOf = (times: number) => Array(times).fill('deflate').join(',');
    expect(responseText(deflated(4), listOf(4), MAX_BYTES)).toBe('ok');
    expect(responseText(deflated(5), listOf(5), MAX_BYTES)).not.toBe('ok');
  });
});

describe('bytes', () => {
  const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

  test.each([
    ['an image', PNG, '16 bytes that are not text: 89504e470d0a1a0a0000000d49484452'],
    ['UTF-16', Buffer.from('ok', 'utf16le'), '4 bytes that are not text: 6f006b00'],
    ['many', Buffer.alloc(300), `300 bytes that are not text: ${'00'.repeat(256)}…`],
    ['a C string', Buffer.from('ok\0'), 'ok\uFFFD'],
    ['half a character', Buffer.from('grö').subarray(0, 3), 'gr\uFFFD'],
    ['Latin-1', Buffer.from('größer', 'latin1'), 'gr\uFFFD\uFFFDer'],
    ['colours of a terminal', Buffer.from('\x1b[31mred\x1b[0m'), '\x1b[31mred\x1b[0m'],
    [
      'the beginning of a JPEG',
      Buffer.from('ffd8ffe04a', 'hex'),
      '5 bytes that are not text: ffd8ffe04a',
    ],
    ['one', Buffer.from([0xff]), '1 bytes that are not text: ff'],
    ['none', Buffer.alloc(0), ''],
  ])('%s', (_what, bytes, text) => {
    expect(responseText(bytes, null, MAX_BYTES)).toBe(text);
  });

  test.each([
    ['iso-8859-1', Buffer.from('größer', 'latin1'), 'größer'],
    ['Windows-1251', Buffer.from('cff0e8e2e5f2', 'hex'), 'Привет'],
    ['Shift_JIS', Buffer.from('83658358836783', 'hex'), 'テスト\uFFFD'],
    ['utf-16le', Buffer.from('ok', 'utf16le'), 'ok'],
    ['utf-8', Buffer.from('grö', 'utf8').subarray(0, 3), 'gr\uFFFD'],
    ['iso-8859-1', Buffer.from('größer'), 'größer'],
    ['iso-8859-1', PNG, '16 bytes that are not text: 89504e470d0a1a0a0000000d49484452'],
    ['no such', Buffer.from('größer', 'latin1'), 'gr\uFFFD\uFFFDer'],
  ])('in the charset %s %#', (charset, bytes, text) => {
    expect(responseText(bytes, null, MAX_BYTES, () => charset)).toBe(text);
  });

  test('in an unknown coding', () => {
    const zstd = Buffer.from('28b52ffd2005290000010203040506', 'hex');
    expect(responseText(zstd, 'zstd', MAX_BYTES)).toContain('not text: 28b52ffd');
  });
});
