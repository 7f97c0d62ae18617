import { type Clock, createClock } from '../../src/domain/clock.ts';
import type { Dice } from './dice.ts';

export const WORLD_BEGAN_AT = Date.UTC(2030, 0, 1);

/**
 * The time of a simulated world. It jumps from event to event; between two events, all promises settle that can.
 */
export class SimClock {
  readonly #dice: Dice;
  readonly #events: SimEvent[] = [];
  #count = 0;
  #nowMs = 0;
  /** The error of the wall clock. */
  offsetMs = 0;
  #ran = 0;

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  /** True time since the world began. */
  get nowMs(): number {
    return this.#nowMs;
  }

  wallAt(): number {
    return Math.floor(WORLD_BEGAN_AT + this.#nowMs + this.offsetMs);
  }

  /** Schedules an event; events of one time run in the order of these calls. Returns a function that cancels. */
  at(atMs: number, run: () => void): () => void {
    const event: SimEvent = { atMs: Math.max(atMs, this.#nowMs), place: this.#count++, run };
    push(this.#events, event);
    return () => {
      event.run = null;
    };
  }

  after(delayMs: number, run: () => void): () => void {
    return this.at(this.#nowMs + Math.max(delayMs, 0), run);
  }

  /** Runs all events up to a time. */
  runUntil(endMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      // A tick begins when no microtask is left, so all consequences of an event settle before the next event. The
      // second tick comes after work that microtasks deferred to a tick. setImmediate would cost twice as much.
      const step = () => {
        try {
          const next = this.#take(endMs);
          if (next === undefined) return resolve();
          if (++this.#ran > MOST_EVENTS) throw new Error('this history does not come to an end');
          next();
        } catch (error) {
          return reject(error);
        }
        process.nextTick(settle);
      };
      const settle = () => queueMicrotask(() => process.nextTick(step));
      settle();
    });
  }

  /**
   * The clock of one process. Its time of due times begins with the process, and its timers are a little late.
   * Timers run through `pass`, the gate of the process.
   */
  ofProcess(pass: (work: () => void) => void): Clock {
    const startedMs = this.#nowMs;
    return createClock({
      now: () => this.wallAt(),
      monotonicMs: () => this.#nowMs - startedMs,
      after: (delayMs, run) =>
        this.after(Math.max(delayMs, 0) + this.#dice.next(), () => pass(run)),
    });
  }

  #take(endMs: number): (() => void) | undefined {
    for (let first = this.#events[0]; first !== undefined; first = this.#events[0]) {
      if (first.run !== null && first.atMs > endMs) break;
      shift(this.#events);
      if (first.run === null) continue;
      this.#nowMs = first.atMs;
      return first.run;
    }
    this.#nowMs = Math.max(this.#nowMs, endMs);
    return undefined;
  }
}

/** A hundred times the events of a history. With more, something repeats without time passing. */
const MOST_EVENTS = 2_000_000;

interface SimEvent {
  readonly atMs: number;
  readonly place: number;
  /** Null: cancelled. */
  run: (() => void) | null;
}

function isBefore(one: SimEvent, other: SimEvent): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.place < other.place);
}

/** A binary heap, the earliest event first. */
function push(heap: SimEvent[], event: SimEvent): void {
  let at = heap.length;
  while (at > 0) {
    const above = (at - 1) >> 1;
    const parent = heap[above];
    if (parent === undefined || !isBefore(event, parent)) break;
    heap[at] = parent;
    at = above;
  }
  heap[at] = event;
}

function shift(heap: SimEvent[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    let below = 2 * at + 1;
    let child = heap[below];
    if (child === undefined) break;
    const right = heap[below + 1];
    if (right !== undefined && isBefore(right, child)) {
      below++;
      child = right;
    }
    if (!isBefore(child, last)) break;
    heap[at] = child;
    at = below;
  }
  heap[at] = last;
}
