import type { Clock, Random } from '../domain/clock.ts';

export interface LinesOptions<T> {
  /** How many entries of one line run at a time, at most. */
  readonly limit: number;
  /** False: the entry must run again later. Never rejects. */
  readonly run: (entry: T) => Promise<boolean>;
  readonly clock: Pick<Clock, 'after'>;
  readonly random: Random;
}

/**
 * Entries in named lines; each line is in order and independent of the others. Entries of a line run concurrently,
 * so that one commit takes many. An entry that must run again goes back to its place; the line pauses, longer each
 * time, up to five seconds, and then starts with a single entry, so that a storage that recovers is not overloaded.
 */
export class Lines<T> {
  readonly #options: LinesOptions<T>;
  readonly #lines = new Map<string, Line<T>>();
  readonly #idle = new Set<() => void>();
  #addedCount = 0;
  #stopped = false;

  constructor(options: LinesOptions<T>) {
    this.#options = options;
  }

  add(name: string, entry: T): void {
    if (this.#stopped) return;
    let line = this.#lines.get(name);
    if (line === undefined) {
      const window = this.#options.limit;
      line = { waiting: [], runningCount: 0, window, failureCount: 0, cancelPause: null };
      this.#lines.set(name, line);
    }
    line.waiting.push({ place: this.#addedCount++, entry });
    this.#start(name, line);
  }

  /** Drops the waiting entries. */
  clear(): void {
    for (const [name, line] of this.#lines) {
      line.waiting = [];
      line.cancelPause?.();
      line.cancelPause = null;
      this.#forget(name, line);
    }
  }

  /** Starts no more entries; running ones go on. */
  stop(): void {
    this.#stopped = true;
    this.clear();
  }

  /** Resolves when no entry waits or runs. */
  async idle(): Promise<void> {
    if (this.#lines.size > 0) await new Promise<void>((resolve) => this.#idle.add(resolve));
  }

  #start(name: string, line: Line<T>): void {
    while (line.cancelPause === null && line.runningCount < line.window) {
      const next = line.waiting.shift();
      if (next === undefined) break;
      line.runningCount++;
      void this.#run(name, line, next);
    }
  }

  async #run(name: string, line: Line<T>, next: Waiting<T>): Promise<void> {
    const done = await this.#options.run(next.entry);
    line.runningCount--;
    if (done) {
      line.failureCount = 0;
      // One more per success, so the window doubles with each round.
      line.window = Math.min(line.window + 1, this.#options.limit);
    } else if (!this.#stopped) {
      const behind = line.waiting.findIndex(({ place }) => place > next.place);
      line.waiting.splice(behind === -1 ? line.waiting.length : behind, 0, next);
      this.#pause(name, line);
    }
    this.#start(name, line);
    this.#forget(name, line);
  }

  #pause(name: string, line: Line<T>): void {
    line.window = 1;
    if (line.cancelPause !== null) return;
    const longest = Math.min(SHORTEST_MS * 2 ** line.failureCount++, LONGEST_MS);
    const cancel = this.#options.clock.after(longest * (0.5 + this.#options.random() / 2), () => {
      line.cancelPause = null;
      this.#start(name, line);
    });
    line.cancelPause = cancel;
  }

  #forget(name: string, line: Line<T>): void {
    if (line.runningCount > 0 || line.waiting.length > 0) return;
    this.#lines.delete(name);
    if (this.#lines.size > 0) return;
    for (const resolve of this.#idle) resolve();
    this.#idle.clear();
  }
}

interface Line<T> {
  /** In the order in which they were added. */
  waiting: Waiting<T>[];
  runningCount: number;
  /** How many entries may run concurrently. */
  window: number;
  /** Pauses since the last success. */
  failureCount: number;
  cancelPause: (() => void) | null;
}

interface Waiting<T> {
  readonly place: number;
  readonly entry: T;
}

const SHORTEST_MS = 100;
const LONGEST_MS = 5_000;
