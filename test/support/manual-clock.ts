import { type Clock, createClock } from '../../src/domain/clock.ts';

/** A clock that moves only when a test moves it. */
export class ManualClock implements Clock {
  #wallAt: number;
  #monotonicMs = 0;
  #timers: { atMs: number; run: () => void }[] = [];
  readonly #clock: Clock;

  constructor(now = Date.UTC(2030, 0, 1)) {
    this.#wallAt = now;
    this.#clock = createClock({
      now: () => this.#wallAt,
      monotonicMs: () => this.#monotonicMs,
      after: (delayMs, run) => this.after(delayMs, run),
    });
  }

  now(): number {
    return this.#wallAt;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  scheduleNow(): number {
    return this.#clock.scheduleNow();
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { atMs: this.#monotonicMs + Math.max(delayMs, 0), run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((t) => t !== timer);
    };
  }

  /** The number of timers that have not fired. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Sets the wall clock, as a person or a time service does; the monotonic clock stands still. */
  setBy(ms: number): void {
    this.#wallAt += ms;
  }

  /** Moves both clocks on, and fires the due timers in order, each at its own time. */
  advance(ms: number): void {
    const endMs = this.#monotonicMs + ms;
    for (;;) {
      const due = this.#timers
        .filter((t) => t.atMs <= endMs)
        .toSorted((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((t) => t !== due);
      this.#moveTo(Math.max(this.#monotonicMs, due.atMs));
      due.run();
    }
    this.#moveTo(endMs);
  }

  #moveTo(monotonicMs: number): void {
    this.#wallAt += monotonicMs - this.#monotonicMs;
    this.#monotonicMs = monotonicMs;
  }
}
