import type { Clock } from '../../../domain/clock.ts';

export interface LeaseTimes {
  /** How long the database holds the lease after each renewal. Nobody else attempts meanwhile. */
  readonly leaseMs: number;
  /** A process whose lease is over, but whose session is there, gets so long to come back. */
  readonly patienceMs: number;
  /** The process holds it for so much less. */
  readonly marginMs: number;
  /** What others changed is known for so long after a heartbeat began. */
  readonly currentMs: number;
  /** Changes that are older are not read again: an interruption that is longer leaves a gap. */
  readonly changesKeptMs: number;
  /** Others may be declared gone after so long without an interruption. */
  readonly steadyMs: number;
}

/**
 * What heartbeats prove, by the monotonic clock of the process. The database counts a lease from the
 * renewal, which is after the request was sent, so the process counts from the sending and is never
 * the later of the two. A process that did not run for a while finds its lease over by itself.
 */
export class Lease {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #times: LeaseTimes;
  #renewedMs = -Infinity;
  #steadySinceMs = -Infinity;

  constructor(clock: Pick<Clock, 'monotonicMs'>, times: LeaseTimes) {
    this.#clock = clock;
    this.#times = times;
  }

  get holds(): boolean {
    const { leaseMs, marginMs } = this.#times;
    return this.#clock.monotonicMs() < this.#renewedMs + leaseMs - marginMs;
  }

  /** Whether changes of more than a second ago are known. */
  get isCurrent(): boolean {
    return this.#clock.monotonicMs() - this.#renewedMs < this.#times.currentMs;
  }

  /**
   * Whether this process may judge that others are gone. After an interruption, which may have been
   * the database's, all get time to renew first: else whoever comes back earliest takes everything.
   */
  get mayJudge(): boolean {
    return this.holds && this.#clock.monotonicMs() - this.#steadySinceMs >= this.#times.steadyMs;
  }

  /**
   * Whether this process may judge others by their sessions: those are gone too after a failover, and it
   * may be the first to come back. It waits until all have had the time that a session would give them.
   */
  get mayJudgeSessions(): boolean {
    const { leaseMs, patienceMs } = this.#times;
    const steadyMs = this.#clock.monotonicMs() - this.#steadySinceMs;
    return this.mayJudge && steadyMs >= leaseMs + patienceMs;
  }

  /**
   * A heartbeat that was sent at `sentMs` was answered. Answers what came before: `regained` when the
   * lease had run out meanwhile, and `gap` when changes may have been missed.
   */
  renewed(sentMs: number): { readonly regained: boolean; readonly gap: boolean } {
    const regained = !this.holds;
    const awayMs = sentMs - this.#renewedMs;
    const isFirst = this.#renewedMs === -Infinity;
    if (!isFirst && awayMs > INTERRUPTED_AFTER * this.#times.currentMs) {
      this.#steadySinceMs = sentMs;
    }
    this.#renewedMs = sentMs;
    return { regained, gap: isFirst || awayMs > this.#times.changesKeptMs };
  }

  /** The database says that the process is gone. */
  end(): void {
    this.#renewedMs = -Infinity;
    this.#steadySinceMs = this.#clock.monotonicMs();
  }
}

const INTERRUPTED_AFTER = 2;

export const LEASE_TIMES: LeaseTimes = {
  leaseMs: 4_000,
  patienceMs: 4_000,
  marginMs: 1_000,
  currentMs: 1_000,
  changesKeptMs: 8_000,
  steadyMs: 2_000,
};
