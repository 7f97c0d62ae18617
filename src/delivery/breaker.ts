import type { Random } from '../domain/clock.ts';

export type BreakerState = 'closed' | 'open' | 'half-open';

/**
 * Stops attempts to an endpoint that is down: they would load the endpoint and use up slots and the
 * attempts of its deliveries.
 *
 * - closed: attempts flow. `FAILURES_TO_OPEN` failures in a row open it.
 * - open: nothing is attempted until the pause ends; deliveries wait in the storage.
 * - half-open: one attempt at a time. A success closes, a failure opens for twice as long.
 *
 * The threshold is above the length of any sensible retry schedule, so that a single delivery that
 * keeps failing meets its schedule and never the breaker. All times are monotonic.
 */
export class Breaker {
  #failures = 0;
  #openUntilMs = 0;
  #pauseMs = 0;
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  state(nowMs: number): BreakerState {
    if (this.#pauseMs === 0) return 'closed';
    return nowMs < this.#openUntilMs ? 'open' : 'half-open';
  }

  /** When an open breaker lets the next attempt through. */
  get openUntilMs(): number {
    return this.#openUntilMs;
  }

  /** The latest pause; zero while the breaker is closed. */
  get pauseMs(): number {
    return this.#pauseMs;
  }

  /** The breaker of the previous owner was open after this pause: the next attempt is a probe. */
  halfOpen(pauseMs: number): void {
    this.#pauseMs = Math.max(this.#pauseMs, Math.min(pauseMs, LONGEST_PAUSE_MS));
  }

  succeeded(): void {
    this.#failures = 0;
    this.#pauseMs = 0;
  }

  /** True when this failure opened it. Late results of attempts made before it opened don't count. */
  failed(nowMs: number): boolean {
    this.#failures++;
    const state = this.state(nowMs);
    if (state === 'open' || (state === 'closed' && this.#failures < FAILURES_TO_OPEN)) return false;
    this.#pauseMs = Math.min(Math.max(this.#pauseMs * 2, FIRST_PAUSE_MS), LONGEST_PAUSE_MS);
    // Endpoints that failed together must not all be probed at the same instant.
    this.#openUntilMs = nowMs + this.#pauseMs * (0.8 + 0.4 * this.#random());
    return true;
  }
}

export const FAILURES_TO_OPEN = 20;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
