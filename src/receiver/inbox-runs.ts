import type { Clock } from '../domain/clock.ts';
import { callBack } from './call-back.ts';
import { createHandlerRun, type HandlerRun } from './handler-run.ts';
import type { InboxEntry } from './inbox-entry.ts';
import type { InboxNumbers, InboxOptions } from './inbox-options.ts';
import type { InboxStore } from './inbox-store.ts';

/** Runs the handlers of due entries, oldest due time first, and retries or gives up after failed runs. */
export class InboxRuns {
  readonly #options: InboxOptions;
  readonly #numbers: InboxNumbers;
  readonly #store: InboxStore;
  readonly #clock: Clock;
  readonly #runHandler: HandlerRun;
  readonly #running = new Map<string, Promise<void>>();
  #state: 'idle' | 'started' | 'stopped' = 'idle';
  #pausedUntilMs = -Infinity;
  #cancelTimer: () => void = () => {};

  constructor(options: InboxOptions, numbers: InboxNumbers, store: InboxStore, clock: Clock) {
    this.#options = options;
    this.#numbers = numbers;
    this.#store = store;
    this.#clock = clock;
    const report = (error: unknown, entry: InboxEntry) => this.#report(error, entry);
    this.#runHandler = createHandlerRun(options, numbers.timeoutMs, store, clock, report);
  }

  start(): void {
    if (this.#state !== 'idle') return;
    this.#state = 'started';
    try {
      const longestMs = this.#numbers.maximumMs * (1 + JITTER);
      this.#store.bringForward(this.#clock.scheduleNow() + longestMs);
    } catch (error) {
      this.#pause(error);
    }
    this.work();
  }

  /** Begins no further runs; resolves when the running handlers have ended. */
  async stop(): Promise<void> {
    this.#state = 'stopped';
    this.#cancelTimer();
    await Promise.all(this.#running.values());
  }

  /** Begins runs of due entries, as far as `concurrency` allows, and sets the timer for the next. */
  work(): void {
    if (this.#state !== 'started') return;
    this.#cancelTimer();
    const pauseMs = this.#pausedUntilMs - this.#clock.monotonicMs();
    if (pauseMs > 0) return this.#workAfter(pauseMs);
    const { concurrency } = this.#numbers;
    const now = this.#clock.scheduleNow();
    try {
      // Running entries can be due in the table, so read that many more.
      for (const entry of this.#store.due(now, concurrency + this.#running.size)) {
        if (this.#running.size >= concurrency) return;
        if (!this.#running.has(entry.id)) this.#running.set(entry.id, this.#run(entry));
      }
      const nextAt = this.#store.nextDueAfter(now);
      if (nextAt !== null) this.#workAfter(nextAt - now);
    } catch (error) {
      this.#pause(error);
      this.#workAfter(STORAGE_PAUSE_MS);
    }
  }

  #workAfter(delayMs: number): void {
    this.#cancelTimer = this.#clock.after(delayMs, () => this.work());
  }

  #pause(error: unknown): void {
    this.#pausedUntilMs = this.#clock.monotonicMs() + STORAGE_PAUSE_MS;
    this.#report(error, null);
  }

  /** Never rejects. */
  async #run(entry: InboxEntry): Promise<void> {
    // Yield between entries: a backlog of synchronous handlers must not block the event loop.
    await new Promise((resolve) => setImmediate(resolve));
    if (this.#countsRun(entry)) {
      try {
        await this.#runHandler(entry);
      } catch (error) {
        this.#report(error, entry);
        this.#afterFailure(entry, error);
      }
    }
    this.#running.delete(entry.id);
    this.work();
  }

  /**
   * Counts a run before it begins, and makes the entry due after a wait; otherwise an entry whose handler ends the
   * process would run first after each restart, for ever. False when the entry must not run: the storage failed,
   * or the entry has had all its runs.
   */
  #countsRun(entry: InboxEntry): boolean {
    try {
      if (entry.runNumber <= this.#numbers.maxRuns) {
        this.#store.beginRun(entry.id, this.#nextRunAt(entry));
        return true;
      }
      this.#giveUp({ ...entry, runNumber: entry.runNumber - 1 }, CUT_OFF);
    } catch (error) {
      this.#pause(error);
    }
    return false;
  }

  #afterFailure(entry: InboxEntry, error: unknown): void {
    try {
      if (entry.runNumber < this.#numbers.maxRuns) {
        this.#store.postpone(entry.id, this.#nextRunAt(entry));
      } else {
        this.#giveUp(entry, messageOf(error));
      }
    } catch (storageError) {
      this.#pause(storageError);
    }
  }

  #giveUp(entry: InboxEntry, error: string): void {
    const failedAt = this.#clock.now();
    this.#store.giveUp(entry.id, failedAt, error);
    const { runNumber: runCount, ...webhook } = entry;
    callBack(
      () => this.#options.onGiveUp?.({ ...webhook, failedAt, runCount, error }),
      (listenerError) => this.#report(listenerError, entry),
    );
  }

  #nextRunAt({ runNumber }: InboxEntry): number {
    const { firstMs, maximumMs } = this.#numbers;
    const random = this.#options.random ?? Math.random;
    const delayMs = Math.min(firstMs * 2 ** (runNumber - 1), maximumMs);
    return this.#clock.scheduleNow() + delayMs * (1 - JITTER + 2 * JITTER * random());
  }

  #report(error: unknown, entry: InboxEntry | null): void {
    // An error of a callback must not stop the inbox.
    callBack(
      () => this.#options.onError?.(error, entry),
      () => {},
    );
  }
}

/** The text of any thrown value, even of one that can't be printed. */
function messageOf(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error).slice(0, ERROR_CHARACTERS);
  } catch {
    return 'the handler threw a value that cannot be printed';
  }
}

const CUT_OFF =
  'the last run did not end: the process ended during the run, or maxRuns was lowered since';
const ERROR_CHARACTERS = 1_000;
// The pause after a failure of the database: short enough to recover soon, long enough not to fill a log.
const STORAGE_PAUSE_MS = 1_000;
const JITTER = 0.2;
