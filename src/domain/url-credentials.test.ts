import { expect, test } from 'vitest';
import { basicAuthorization, nextUrl, withoutCredentials } from './url-credentials.ts';

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

test.each([
  ['https://example.com/a@b?c', 'https://example.com/a@b?c', null],
  ['https://user@example.com/', 'https://example.com/', basic('user:')],
  [
    'https://user:secret@example.com:8443/a?b#c',
    'https://example.com:8443/a?b#c',
    basic('user:secret'),
  ],
  ['https://:secret@example.com/', 'https://example.com/', basic(':secret')],
  ['https://us%40er:p%3A%C3%A4@example.com/', 'https://example.com/', basic('us@er:p:ä')],
  ['https://user:100%@example.com/', 'https://example.com/', basic('user:100%')],
])('%s is shown as %s', (url, shown, authorization) => {
  expect(withoutCredentials(url)).toBe(shown);
  expect(basicAuthorization(new URL(url))).toBe(authorization);
});

test('text that is not a URL is not changed', () => {
  expect(withoutCredentials('me@home')).toBe('me@home');
});

test.each([
  ['https://u:p@a.test/', 'https://a.test/', 'https://u:p@a.test/'],
  ['https://u:p@a.test/', 'https://a.test/other', 'https://a.test/other'],
  ['https://u:p@a.test/', 'https://u:q@a.test/', 'https://u:q@a.test/'],
  ['https://a.test/', 'https://u:p@a.test/', 'https://u:p@a.test/'],
  [undefined, 'https://a.test/', 'https://a.test/'],
])('%s is stored, %s was sent: %s', (stored, given, next) => {
  expect(nextUrl(stored, given)).toBe(next);
});
