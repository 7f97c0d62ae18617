import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AddressNotAllowedError, createAddressGuard } from './address-guard.ts';

const guard = createAddressGuard([]);

/** Hosts in spellings that a URL accepts, and normalizes before the guard sees them. */
const FORBIDDEN_HOSTS = [
  // IPv4: of each network the first address, the last and one between.
  ...words(`
    0.0.0.0 0.1.2.3 0.255.255.255 10.0.0.0 10.1.2.3 10.255.255.255 100.64.0.0 100.100.100.200
    100.127.255.255 127.0.0.0 127.0.0.1 127.255.255.255 169.254.0.0 169.254.169.254
    169.254.255.255 172.16.0.0 172.31.255.255 192.0.0.0 192.0.0.9 192.0.0.10 192.0.0.170
    192.0.0.255 192.0.2.1 192.88.99.1 192.168.0.0 192.168.255.255 198.18.0.0 198.19.255.255
    198.51.100.7 203.0.113.7 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.254 255.255.255.255
  `),
  // IPv4 in decimal, octal, hexadecimal, short and mixed spellings.
  ...words(`
    2130706433 0x7f000001 0x7f.1 0177.0.0.1 017700000001 127.1 127.0.1 0 0x0 0x7F.0x0.0x0.0x1
    127.0.0.1. 3232235521 0xc0a80001 0300.0250.0.1 2852039166 0xA9FEA9FE 0251.0376.0251.0376
    169.16689662 167772161 012.1 １２７.０.０.１ 127。0。0。1 %31%32%37.0.0.1
  `),
  // IPv6.
  ...words(`
    [::] [::1] [0:0:0:0:0:0:0:1] [0000::0001] [::2] [::127.0.0.1] [::8.8.8.8] [fc00::] [fd00::1]
    [fd12:3456:789a::1] [fdff:ffff::1] [fe80::1] [febf::1] [fec0::1] [feff::1] [ff00::1]
    [ff02::1] [ff0e::1] [100::1] [100:0:0:1::1] [2001::1] [2001:0:4136:e378:8000:63bf:3fff:fdd2]
    [2001:1::1] [2001:2::1] [2001:10::1] [2001:20::1] [2001:1ff:ffff::1] [2001:db8::1]
    [2001:db8:ffff::1] [3fff::1] [3fff:fff::1] [4000::1] [5f00::1] [64:ff9b:1::1]
    [64:ff9b:1::808:808] [1fff:ffff::1] [200::1] [400::1] [8000::1] [a000::1] [e000::1]
  `),
  // IPv4 within IPv6: mapped, translated (NAT64), 6to4.
  ...words(`
    [::ffff:127.0.0.1] [::ffff:7f00:1] [0:0:0:0:0:ffff:10.0.0.1] [::FFFF:a9fe:a9fe]
    [::ffff:0.0.0.0] [::ffff:0:127.0.0.1] [64:ff9b::127.0.0.1] [64:ff9b::7f00:1]
    [64:ff9b::10.0.0.1] [64:ff9b::a9fe:a9fe] [2002:7f00:1::] [2002:a00:1::1] [2002:c0a8:101::1]
    [2002:a9fe:a9fe::] [2002::]
  `),
];

const GLOBAL_HOSTS = words(`
  1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0
  169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0 192.0.3.0
  192.31.196.1 192.52.193.1 192.88.98.255 192.88.100.0 192.167.255.255 192.169.0.0 192.175.48.1
  198.17.255.255 198.20.0.0 198.51.99.255 198.51.101.0 203.0.112.255 203.0.114.0 223.255.255.255
  134744072 0x08080808 010.8.8.8 [2000::1] [2001:200::1] [2001:4860:4860::8888] [2001:db7::1]
  [2001:db9::1] [2003::1] [2606:4700:4700::1111] [2620:4f:8000::1] [2a00:1450::1] [3ffe:ffff::1]
  [3fff:1000::1] [::ffff:8.8.8.8] [::ffff:808:808] [64:ff9b::8.8.8.8] [64:ff9b::808:808]
  [2002:808:808::1]
`);

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}

function hostOf(spelling: string): string {
  return new URL(`http://${spelling}/`).hostname;
}

