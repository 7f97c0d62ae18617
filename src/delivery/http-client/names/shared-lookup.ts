import type { LookupAddress, RecordWithTtl, Resolver } from 'node:dns';
import type { Clock } from '../../../domain/clock.ts';
import { NameError } from './name-error.ts';

/** Addresses in the order in which they should be tried, at least one; or why there are none. */
export type NameAnswer = readonly LookupAddress[] | NameError;

interface Question {
  readonly hostname: string;
  /** Names to ask for, in order, until one has an address. At least one. */
  readonly candidates: readonly string[];
  /** Used by this look-up alone. */
  readonly resolver: Resolver;
  readonly clock: Clock;
}

interface LookupEvents {
  onAnswer(answer: NameAnswer, ttlMs: number): void;
  /** Called when the look-up was answered or given up. */
  onEnd(): void;
}

type FamilyAnswer = { addresses: LookupAddress[]; ttlMs: number } | { code: string };

/**
 * One query to the name servers, shared by all callers that ask for the name while it is open. IPv4 and
 * IPv6 are asked for at once; when one has addresses, the other gets only 50 ms more, because some name
 * servers never answer for IPv6.
 */
export class SharedLookup {
  readonly #question: Question;
  readonly #events: LookupEvents;
  readonly #waiting = new Set<(answer: NameAnswer) => void>();
  #candidate = 0;
  #families: { 4: FamilyAnswer | null; 6: FamilyAnswer | null } = { 4: null, 6: null };
  /** The first failure that says nothing about whether the name exists. */
  #temporary: string | null = null;
  #cancelWait: (() => void) | null = null;
  #ended = false;

  constructor(question: Question, events: LookupEvents) {
    this.#question = question;
    this.#events = events;
    this.#ask();
  }

  /** Calls `onAnswer` with the answer. Returns a function that stops waiting for it. */
  join(onAnswer: (answer: NameAnswer) => void): () => void {
    this.#waiting.add(onAnswer);
    return () => {
      if (this.#waiting.delete(onAnswer) && this.#waiting.size === 0) this.#end();
    };
  }

  #ask(): void {
    const { candidates, resolver } = this.#question;
    const candidate = candidates[this.#candidate] ?? this.#question.hostname;
    this.#families = { 4: null, 6: null };
    for (const family of [4, 6] as const) {
      const onAnswer = (error: NodeJS.ErrnoException | null, records: RecordWithTtl[]) =>
        this.#received(family, error, records);
      if (family === 4) resolver.resolve4(candidate, { ttl: true }, onAnswer);
      else resolver.resolve6(candidate, { ttl: true }, onAnswer);
    }
  }

  #received(family: 4 | 6, error: NodeJS.ErrnoException | null, records: RecordWithTtl[]): void {
    // Queries that were given up are answered with ECANCELLED.
    if (this.#ended) return;
    this.#families[family] =
      error === null ? answerOf(records, family) : { code: error.code ?? '' };
    const [ipv4, ipv6] = [this.#families[4], this.#families[6]];
    if (ipv4 !== null && ipv6 !== null) return this.#conclude();
    const addresses = addressesOf(this.#families[family]);
    if (addresses.length === 0) return;
    this.#cancelWait = this.#question.clock.after(OTHER_FAMILY_MS, () => this.#conclude());
  }

  #conclude(): void {
    const families = [this.#families[4], this.#families[6]].filter((family) => family !== null);
    const addresses = alternately(addressesOf(this.#families[4]), addressesOf(this.#families[6]));
    if (addresses.length > 0) {
      const ttls = families.flatMap((family) => ('ttlMs' in family ? family.ttlMs : []));
      return this.#answer(addresses, Math.min(Math.max(Math.min(...ttls), MIN_TTL_MS), MAX_TTL_MS));
    }
    const codes = families.flatMap((family) => ('code' in family ? family.code : []));
    this.#temporary ??= codes.find((code) => !MISSING.has(code)) ?? null;
    this.#candidate++;
    if (this.#candidate < this.#question.candidates.length) return this.#ask();
    const code = this.#temporary ?? 'ENOTFOUND';
    this.#answer(new NameError(this.#question.hostname, code), FAILURE_MS);
  }

  #answer(answer: NameAnswer, ttlMs: number): void {
    const waiting = [...this.#waiting];
    this.#end();
    this.#events.onAnswer(answer, ttlMs);
    for (const onAnswer of waiting) onAnswer(answer);
  }

  #end(): void {
    this.#ended = true;
    this.#waiting.clear();
    this.#cancelWait?.();
    this.#question.resolver.cancel();
    this.#events.onEnd();
  }
}

function answerOf(records: readonly RecordWithTtl[], family: 4 | 6): FamilyAnswer {
  const addresses = records.map(({ address }) => ({ address, family }));
  return { addresses, ttlMs: Math.min(...records.map(({ ttl }) => ttl)) * 1000 };
}

function addressesOf(answer: FamilyAnswer | null): readonly LookupAddress[] {
  return answer !== null && 'addresses' in answer ? answer.addresses : [];
}

/** IPv4 first, because IPv6 is configured more often than it works. */
function alternately(
  ipv4: readonly LookupAddress[],
  ipv6: readonly LookupAddress[],
): readonly LookupAddress[] {
  const length = Math.max(ipv4.length, ipv6.length);
  return Array.from({ length }, (_, i) => [ipv4[i], ipv6[i]])
    .flat()
    .filter((address) => address !== undefined);
}

/** The name servers answered that there is no such name, or no address of that family. */
const MISSING = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME']);
/** RFC 8305, section 3, has 50 ms for the delay of one family. */
const OTHER_FAMILY_MS = 50;
const MIN_TTL_MS = 1_000;
const MAX_TTL_MS = 60_000;
const FAILURE_MS = 1_000;
