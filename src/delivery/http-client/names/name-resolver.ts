import { type LookupAddress, Resolver } from 'node:dns';
import { boundedCache } from '../../../bounded-cache.ts';
import type { Clock } from '../../../domain/clock.ts';
import { createHostsFile } from './hosts-file.ts';
import { createSearchList } from './search-list.ts';
import { type NameAnswer, SharedLookup } from './shared-lookup.ts';

/**
 * Finds the addresses of names without threads: the hosts file first, then the name servers, with
 * the search list of `resolv.conf` as getaddrinfo has it.
 *
 * Look-ups share nothing but their answers: each has sockets of its own, so a name that hangs
 * delays no other. Answers are kept for their TTL, within a second and a minute; failures for a
 * second. At most `ANSWERS` are kept.
 */
export interface NameResolver {
  /**
   * Calls `onAnswer` once, possibly before `resolve` returns. The returned function gives the look-up up:
   * `onAnswer` is then not called, and the query ends when no other caller waits for it.
   */
  resolve(hostname: string, onAnswer: (answer: NameAnswer) => void): () => void;
}

export interface NameResolverOptions {
  readonly clock: Clock;
  /** Such as `10.0.0.2` or `127.0.0.1:5353`; empty: the system's. */
  readonly servers: readonly string[];
  readonly hostsPath?: string;
  readonly resolvConfPath?: string;
}

export function createNameResolver(options: NameResolverOptions): NameResolver {
  const { clock, servers, hostsPath = HOSTS_PATH, resolvConfPath = '/etc/resolv.conf' } = options;
  const hosts = createHostsFile(hostsPath, clock);
  const searchList = createSearchList(resolvConfPath, clock);
  const answers = boundedCache<{ answer: NameAnswer; untilMs: number }>(ANSWERS);
  const lookups = new Map<string, SharedLookup>();

  function resolve(hostname: string, onAnswer: (answer: NameAnswer) => void): () => void {
    const known = knownAnswer(hostname);
    if (known !== null) {
      onAnswer(known);
      return ALREADY_ANSWERED;
    }
    let lookup = lookups.get(hostname);
    if (lookup === undefined) {
      lookup = new SharedLookup(
        { hostname, candidates: searchList(hostname), resolver: createResolver(servers), clock },
        {
          onAnswer: (answer, ttlMs) => keep(hostname, answer, ttlMs),
          onEnd: () => lookups.delete(hostname),
        },
      );
      lookups.set(hostname, lookup);
    }
    return lookup.join(onAnswer);
  }

  function knownAnswer(hostname: string): NameAnswer | null {
    const name = hostname.replace(/\.$/, '').toLowerCase();
    const fixed = hosts(name) ?? (LOCALHOST.test(name) ? LOOPBACK : null);
    if (fixed !== null) return fixed;
    const kept = answers.get(hostname);
    return kept !== undefined && clock.monotonicMs() < kept.untilMs ? kept.answer : null;
  }

  function keep(hostname: string, answer: NameAnswer, ttlMs: number): void {
    answers.set(hostname, { answer, untilMs: clock.monotonicMs() + ttlMs });
  }

  return { resolve };
}

/**
 * One per look-up: a c-ares channel can only cancel all its queries together. A new one costs 20 µs,
 * reads the present `resolv.conf`, and sends from a port of its own, which makes answers harder to
 * forge.
 */
function createResolver(servers: readonly string[]): Resolver {
  const resolver = new Resolver({ timeout: FIRST_TRY_MS, tries: TRIES });
  if (servers.length > 0) resolver.setServers(servers);
  return resolver;
}

const ALREADY_ANSWERED = (): void => {};
/** RFC 6761, section 6.3: name servers are never asked for these names. */
const LOCALHOST = /(?:^|\.)localhost$/;
const LOOPBACK: readonly LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];
const HOSTS_PATH =
  process.platform === 'win32'
    ? `${process.env['SystemRoot'] ?? 'C:\\Windows'}\\System32\\drivers\\etc\\hosts`
    : '/etc/hosts';
const ANSWERS = 10_000;
/** Each try waits twice as long as the one before: with one server 14 s in all. */
const FIRST_TRY_MS = 2_000;
const TRIES = 3;