describe('addresses', () => {
  test.each(FORBIDDEN_HOSTS)('%s is refused', (spelling) => {
    const host = hostOf(spelling);
    expect(guard.allows(host.replaceAll(/[[\]]/g, ''))).toBe(false);
  });

  test.each(GLOBAL_HOSTS)('%s passes', (spelling) => {
    const host = hostOf(spelling);
    expect(guard.allows(host.replaceAll(/[[\]]/g, ''))).toBe(true);
  });

  test.each(['', 'localhost', '127.1', '010.8.8.8', '8.8.8.8 ', '8.8.8.8/32', '[2606::1]'])(
    '%j is not an address, and so not allowed',
    (text) => {
      expect(guard.allows(text)).toBe(false);
    },
  );

  test.each(['fe80::1%eth0', '2606:4700::1111%1', '[2606:4700::1111%25eth0]'])(
    'the zone id in %s is refused, whatever the address',
    (text) => {
      const open = createAddressGuard(['::/0', '0.0.0.0/0']);
      expect(open.allows(text)).toBe(false);
    },
  );

  test('an IPv4 address gets the same verdict in each of its IPv6 spellings', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
        const hex = `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
        const expected = guard.allows(address);
        const spellings = [
          `::ffff:${address}`,
          `::ffff:${hex}`,
          `64:ff9b::${hex}`,
          `2002:${hex}::1`,
        ];
        for (const spelling of spellings) expect(guard.allows(spelling)).toBe(expected);
      }),
    );
  });

  test('allowed IPv6 addresses are global unicast, or contain an IPv4 address', () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        fc.pre(isIP(address) === 6 && guard.allows(address));
        expect(hostOf(`[${address}]`)).toMatch(/^\[([23][0-9a-f]{3}:|::ffff:|64:ff9b::)/);
      }),
    );
  });
});

describe('allowNetworks', () => {
  test.each([
    [
      '10.1.0.0/16',
      ['10.1.0.0', '10.1.255.255', '::ffff:10.1.2.3', '::ffff:a01:203'],
      ['10.0.255.255', '10.2.0.0', '64:ff9b::10.1.2.3', '2002:a01:203::'],
    ],
    ['127.0.0.1', ['127.0.0.1', '::ffff:127.0.0.1'], ['127.0.0.2', '127.0.0.0', '::1']],
    ['192.168.4.0/23', ['192.168.4.0', '192.168.5.255'], ['192.168.3.255', '192.168.6.0']],
    ['0.0.0.0/0', ['127.0.0.1', '255.255.255.255', '::ffff:10.0.0.1'], ['::1', 'fd00::1']],
    ['::1', ['::1', '0:0:0:0:0:0:0:1'], ['::2', '::', '127.0.0.1']],
    ['fd00:1::/32', ['fd00:1::', 'fd00:1:ffff::1'], ['fd00:2::', 'fd00::1', 'fc00:1::1']],
    ['fd00::/9', ['fd00::1', 'fd7f:ffff::1'], ['fd80::1', 'fc00::1']],
    ['::/0', ['::1', 'fe80::1', 'fd00::1', '64:ff9b::10.0.0.1'], ['127.0.0.1', '::ffff:127.0.0.1']],
    ['::ffff:10.0.0.0/104', ['10.1.2.3', '::ffff:10.1.2.3'], ['11.0.0.1%x', '127.0.0.1']],
    ['64:ff9b::a00:0/104', ['64:ff9b::10.1.2.3'], ['10.1.2.3', '64:ff9b::127.0.0.1']],
  ])('%s allows exactly the addresses that it names', (network, opened, closed) => {
    const open = createAddressGuard([network]);
    expect(opened.filter((address) => !open.allows(address))).toEqual([]);
    expect(closed.filter((address) => open.allows(address))).toEqual([]);
    expect(open.allows('8.8.8.8')).toBe(true);
  });

  test('several networks add up', () => {
    const open = createAddressGuard(['127.0.0.0/8', '::1', '10.0.0.7/32']);
    for (const address of ['127.9.9.9', '::1', '10.0.0.7']) expect(open.allows(address)).toBe(true);
    for (const address of ['10.0.0.8', 'fd00::1']) expect(open.allows(address)).toBe(false);
  });

  test('agrees with arithmetic on any IPv4 network and address', () => {
    const quad = (value: number) =>
      [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
    const addresses = fc.nat(2 ** 24 - 1).map((low) => 10 * 2 ** 24 + low);
    fc.assert(
      fc.property(addresses, fc.integer({ min: 8, max: 32 }), addresses, (base, bits, other) => {
        const size = 2 ** (32 - bits);
        const start = base - (base % size);
        const open = createAddressGuard([`${quad(start)}/${bits}`]);
        for (const address of [base, other, start, start + size - 1, start - 1, start + size]) {
          const within = address >= start && address < start + size;
          const global = address < 10 * 2 ** 24 || address >= 11 * 2 ** 24;
          expect(open.allows(quad(address))).toBe(within || global);
        }
      }),
    );
  });

  test.each([
    '',
    ' ',
    ...words('localhost 10.0.0.0/33 10.0.0.0/ 10.0.0.0/08 10.0.0.0/-1 10.0.0/8 10.0.0.1/8 *'),
    ...words('10.0.0.0/8/8 fd00::/129 fd00::1/64 fe80::1%eth0 [::1] 10.0.0.0/8,::1'),
  ])('%j is a configuration error that names it', (network) => {
    expect(() => createAddressGuard(['10.0.0.0/8', network])).toThrow(
      expect.objectContaining({
        code: 'configuration',
        message: expect.stringContaining(`allowNetworks: "${network}" must be`),
      }),
    );
  });
});

describe('vetting', () => {
  const at = (...addresses: string[]): LookupAddress[] =>
    addresses.map((address) => ({ address, family: isIP(address) }));

  test('keeps only allowed addresses, in order', () => {
    const mixed = at('10.0.0.1', '2606:4700::1111', '::1', '8.8.8.8');
    expect(guard.vet('hook.example', mixed)).toEqual(at('2606:4700::1111', '8.8.8.8'));
  });

  test('the error names the refused addresses and the setting', () => {
    const error = guard.vet('hook.example', at('10.0.0.1', '::1'));
    expect(error).toBeInstanceOf(AddressNotAllowedError);
    expect(error).toMatchObject({
      code: 'EADDRNOTALLOWED',
      message: expect.stringMatching(/^hook\.example is at 10\.0\.0\.1, ::1, .*allowNetworks/),
    });
  });

  test('a very long answer makes a short message', () => {
    const error = guard.vet(
      'hook.example',
      at(...Array.from({ length: 200 }, (_, i) => `10.0.0.${i}`)),
    );
    expect((error as Error).message.length).toBeLessThan(250);
  });

  test('no address at all is an error', () => {
    expect(guard.vet('hook.example', [])).toBeInstanceOf(AddressNotAllowedError);
  });
});
