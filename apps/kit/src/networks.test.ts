import { expect, test } from 'vitest';
import { networkList } from './networks.ts';

test.each([
  ['10.0.0.0/8', '10.1.2.3'],
  ['10.0.0.1', '10.0.0.1'],
  ['0.0.0.0/0', '203.0.113.7'],
])('%s has %s', (network, address) => {
  expect(networkList([network]).check(address, 'ipv4')).toBe(true);
});

test.each([
  ['fd00::/8', 'fd12::1'],
  ['::1', '::1'],
])('%s has %s', (network, address) => {
  expect(networkList([network]).check(address, 'ipv6')).toBe(true);
});

test('an address alone is a network of one', () => {
  expect(networkList(['10.0.0.1', '::1']).check('10.0.0.2', 'ipv4')).toBe(false);
});

test.each([
  '',
  'localhost',
  '10.0.0.0/33',
  '::/129',
  '10.0.0.0/',
  '10.0.0.0/ 8',
  '10.0.0.0/8/8',
  '10.0.0',
  'fe80::1%eth0',
])('%j is refused', (network) => {
  expect(() => networkList([network])).toThrow('is neither an address nor a network');
});
