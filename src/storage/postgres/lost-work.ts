/**
 * Things that calls may have stored although their answer was lost, to be looked for in the storage. When a
 * connection ends, the server may still run the statement that it sent, and store its effect after a look that
 * found nothing. So each thing is looked for several times, the last time when no statement can still run.
 */
export class LostWork<T> {
  readonly #looks = new Map<T, { made: number; nextAt: number }>();
  readonly #most: number;

  /** At most `most` things are looked for; later ones are ignored. */
  constructor(most: number) {
    this.#most = most;
  }

  add(things: Iterable<T>, now: number): void {
    for (const thing of things) {
      if (this.#looks.size < this.#most) this.#looks.set(thing, { made: 0, nextAt: now });
    }
  }

  /** The things to look for now. */
  due(now: number): T[] {
    return [...this.#looks].flatMap(([thing, { nextAt }]) => (nextAt <= now ? [thing] : []));
  }

  /** Call after looking for these things. */
  looked(things: Iterable<T>, now: number): void {
    for (const thing of things) {
      const look = this.#looks.get(thing);
      if (look === undefined) continue;
      const againMs = LOOK_AGAIN_MS[look.made++];
      if (againMs === undefined) this.#looks.delete(thing);
      else look.nextAt = now + againMs;
    }
  }

  /** Call with things that were found completely: they are not looked for again. */
  found(things: Iterable<T>): void {
    for (const thing of things) this.#looks.delete(thing);
  }

  /** When the next look is due; Infinity: there is nothing to look for. */
  get nextAt(): number {
    let earliest = Infinity;
    for (const { nextAt } of this.#looks.values()) earliest = Math.min(earliest, nextAt);
    return earliest;
  }
}

/** Together longer than the statement time-out of the hot path plus a wait for a lock. */
const LOOK_AGAIN_MS = [500, 1_000, 2_000, 4_000, 8_000];
