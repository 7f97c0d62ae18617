import { expect, it } from 'vitest';
import { createAddressGuard } from '../../delivery/address-guard.ts';
import { allowedUrl, url } from './endpoint-url.ts';

it.each([
  'https://example.com',
  'http://example.com:8080/a/b?c=d#e',
  'https://bücher.example/é',
  'https://[2001:db8::1]/',
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
  ['https://us%3Aer:secret@example.com/', 'colon in the user name'],
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

const guard = createAddressGuard(['10.20.0.0/16', 'fd12::/16']);
const guarded = allowedUrl(guard, false);

it.each([
  ['http://127.0.0.1:9/', '127.0.0.1'],
  ['http://0x7f.1/', '127.0.0.1'],
  ['http://2130706433/', '127.0.0.1'],
  ['http://0177.0.0.1/', '127.0.0.1'],
  ['http://127.0.0.1./', '127.0.0.1'],
  ['http://１２７.0.0.1/', '127.0.0.1'],
  ['http://0/', '0.0.0.0'],
  ['http://169.254.169.254/latest/meta-data', '169.254.169.254'],
  ['http://user:password@10.21.0.1/', '10.21.0.1'],
  ['http://[::1]/', '::1'],
  ['http://[::ffff:127.0.0.1]/', '::ffff:7f00:1'],
  ['http://[::ffff:a14:1]/', undefined],
  ['http://[64:ff9b::10.0.0.1]/', '64:ff9b::a00:1'],
  ['http://[2002:7f00:1::]/', '2002:7f00:1::'],
  ['http://[fe80::1]/', 'fe80::1'],
  ['http://10.20.0.1/', undefined],
  ['http://[fd12::1]/', undefined],
  ['https://93.184.216.34/', undefined],
  ['https://[2606:4700::1]/', undefined],
  // The addresses of names are vetted at each attempt, not here.
  ['http://localhost/', undefined],
  ['http://127.0.0.1.nip.example/', undefined],
  ['http://metadata.google.internal/', undefined],
])('the guard decides about a literal address: %s', (text, refused) => {
  const message = guarded.safeParse(text).error?.issues[0]?.message;
  if (refused === undefined) expect(message).toBeUndefined();
  else expect(message).toMatch(new RegExp(`^is at ${refused}, .* allowNetworks \\(`));
});

it('only https is accepted when the setting says so', () => {
  const secure = allowedUrl(guard, true);
  expect(secure.safeParse('https://example.com/').success).toBe(true);
  const message = secure.safeParse('HTTP://example.com/').error?.issues[0]?.message;
  expect(message).toContain('POSTHASTE_ENDPOINT_HTTPS_ONLY');
});
