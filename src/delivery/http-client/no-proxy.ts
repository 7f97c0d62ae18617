import type { LookupAddress } from 'node:dns';
import { contains, parseAddress, parseNetwork } from '../../domain/networks.ts';
import type { OpenSocket } from './open-socket.ts';

/**
 * Opens sockets directly to the receivers that are listed, by their name or by the address that was
 * vetted, and through the proxy to all others. A name stands for its subdomains too.
 */
export function exceptListed(
  listed: readonly string[],
  direct: OpenSocket,
  throughProxy: OpenSocket,
): OpenSocket {
  const networks = listed.map(parseNetwork).filter((network) => network !== null);
  const names = listed.filter((item) => parseNetwork(item) === null);

  function isListed(host: string, { address }: LookupAddress): boolean {
    const name = host.toLowerCase().replace(/\.$/, '');
    if (names.some((item) => name === item || name.endsWith(`.${item}`))) return true;
    const bytes = parseAddress(address);
    return bytes !== null && networks.some((network) => contains(network, bytes));
  }

  return (address, target, events) =>
    (isListed(target.host, address) ? direct : throughProxy)(address, target, events);
}
