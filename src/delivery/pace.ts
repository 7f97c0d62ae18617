/**
 * When a lane may start its next request: at the endpoint's rate, or slower after the endpoint has
 * pushed back (429, or 502, 503 or 504 with a `Retry-After`).
 *
 * Requests are spaced evenly; after a pause, the requests of `BURST_MS` may go at once (the generic
 * cell rate algorithm: one number of state, no timer).
 *
 * An endpoint that pushes back does not say how many requests it can take. So the lane learns a rate,
 * as TCP does: a pushback halves the rate, each success raises it by a tenth, or doubles it as long
 * as it is below what the endpoint took before. Without a rate, each pause would end with a burst of
 * requests that are refused again, and each refusal costs its delivery an attempt.
 */
export class Pace {
  #nextAtMs = 0;
  #ownedSinceMs = -Infinity;
  #learned: number | null = null;
  /** The rate learned from the first of several pushbacks in a row: below it, a success doubles the rate. */
  #knownRate = 0;
  #wasRefused = false;

  /** Requests per second; null: no limit. */
  rate(limit: number | null): number | null {
    if (this.#learned === null || (limit !== null && limit < this.#learned)) return limit;
    return this.#learned;
  }

  /** Requests per second, learned from pushbacks; null: none. */
  get learned(): number | null {
    return this.#learned;
  }

  /** Takes over the rate that the previous owner had learned. */
  learn(rate: number): void {
    this.#learned = Math.min(this.#learned ?? Infinity, Math.max(rate, SLOWEST_RATE));
  }

  /** Until `ownedSinceMs`, another process may have used the endpoint's rate and burst. */
  begin(ownedSinceMs: number): void {
    this.#ownedSinceMs = ownedSinceMs;
  }

  /** Takes a place for one request and returns 0, or returns the milliseconds to wait for one. */
  take(limit: number | null, nowMs: number): number {
    const perSecond = this.rate(limit);
    if (perSecond === null) return 0;
    const intervalMs = 1000 / perSecond;
    const burstMs = this.#learned === null ? Math.max(BURST_MS - intervalMs, 0) : 0;
    const nextAtMs = Math.max(this.#nextAtMs, this.#ownedSinceMs + intervalMs + burstMs);
    const allowedAtMs = nextAtMs - burstMs;
    if (nowMs < allowedAtMs) return Math.ceil(allowedAtMs - nowMs);
    this.#nextAtMs = Math.max(nextAtMs, nowMs) + intervalMs;
    return 0;
  }

  pushedBack(): void {
    this.#learned = this.#learned === null ? FIRST_RATE : Math.max(this.#learned / 2, SLOWEST_RATE);
    if (!this.#wasRefused) this.#knownRate = this.#learned;
    this.#wasRefused = true;
  }

  succeeded(): void {
    if (this.#learned === null) return;
    this.#wasRefused = false;
    this.#learned *= this.#learned < this.#knownRate ? 2 : 1.1;
    if (this.#learned > FORGOTTEN_ABOVE) this.#learned = null;
  }

  /** Forgets every pushback. */
  forget(): void {
    this.#learned = null;
    this.#nextAtMs = 0;
  }
}

const BURST_MS = 100;
/** Requests per second after the first pushback. */
const FIRST_RATE = 1;
const SLOWEST_RATE = 1 / 60;
const FORGOTTEN_ABOVE = 100;
