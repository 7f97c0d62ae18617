import type { Clock } from '../../../domain/clock.ts';

export interface LeaseTimes {
  /** Length of a lease from its renewal, by the database's clock. No other process takes its shards meanwhile. */
  readonly leaseMs: number;
  /** A process whose lease has ended but whose session is open gets this long to come back. */
  readonly patienceMs: number;
  /** The process itself stops attempting this long before the lease ends. */
  readonly marginMs: number;
  /** Cached rows count as current for this long after a heartbeat began. */
  readonly currentMs: number;
  /** Older changes are not read again: a longer interruption leaves a gap. */
  readonly changesKeptMs: number;
  /** This process may declare others gone only after this long without an interruption. */
  readonly steadyMs: number;
}

/**
 * The lease of this process, by its monotonic clock. The database counts a lease from the renewal, which is
 * after the heartbeat was sent; the process counts from the sending, so for the process the lease never ends
 * later than for the database. A process that was suspended sees by itself that its lease has ended.
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

  /** Whether all changes from more than a second ago are known. */
  get isCurrent(): boolean {
    return this.#clock.monotonicMs() - this.#renewedMs < this.#times.currentMs;
  }

  /**
   * Whether this process may declare others gone. After an interruption, which may have been the database's,
   * all processes get time to renew first: otherwise the first process to come back would take all shards.
   */
  get mayJudge(): boolean {
    return this.holds && this.#clock.monotonicMs() - this.#steadySinceMs >= this.#times.steadyMs;
  }

  /**
   * Whether this process may declare others gone because their session has ended. After a failover all sessions
   * have ended, and this process may be the first to come back: it waits for as long as an open session would
   * give the others.
   */
  get mayJudgeSessions(): boolean {
    const { leaseMs, patienceMs } = this.#times;
    const steadyMs = this.#clock.monotonicMs() - this.#steadySinceMs;
    return this.mayJudge && steadyMs >= leaseMs + patienceMs;
  }

  /**
   * A heartbeat that was sent at `sentMs` was answered. Returns whether the lease had run out before it
   * (`regained`), and whether changes may have been missed (`gap`).
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
