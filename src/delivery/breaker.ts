import type { Random } from '../domain/clock.ts';

/**
 * Spares an endpoint that is down, and our slots, without spending the attempts of its deliveries.
 *
 * - closed: attempts flow. `FAILURES_TO_OPEN` failures in a row open it.
 * - open: nothing is attempted until the cool-down ends; deliveries wait in the storage.
 * - half-open: one attempt at a time. A success closes, a failure opens for twice as long.
 *
 * The threshold is above the length of any sensible retry schedule, so that a single delivery that
 * keeps failing meets its schedule and never the breaker.
 */
export class Breaker {
  #failures = 0;
  #openUntil = 0;
  #cooldownMs = 0;
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  state(now: number): 'closed' | 'open' | 'half-open' {
    if (this.#cooldownMs === 0) return 'closed';
    return now < this.#openUntil ? 'open' : 'half-open';
  }

  /** When an open breaker lets the next attempt through. */
  get openUntil(): number {
    return this.#openUntil;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#cooldownMs = 0;
  }

  /** True when this failure opened it. Late results of attempts made before it opened don't count. */
  failed(now: number): boolean {
    this.#failures++;
    const state = this.state(now);
    if (state === 'open' || (state === 'closed' && this.#failures < FAILURES_TO_OPEN)) return false;
    this.#cooldownMs = Math.min(
      Math.max(this.#cooldownMs * 2, FIRST_COOLDOWN_MS),
      LONGEST_COOLDOWN_MS,
    );
    // Endpoints that fell together must not all be probed at the same instant.
    this.#openUntil = now + this.#cooldownMs * (0.8 + 0.4 * this.#random());
    return true;
  }
}

export const FAILURES_TO_OPEN = 20;
const FIRST_COOLDOWN_MS = 1_000;
const LONGEST_COOLDOWN_MS = 30_000;
