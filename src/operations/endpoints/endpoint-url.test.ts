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
  ['https://user@example.com/', 'user name or password'],
  ['https://:secret@example.com/', 'user name or password'],
  [`https://example.com/${'a'.repeat(65_536)}`, 'Too big'],
])('refuses %.60j', (text, message) => {
  expect(url.safeParse(text).error?.issues[0]?.message).toContain(message);
});
