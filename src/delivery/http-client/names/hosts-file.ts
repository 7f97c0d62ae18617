import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import type { Clock } from '../../../domain/clock.ts';
import { rereadFile } from './reread-file.ts';

/** Returns a function that looks up a lower-case name in a hosts file: its addresses, or null. */
export function createHostsFile(
  path: string,
  clock: Clock,
): (name: string) => readonly LookupAddress[] | null {
  const entries = rereadFile(path, clock, parseHosts);
  return (name) => entries().get(name) ?? null;
}

function parseHosts(text: string): ReadonlyMap<string, readonly LookupAddress[]> {
  const entries = new Map<string, LookupAddress[]>();
  for (const line of text.split(/\r?\n/)) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    const family = isIP(address);
    if (family === 0) continue;
    for (const name of names.map((text) => text.toLowerCase())) {
      const known = entries.get(name);
      if (known === undefined) entries.set(name, [{ address, family }]);
      else if (known.every((one) => one.address !== address)) known.push({ address, family });
    }
  }
  return entries;
}
