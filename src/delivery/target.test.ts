import { expect, test } from 'vitest';
import { makeEndpoint } from '../../test/support/delivery-parts.ts';
import type { Application } from '../domain/application.ts';
import { DEFAULT_POLICY } from '../domain/policy.ts';
import { createTarget } from './target.ts';

function targetOf(url: string, headers: Record<string, string> = {}) {
  const endpoint = makeEndpoint('ep_1', { url, headers });
  const application = { policy: {} } as Partial<Application> as Application;
  const defaults = { policy: DEFAULT_POLICY, endpointConcurrency: 4, userAgent: 'Posthaste/1' };
  return createTarget({ endpoint, application }, defaults);
}

test('a request goes to the path and query of the URL, and names its host', () => {
  expect(targetOf('https://example.com:8443/a b?c=ü#d')).toMatchObject({
    origin: 'https://example.com:8443',
    head:
      'POST /a%20b?c=%C3%BC HTTP/1.1\r\nHost: example.com:8443\r\nContent-Type: application/json\r\n' +
      'User-Agent: Posthaste/1\r\nAccept: */*\r\nAccept-Encoding: identity\r\nConnection: keep-alive\r\n',
  });
  expect(targetOf('http://[::1]/').head).toContain('\r\nHost: [::1]\r\n');
});

test('headers of the endpoint are added, and replace those that may be replaced', () => {
  const { head } = targetOf('http://a.test/', { 'User-Agent': 'Mine', 'x-key': 'café' });
  expect(head).toContain('\r\nUser-Agent: Mine\r\n');
  expect(head).toContain('\r\nx-key: café\r\n');
  expect(head).not.toContain('Posthaste');
});

test('the media type is that of the message, unless the endpoint sets one', () => {
  const { head, headFor } = targetOf('http://a.test/');
  expect(headFor('text/xml', null)).toBe(
    (head as string).replace('Content-Type: application/json', 'Content-Type: text/xml'),
  );
  expect(headFor('text/xml\r\nhost: c', null)).toBeInstanceOf(Error);
  const own = targetOf('http://a.test/', { 'content-type': 'text/plain' });
  expect(own.headFor('text/xml', null)).toBe(own.head);
});

test('headers of the message beat the defaults, and those of the endpoint beat both', () => {
  const headers = { accept: 'a/b', 'x-key': 'message', Authorization: 'Bearer m', 'x-more': 'é' };
  const target = targetOf('http://me:secret@a.test/', { 'X-Key': 'endpoint' });
  const head = target.headFor('application/json', JSON.stringify(headers));
  expect(head).toBe(
    `${(target.head as string)
      .replace('Accept: */*', 'accept: a/b')
      .replace(/X-Key.*\r\n/, '')
      .replace(
        /Authorization.*\r\n/,
        '',
      )}X-Key: endpoint\r\nAuthorization: Basic ${btoa('me:secret')}\r\nx-more: é\r\n`,
  );
  expect(target.headFor('a/b', '{"x-a":"b\\r\\nhost: c"}')).toBeInstanceOf(Error);
});

test('user and password of the URL are sent as Basic authentication, and are not shown', () => {
  const { head, shownUrl, origin } = targetOf('https://me:secret@a.test/hook');
  expect(head).toContain(`POST /hook HTTP/1.1\r\nHost: a.test\r\n`);
  expect(head).toContain(`\r\nAuthorization: Basic ${btoa('me:secret')}\r\n`);
  expect({ shownUrl, origin }).toEqual({
    shownUrl: 'https://a.test/hook',
    origin: 'https://a.test',
  });
});

test('an authorization header of the endpoint replaces those of the URL', () => {
  const { head } = targetOf('https://me:secret@a.test/', { authorization: 'Bearer x' });
  expect(head).toContain('\r\nauthorization: Bearer x\r\n');
  expect(head).not.toContain('Basic');
});

test.each([
  ['no URL', 'nonsense', {}],
  ['another scheme', 'ftp://a.test/', {}],
  ['a line break in a value', 'http://a.test/', { 'x-a': 'b\r\nhost: c' }],
  ['a bare LF in a value', 'http://a.test/', { 'x-a': 'b\nc' }],
  ['a NUL in a value', 'http://a.test/', { 'x-a': '\0' }],
  ['more than a byte per character', 'http://a.test/', { 'x-a': '€' }],
  ['a colon in a name', 'http://a.test/', { 'x-a: b\r\nc': 'd' }],
  ['an empty name', 'http://a.test/', { '': 'd' }],
])('what is stored with %s is never sent', (_what, url, headers) => {
  expect(targetOf(url, headers as Record<string, string>).head).toBeInstanceOf(Error);
});
