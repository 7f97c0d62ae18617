import type { Clock } from '../../../domain/clock.ts';
import { rereadFile } from './reread-file.ts';

/**
 * Returns a function that lists the full names to try for a name, in order, by
 * `search`, `domain` and `ndots` of `resolv.conf` (resolv.conf(5)). Names of services in a
 * Kubernetes cluster or a compose network depend on it.
 */
export function createSearchList(path: string, clock: Clock): (name: string) => readonly string[] {
  const settings = rereadFile(path, clock, parseResolvConf);
  return (name) => {
    if (name.endsWith('.')) return [name];
    const { domains, ndots } = settings();
    const searched = domains.map((domain) => `${name}.${domain}`);
    const dots = name.split('.').length - 1;
    return dots >= ndots ? [name, ...searched] : [...searched, name];
  };
}

interface ResolvConf {
  readonly domains: readonly string[];
  readonly ndots: number;
}

function parseResolvConf(text: string): ResolvConf {
  let domains: string[] = [];
  let ndots = 1;
  for (const line of text.split('\n')) {
    const [keyword, ...words] = line.trim().split(/\s+/);
    // The last of several lines counts.
    if (keyword === 'search' || keyword === 'domain') domains = words;
    if (keyword !== 'options') continue;
    for (const option of words) {
      const [, count] = /^ndots:(\d{1,3})$/.exec(option) ?? [];
      if (count !== undefined) ndots = Math.min(Number(count), MAX_NDOTS);
    }
  }
  const plain = domains
    .map((domain) => domain.replace(/\.$/, ''))
    .filter((domain) => domain !== '');
  return { domains: plain, ndots };
}

const MAX_NDOTS = 15;
