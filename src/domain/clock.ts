/**
 * The source of time. Everything that waits or needs the time takes a clock, so that a test can move
 * it.
 * Instants are milliseconds since the Unix epoch (`…At`), durations milliseconds (`…Ms`).
 *
 * The three times differ only when the machine's clock is set:
 *
 * - `now` is the wall clock. For instants that are shown or signed.
 * - `monotonicMs` only counts up. For deadlines, rates, windows and pauses within the process.
 * - `scheduleNow` is an instant that never goes back. For due times and claims, which are stored and
 *   must therefore be instants, but must not be late after the clock was set.
 */
export interface Clock {
  /** The wall clock. It may jump in both directions. */
  now(): number;
  /** Milliseconds since some moment in this process. Never goes back, never jumps. */
  monotonicMs(): number;
  /** The instant that due times are made from and compared with, in whole milliseconds. */
  scheduleNow(): number;
  /**
   * Calls `run` once, no earlier than `delayMs` from now (a delay below zero counts as zero), by
   * the monotonic clock. The timer keeps the process alive only while it is pending; the returned
   * function cancels it and may be called at any time, any number of times.
   */
  after(delayMs: number, run: () => void): () => void;
}

/** The source of randomness: a number in [0, 1), as `Math.random`. */
export type Random = () => number;

/** A clock over the two clocks of a machine, and its timers. */
export function createClock(machine: Pick<Clock, 'now' | 'monotonicMs' | 'after'>): Clock {
  const schedule = new Schedule(machine.now(), machine.monotonicMs());
  return {
    ...machine,
    scheduleNow: () => schedule.at(machine.now(), machine.monotonicMs()),
  };
}

/**
 * Follows the wall clock while the wall clock runs steadily. When the wall clock is set back, the schedule
 * continues as before, so that the waits until stored due times do not change. When the wall clock is set forward,
 * the schedule continues as before for `BELIEVED_AFTER_MS`, in case the new time is a mistake, and then follows:
 * after a machine slept, due work really is late.
 */
class Schedule {
  /** The instant at monotonic time zero. */
  #offset: number;
  #aheadSinceMs: number | null = null;

  constructor(now: number, monotonicMs: number) {
    this.#offset = now - monotonicMs;
  }

  at(now: number, monotonicMs: number): number {
    const jump = now - monotonicMs - this.#offset;
    if (Math.abs(jump) <= STEADY_MS) {
      this.#offset += jump;
      this.#aheadSinceMs = null;
    } else if (jump < 0) {
      this.#aheadSinceMs = null;
    } else {
      this.#aheadSinceMs ??= monotonicMs;
      if (monotonicMs - this.#aheadSinceMs >= BELIEVED_AFTER_MS) {
        this.#offset += jump;
        this.#aheadSinceMs = null;
      }
    }
    return Math.round(this.#offset + monotonicMs);
  }
}

/** Differences below this come from drift between the two clocks, and from corrections by time services. */
const STEADY_MS = 500;
const BELIEVED_AFTER_MS = 60_000;
// `setTimeout` treats longer times as 1 ms: a retry in a month would become a busy loop.
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = createClock({
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, run) {
    const dueMs = performance.now() + Math.max(delayMs, 0);
    // Node's timers may be early, because they count from the beginning of a turn of the event loop.
    const fire = () => {
      const leftMs = dueMs - performance.now();
      if (leftMs > 0) timer = setTimeout(fire, Math.min(leftMs, LONGEST_TIMER_MS));
      else run();
    };
    let timer = setTimeout(fire, Math.min(Math.max(delayMs, 0), LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
});
