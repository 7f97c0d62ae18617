import { BlockList, isIP } from 'node:net';

/**
 * The addresses and networks (`10.0.0.0/8`) as a `BlockList` of Node.js, whose `check` tells whether
 * one of them contains an address. Throws for a text that is neither.
 */
export function networkList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits, ...more] = network.split('/');
    const version = isIP(address);
    const longest = version === 4 ? 32 : 128;
    // `Number` reads blanks as 0, and a network of 0 bits contains every address.
    const isLength = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= longest);
    if (version === 0 || address.includes('%') || !isLength || more.length > 0) {
      throw new Error(`${network} is neither an address nor a network`);
    }
    const length = bits === undefined ? longest : Number(bits);
    list.addSubnet(address, length, version === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}
