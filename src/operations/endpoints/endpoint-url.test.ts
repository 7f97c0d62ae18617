import { expect, it } from 'vitest';
import { url } from './endpoint-url.ts';

it.each([
  'https://example.com',
  'http://example.com:8080/a/b?c=d#e',
  'https://bücher.example/é',
  'https://[2001:db8::1]/',
  // The address guard refuses this address, at each attempt.
  'http://127.0.0.1:9/',
  `https://example.com/${'a'.repeat(65_536 - 20)}`,
])('takes %.60s', (text) => {
  expect(url.safeParse(text).error).toBeUndefined();
});

it.each([
  ['', 'Too small'],
  ['/hook', 'must be an absolute URL'],
  ['example.com', 'must be an absolute URL'],
  ['https://', 'must be an absolute URL'],
  ['https://exa mple.com/', 'blanks or control characters'],
  ['https://example.com/\r\nx: y', 'blanks or control characters'],
  ['ht\ntp://example.com', 'blanks or control characters'],
  ['ftp://example.com/', 'not ftp:'],
  ['file:///etc/passwd', 'not file:'],
  ['javascript:alert(1)', 'not javascript:'],
  ['https:example.com/hook', 'must be an absolute URL'],
  ['https:/example.com/hook', 'must be an absolute URL'],
  ['https:///example.com/hook', 'must be an absolute URL'],
  ['https:\\\\example.com\\hook', 'must be an absolute URL'],
  ['https://us%3Aer:secret@example.com/', 'colon in its user name'],
  [`https://example.com/${'é'.repeat(30_000)}`, 'when encoded'],
  [`https://example.com/${'a'.repeat(65_536)}`, 'Too big'],
])('refuses %.60j', (text, message) => {
  expect(url.safeParse(text).error?.issues[0]?.message).toContain(message);
});

it.each([
  ['https://example.com', 'https://example.com/'],
  ['HTTPS://Example.COM:443/a/../b', 'https://example.com/b'],
  ['http://example.com:80?q', 'http://example.com/?q'],
  ['https://bücher.example/é', 'https://xn--bcher-kva.example/%C3%A9'],
  ['http://0x7f.1/', 'http://127.0.0.1/'],
  ['https://user:p@ss@example.com/', 'https://user:p%40ss@example.com/'],
])('%s is stored as %s', (text, stored) => {
  expect(url.parse(text)).toBe(stored);
});
