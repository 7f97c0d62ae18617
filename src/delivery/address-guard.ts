import type { LookupAddress } from 'node:dns';
import { PosthasteError } from '../domain/errors.ts';
import {
  type Network,
  contains,
  mappedAddress,
  parseAddress,
  parseNetwork,
} from '../domain/networks.ts';

/**
 * Decides where requests may go: to globally routable addresses (by the IANA special-purpose
 * registries) and to those that `allowNetworks` lists. The guard judges addresses, not names: the
 * caller must connect to exactly an address that the guard allowed.
 */
export interface AddressGuard {
  /** Whether requests may go to an IP address. False for text that is not an address or has a zone id. */
  allows(address: string): boolean;
  /**
   * The allowed addresses among those of a host, in the same order; an error when none is allowed.
   * For a host that is an IP address, `addresses` holds just that address.
   */
  vet(
    hostname: string,
    addresses: readonly LookupAddress[],
  ): readonly LookupAddress[] | AddressNotAllowedError;
}

/**
 * `allowNetworks` holds CIDRs or single addresses, IPv4 or IPv6. Each entry allows exactly its own
 * addresses; an IPv4 network also allows its IPv4-mapped IPv6 form. Throws `configuration` with
 * every malformed entry.
 */
export function createAddressGuard(allowNetworks: readonly string[]): AddressGuard {
  const allowed = parseNetworks(allowNetworks);

  function allows(address: string): boolean {
    const bytes = parseAddress(address);
    return (
      bytes !== null && (isGlobal(bytes) || allowed.some((network) => contains(network, bytes)))
    );
  }

  return {
    allows,
    vet(hostname, addresses) {
      const vetted = addresses.filter(({ address }) => allows(address));
      return vetted.length > 0 ? vetted : new AddressNotAllowedError(hostname, addresses);
    },
  };
}

export class AddressNotAllowedError extends Error {
  override readonly name = 'AddressNotAllowedError';
  readonly code = 'EADDRNOTALLOWED';

  constructor(hostname: string, addresses: readonly LookupAddress[]) {
    const shown = addresses.slice(0, 4).map(({ address }) => address);
    if (shown.length < addresses.length) shown.push('…');
    super(
      `${hostname} is at ${shown.join(', ') || 'no address'}, outside the public internet: ` +
        'requests go there only when allowNetworks lists it',
    );
  }
}

const MAPPED = network('::ffff:0:0/96');
const NAT64 = network('64:ff9b::/96');
const SIX_TO_FOUR = network('2002::/16');
const GLOBAL_UNICAST = network('2000::/3');

const SPECIAL = [
  '0.0.0.0/8', // this network
  '10.0.0.0/8', // private
  '100.64.0.0/10', // carrier-grade NAT
  '127.0.0.0/8', // loopback
  '169.254.0.0/16', // link-local, metadata services of clouds
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments
  '192.0.2.0/24', // documentation
  '192.88.99.0/24', // 6to4 relays, withdrawn
  '192.168.0.0/16', // private
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, broadcast
  '2001::/23', // protocol assignments, Teredo among them
  '2001:db8::/32', // documentation
  '3fff::/20', // documentation
].map(network);

function isGlobal(bytes: Uint8Array): boolean {
  if (contains(NAT64, bytes)) return isGlobal(mappedAddress(bytes.subarray(12)));
  if (contains(SIX_TO_FOUR, bytes)) return isGlobal(mappedAddress(bytes.subarray(2, 6)));
  if (!contains(MAPPED, bytes) && !contains(GLOBAL_UNICAST, bytes)) return false;
  return !SPECIAL.some((special) => contains(special, bytes));
}

function parseNetworks(texts: readonly string[]): Network[] {
  const parsed = texts.map((text) => ({ text, network: parseNetwork(text) }));
  const bad = parsed.filter(({ network }) => network === null).map(({ text }) => `"${text}"`);
  if (bad.length > 0) {
    throw new PosthasteError(
      'configuration',
      `allowNetworks: ${bad.join(', ')} must be an IP address or a CIDR without bits beyond its prefix, such as 10.1.0.0/16, 192.168.1.7 or fd00::/8`,
    );
  }
  return parsed.flatMap(({ network }) => network ?? []);
}

function network(text: string): Network {
  const parsed = parseNetwork(text);
  if (parsed === null) throw new TypeError(`not a network: ${text}`);
  return parsed;
}
