import { boundedCache } from '../../bounded-cache.ts';
import type { ClientCredentials } from '../../domain/authentication.ts';
import type { Clock } from '../../domain/clock.ts';
import {
  type ExchangeResult,
  type HttpClient,
  withoutResponse,
} from '../http-client/http-client.ts';
import { readTokenAnswer, tokenRequest } from './token-request.ts';

export interface AccessTokensOptions {
  readonly httpClient: Pick<HttpClient, 'post'>;
  readonly clock: Clock;
  readonly userAgent: string;
}

type OnToken = (answer: string | ExchangeResult) => void;

interface Entry {
  readonly credentials: ClientCredentials;
  token: string | null;
  /** When the token, or the failure, is no longer used (monotonic). */
  staleAtMs: number;
  failure: ExchangeResult | null;
  /** Callbacks that wait for the token request in flight; null: no request is in flight. */
  waiting: Set<OnToken> | null;
}

/**
 * Access tokens by their credentials. A token is reused until shortly before it expires; attempts that
 * need one at the same time share one request. The result of a failed request is reused for a second,
 * so that many attempts don't cause as many token requests.
 */
export class AccessTokens {
  readonly #options: AccessTokensOptions;
  readonly #entries = boundedCache<Entry>(KEPT);

  constructor(options: AccessTokensOptions) {
    this.#options = options;
  }

  /** The cached token; null when `request` must be called. */
  known(credentials: ClientCredentials): string | null {
    const entry = this.#entries.get(keyOf(credentials));
    return entry !== undefined && this.#isFresh(entry) ? entry.token : null;
  }

  /**
   * Calls `onToken` once, after `request` has returned and within `withinMs`: with a token, or, when there
   * is none, with the result of the attempt.
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
      onToken(withoutResponse('authorization', 'there was no access token before the deadline'));
    });
    const settle: OnToken = (answer) => {
      cancel();
      onToken(answer);
    };
    if (entry.waiting === null) this.#ask(entry);
    entry.waiting?.add(settle);
  }

  /** The receiver refused the token: forget it, so that the next attempt requests a new one. */
  refused(credentials: ClientCredentials, token: string): void {
    const key = keyOf(credentials);
    // After a refusal of an older token, the cached one may be new already.
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
      const result = withoutResponse('request', error);
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
      // This machine ran short: the result says nothing about the token endpoint, so don't cache it.
      for (const settle of waiting) settle(result);
      return;
    }
    const read = readTokenAnswer(entry.credentials, result);
    if (typeof read === 'string') {
      entry.failure = withoutResponse('authorization', read);
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

const KEPT = 10_000;
const REQUEST_MS = 10_000;
const FAILURE_MS = 1_000;
/** A token is replaced this long before it expires; a shorter-lived one after half of its lifetime. */
const EARLY_MS = 60_000;
/** Lifetime of a token whose response has no `expires_in`. */
const UNSAID_MS = 5 * 60_000;
const LONGEST_MS = 24 * 60 * 60_000;
