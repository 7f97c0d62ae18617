/**
 * Where time comes from. Everything that waits or stamps takes one, so that a test can move it.
 * Instants are milliseconds since the Unix epoch (`…At`), durations milliseconds (`…Ms`).
 */
export interface Clock {
  now(): number;
  /**
   * Calls `run` once, no earlier than `delayMs` from now (a delay below zero counts as zero).
   * The timer keeps the process alive only while it is pending; the returned function cancels it
   * and may be called at any time, any number of times.
   */
  after(delayMs: number, run: () => void): () => void;
}

// setTimeout turns anything above 2^31-1 into 1 ms; a retry in a month must not become a busy loop.
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, Math.min(Math.max(delayMs, 0), LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
};

/** Where chance comes from: a number in [0, 1), as `Math.random`. */
export type Random = () => number;
