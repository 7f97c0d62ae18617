import { isIPv4, isIPv6 } from 'node:net';

/**
 * The first `bits` of an address. Addresses are 16 bytes; IPv4 is stored in its mapped form
 * ::ffff:a.b.c.d, so that both spellings are treated alike.
 */
export interface Network {
  readonly bytes: Uint8Array;
  readonly bits: number;
}

/**
 * Parses an IP address or a CIDR block. Null: the text is neither, or has bits beyond its prefix (10.1.2.3/8),
 * so that it is ambiguous whether the address or its network is meant.
 */
export function parseNetwork(text: string): Network | null {
  const [, address = '', length] = /^([^/]+)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? [];
  const bytes = parseAddress(address);
  if (bytes === null) return null;
  const offset = isIPv4(address) ? MAPPED_BITS : 0;
  const bits = length === undefined ? 128 : offset + Number(length);
  return bits <= 128 && sameBits(bytes, masked(bytes, bits), 128) ? { bytes, bits } : null;
}

/** The 16 bytes of an IP address. Null: the text is not an address, or has a zone id. */
export function parseAddress(text: string): Uint8Array | null {
  if (isIPv4(text)) return mappedAddress(text.split('.').map(Number));
  if (!isIPv6(text) || text.includes('%')) return null;
  const [head = '', tail] = text.split('::');
  const left = parseGroups(head);
  const right = parseGroups(tail ?? '');
  return Uint8Array.from([
    ...left,
    ...Array<number>(16 - left.length - right.length).fill(0),
    ...right,
  ]);
}

/** IPv4 belongs only to IPv4 networks: ::/0 does not contain 127.0.0.1. */
export function contains({ bytes, bits }: Network, address: Uint8Array): boolean {
  if (bits < MAPPED_BITS && sameBits(MAPPED, address, MAPPED_BITS)) return false;
  return sameBits(bytes, address, bits);
}

/** The 16 bytes of an IPv4 address given as 4 bytes. */
export function mappedAddress(ipv4: ArrayLike<number>): Uint8Array {
  return Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...Array.from(ipv4)]);
}

/** The bytes of colon-separated groups; the last may be a dotted IPv4 address. */
function parseGroups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

function masked(bytes: Uint8Array, bits: number): Uint8Array {
  return bytes.map((byte, i) => byte & (0xff << Math.min(8, Math.max(0, (i + 1) * 8 - bits))));
}

function sameBits(a: Uint8Array, b: Uint8Array, bits: number): boolean {
  for (let i = 0, left = bits; left > 0; i++, left -= 8) {
    const mask = left >= 8 ? 0xff : 0xff << (8 - left);
    if ((((a[i] ?? 0) ^ (b[i] ?? 0)) & mask) !== 0) return false;
  }
  return true;
}

const MAPPED_BITS = 96;
const MAPPED = mappedAddress([0, 0, 0, 0]);
