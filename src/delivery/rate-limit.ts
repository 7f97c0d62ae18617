/**
 * Spaces attempts evenly at a rate, after a pause with a burst of at most `BURST_MS` worth of them
 * (the generic cell rate algorithm: one number of state, no timer).
 */
export class RateLimit {
  #nextAt = 0;

  /** Takes one and answers 0, or answers how many milliseconds to wait before asking again. */
  take(perSecond: number, now: number): number {
    const intervalMs = 1000 / perSecond;
    const allowedAt = this.#nextAt - Math.max(BURST_MS - intervalMs, 0);
    if (now < allowedAt) return Math.ceil(allowedAt - now);
    this.#nextAt = Math.max(this.#nextAt, now) + intervalMs;
    return 0;
  }
}

const BURST_MS = 100;
