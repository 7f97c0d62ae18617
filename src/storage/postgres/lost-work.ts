/**
 * What calls may have stored whose answer was lost: things to look for in the storage. A connection ends
 * before the statement that it sent: the server may go on with it, and store it after a look that found
 * nothing. So there are several looks, the last one when no statement can still run.
 */
export class LostWork<T> {
  readonly #looks = new Map<T, { made: number; nextAt: number }>();
  readonly #most: number;

  /** Of more than `most`, the later ones are not looked for. */
  constructor(most: number) {
    this.#most = most;
  }

  add(things: Iterable<T>, now: number): void {
    for (const thing of things) {
      if (this.#looks.size < this.#most) this.#looks.set(thing, { made: 0, nextAt: now });
    }
  }

  /** Those to be looked for now. */
  due(now: number): T[] {
    return [...this.#looks].flatMap(([thing, { nextAt }]) => (nextAt <= now ? [thing] : []));
  }

  /** They were looked for. */
  looked(things: Iterable<T>, now: number): void {
    for (const thing of things) {
      const look = this.#looks.get(thing);
      if (look === undefined) continue;
      const againMs = LOOK_AGAIN_MS[look.made++];
      if (againMs === undefined) this.#looks.delete(thing);
      else look.nextAt = now + againMs;
    }
  }

  /** They were found, as a whole. */
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

/** In all, longer than the statement time-out of the hot path, and than a wait for a lock before. */
const LOOK_AGAIN_MS = [500, 1_000, 2_000, 4_000, 8_000];
