import { boundedCache } from '../../bounded-cache.ts';
import type { ClientCredentials } from '../../domain/authentication.ts';
import type { Clock } from '../../domain/clock.ts';
import { type ExchangeResult, type HttpClient, unsendable } from '../http-client/http-client.ts';
import { readTokenAnswer, tokenRequest } from './token-request.ts';

export interface AccessTokensOptions {
  readonly httpClient: Pick<HttpClient, 'post'>;
  readonly clock: Clock;
  readonly userAgent: string;
}

type OnToken = (answer: string | ExchangeResult) => void;

interface Entry {
  readonly credentials: ClientCredentials;
  /** Null: there is none. */
  token: string | null;
  /** A token is not used from then on, and a failure is not told any more. */
  staleAtMs: number;
  failure: ExchangeResult | null;
  /** Those who wait for the request that is under way; null: there is none. */
  waiting: Set<OnToken> | null;
}

/**
 * Access tokens by their credentials. A token is used again until shortly before it expires; all who
 * need one at the same time share one request. A failed request is told for a second to all who ask,
 * so that many attempts don't become as many requests.
 */
export class AccessTokens {
  readonly #options: AccessTokensOptions;
  readonly #entries = boundedCache<Entry>(KEPT);

  constructor(options: AccessTokensOptions) {
    this.#options = options;
  }

  /** The token that is known; null when `request` has to ask. */
  known(credentials: ClientCredentials): string | null {
    const entry = this.#entries.get(keyOf(credentials));
    return entry !== undefined && this.#isFresh(entry) ? entry.token : null;
  }

  /**
   * Calls back once, after it has returned and within `withinMs`: with a token, or with the result of
   * an attempt that can't be made without one.
   */
  request(credentials: ClientCredentials, withinMs: number, onToken: OnToken): void {
    const entry = this.#entryOf(credentials);
    const { token, failure } = entry;
    if (entry.waiting === null && this.#isFresh(entry)) {
      process.nextTick(onToken, token ?? failure);
      return;
    }
    const cancel = this.#options.clock.after(withinMs, () => {
      entry.waiting?.delete(settle);
      onToken(unauthorized('there was no access token before the deadline'));
    });
    const settle: OnToken = (answer) => {
      cancel();
      onToken(answer);
    };
    if (entry.waiting === null) this.#ask(entry);
    entry.waiting?.add(settle);
  }

  /** The receiver refused the token: the next attempt asks for another. */
  refused(credentials: ClientCredentials, token: string): void {
    const key = keyOf(credentials);
    // Another attempt may have had it replaced already.
    if (this.#entries.get(key)?.token === token) this.#entries.delete(key);
  }

  #isFresh({ token, failure, staleAtMs }: Entry): boolean {
    return (token ?? failure) !== null && this.#options.clock.monotonicMs() < staleAtMs;
  }

  #entryOf(credentials: ClientCredentials): Entry {
    const key = keyOf(credentials);
    const found = this.#entries.get(key);
    if (found !== undefined) return found;
    const made = { credentials, token: null, staleAtMs: 0, failure: null, waiting: null };
    this.#entries.set(key, made);
    return made;
  }

  #ask(entry: Entry): void {
    const { httpClient, userAgent } = this.#options;
    entry.waiting = new Set();
    try {
      const request = { ...tokenRequest(entry.credentials, userAgent), deadlineMs: REQUEST_MS };
      httpClient.post(request, (result) => this.#answered(entry, result));
    } catch (error) {
      const result = unsendable(error);
      process.nextTick(() => this.#answered(entry, result));
    }
  }

  #answered(entry: Entry, result: ExchangeResult): void {
    const nowMs = this.#options.clock.monotonicMs();
    const waiting = entry.waiting ?? [];
    entry.waiting = null;
    entry.token = null;
    entry.failure = null;
    if (result.localShortage) {
      // Nothing is known of the token endpoint, and nothing will be of the receiver.
      for (const settle of waiting) settle(result);
      return;
    }
    const read = readTokenAnswer(entry.credentials, result);
    if (typeof read === 'string') {
      entry.failure = unauthorized(read);
      entry.staleAtMs = nowMs + FAILURE_MS;
    } else {
      const holdsMs = Math.min(read.holdsMs ?? UNSAID_MS, LONGEST_MS);
      entry.token = read.token;
      entry.staleAtMs = nowMs + Math.max(holdsMs - EARLY_MS, holdsMs / 2);
    }
    const answer = entry.token ?? entry.failure;
    if (answer !== null) for (const settle of waiting) settle(answer);
  }
}

function keyOf(credentials: ClientCredentials): string {
  return JSON.stringify(credentials);
}

function unauthorized(detail: string): ExchangeResult {
  return { ...unsendable(detail), failure: 'authorization' };
}

const KEPT = 10_000;
const REQUEST_MS = 10_000;
const FAILURE_MS = 1_000;
/** A token is replaced so long before it expires, or in the middle of its time. */
const EARLY_MS = 60_000;
/** How long a token is used whose answer does not say. */
const UNSAID_MS = 5 * 60_000;
const LONGEST_MS = 24 * 60 * 60_000;
