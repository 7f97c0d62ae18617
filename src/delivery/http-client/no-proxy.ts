import { contains, parseAddress, parseNetwork } from '../../domain/networks.ts';

/** The receivers that are reached without the proxy. */
export interface NoProxy {
  /** Whether the name, or a domain above it, is listed. */
  hasName(host: string): boolean;
  /** Whether the address is in a listed network. */
  hasAddress(address: string): boolean;
}

export function createNoProxy(listed: readonly string[]): NoProxy {
  const networks = listed.map(parseNetwork).filter((network) => network !== null);
  const names = listed.filter((item) => parseNetwork(item) === null);
  return {
    hasName(host) {
      const name = host.toLowerCase().replace(/\.$/, '');
      return names.some((item) => name === item || name.endsWith(`.${item}`));
    },
    hasAddress(address) {
      const bytes = parseAddress(address);
      return bytes !== null && networks.some((network) => contains(network, bytes));
    },
  };
}
