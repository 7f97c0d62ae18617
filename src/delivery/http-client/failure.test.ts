import type { networkInterfaces } from 'node:os';
import { expect, test } from 'vitest';
import { classifyFailure } from './failure.ts';
import { NameError } from './names/name-error.ts';
import { ProxyError } from './proxy-handshake.ts';

const errorOf = (code: string, address?: string) =>
  Object.assign(new Error(`connect ${code}`), { code, address });

test.each([
  ['ECONNREFUSED', 'connection', false],
  ['ENETUNREACH', 'connection', false],
  ['EHOSTUNREACH', 'connection', false],
  ['EAFNOSUPPORT', 'connection', false],
  ['ETIMEDOUT', 'timeout', false],
  ['CERT_HAS_EXPIRED', 'tls', false],
  ['EADDRNOTALLOWED', 'address', false],
  ['EMFILE', 'connection', true],
  ['ENFILE', 'connection', true],
  ['ENOBUFS', 'connection', true],
  ['ENOMEM', 'connection', true],
])('%s is a failure of kind %s; a local shortage: %s', (code, failure, localShortage) => {
  expect(classifyFailure(errorOf(code))).toMatchObject({ failure, localShortage });
});

test('an error of OpenSSL is told by its reason, in one line', () => {
  const error = Object.assign(
    new Error('40F3:error:0A00010B:SSL routines:f:wrong version number:../ssl/tlsany_meth.c:78:\n'),
    {
      code: 'ERR_SSL_WRONG_VERSION_NUMBER',
      library: 'SSL routines',
      reason: 'wrong version number',
    },
  );
  expect(classifyFailure(error)).toMatchObject({
    failure: 'tls',
    detail: 'TLS: wrong version number (ERR_SSL_WRONG_VERSION_NUMBER)',
  });
});

test('a name that does not resolve is a failure of kind dns', () => {
  expect(classifyFailure(new NameError('a.test', 'ENOTFOUND'))).toMatchObject({ failure: 'dns' });
});

const own = (address: string, family: 'IPv4' | 'IPv6') =>
  ({ address, family, internal: address === '::1' }) as NonNullable<
    ReturnType<typeof networkInterfaces>[string]
  >[number];

test.each([
  ['a host without IPv6', '2001:db8::1', [own('192.0.2.7', 'IPv4')], false],
  [
    'a host with IPv6 on the link only',
    '2001:db8::1',
    [own('192.0.2.7', 'IPv4'), own('fe80::7', 'IPv6')],
    false,
  ],
  ['a host with IPv6 for itself only', '2001:db8::1', [own('::1', 'IPv6')], false],
  ['a host without a free port, to itself', '::1', [own('::1', 'IPv6')], true],
  ['a host without IPv4', '192.0.2.1', [own('2001:db8::7', 'IPv6')], false],
  ['a host without a free port', '192.0.2.1', [own('192.0.2.7', 'IPv4')], true],
  ['a host without a free port, by IPv6', '2001:db8::1', [own('2001:db8::7', 'IPv6')], true],
])('EADDRNOTAVAIL of %s to %s', (_host, address, addresses, localShortage) => {
  const interfaces = () => ({ eth0: addresses });
  expect(classifyFailure(errorOf('EADDRNOTAVAIL', address), interfaces)).toMatchObject({
    failure: 'connection',
    localShortage,
  });
  const ofProxy = new ProxyError('no proxy', errorOf('EADDRNOTAVAIL', address));
  expect(classifyFailure(ofProxy, interfaces)).toMatchObject({ localShortage });
});
