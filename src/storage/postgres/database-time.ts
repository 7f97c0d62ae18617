import type { Clock } from '../../domain/clock.ts';

/** Smaller differences come from the round trip to the server. */
const STEADY_MS = 250;

/**
 * Due times are stored in the database's time, so that processes whose clocks are an hour apart agree
 * when a delivery is due. The storage adds the difference when it writes and subtracts it when it reads:
 * all other code knows only the clock of the process.
 */
export class DatabaseTime {
  readonly #clock: Pick<Clock, 'scheduleNow' | 'monotonicMs'>;
  readonly #read: () => Promise<number>;
  #aheadMs: number | null = null;

  /** `read` asks the database for its time. */
  constructor(clock: Pick<Clock, 'scheduleNow' | 'monotonicMs'>, read: () => Promise<number>) {
    this.#clock = clock;
    this.#read = read;
  }

  /** Compares the clocks again. Stored due times keep their meaning. */
  async compare(): Promise<void> {
    const sentMs = this.#clock.monotonicMs();
    const now = await this.#read();
    const halfWayMs = (this.#clock.monotonicMs() - sentMs) / 2;
    const ahead = Math.round(now + halfWayMs - this.#clock.scheduleNow());
    if (this.#aheadMs === null || Math.abs(ahead - this.#aheadMs) > STEADY_MS)
      this.#aheadMs = ahead;
  }

  /** An instant of the process's schedule as one of the database. */
  stored(instant: number): number {
    return instant + (this.#aheadMs ?? 0);
  }

  /** The inverse of `stored`. */
  local(instant: number): number {
    return instant - (this.#aheadMs ?? 0);
  }
}
