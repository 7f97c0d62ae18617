import { describe, expect, it } from 'vitest';
import { contains, parseAddress, parseNetwork } from './networks.ts';

describe('parseNetwork', () => {
  it.each(['10.0.0.0/8', '10.1.2.3', '10.1.2.3/32', '0.0.0.0/0', 'fd00::/8', '::1', '::/0'])(
    'reads %s',
    (text) => expect(parseNetwork(text)).not.toBeNull(),
  );

  it.each(['', '10.1.2.3/8', 'fd00::1/8', '10.0.0.0/08', '10.0.0.0/33', '::/129', '10.0.0.0/'])(
    'refuses %j',
    (text) => expect(parseNetwork(text)).toBeNull(),
  );
});

describe('contains', () => {
  it.each([
    ['10.0.0.0/8', '10.255.255.255', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.0.0.0/8', '::ffff:10.0.0.1', true],
    ['0.0.0.0/0', '127.0.0.1', true],
    ['::/0', '127.0.0.1', false],
    ['::/0', '2001:db8::1', true],
    ['fc00::/8', 'fd00::1', false],
    ['fc00::/7', 'fdff::1', true],
  ])('%s and %s: %s', (network, address, expected) => {
    const parsed = parseNetwork(network);
    const bytes = parseAddress(address);
    expect(parsed !== null && bytes !== null && contains(parsed, bytes)).toBe(expected);
  });
});
