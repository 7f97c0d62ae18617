import type { DatabaseSync } from 'node:sqlite';
import { invalid, PosthasteError } from '../domain/errors.ts';
import { systemClock } from '../domain/clock.ts';
import type { Clock, Random } from '../domain/clock.ts';
import type { FailedEntry, InboxEntry, IncomingWebhook } from './inbox-entry.ts';
import { openInboxStore } from './inbox-store.ts';
import type { InboxStore } from './inbox-store.ts';

/**
 * A durable inbox: it accepts a webhook in the time of one commit, so that the sender gets its answer
 * at once, and processes it afterwards.
 *
 * - `accept` stores an entry and says whether its id is new. The handler of an accepted entry is
 *   run until it has succeeded once, across crashes and restarts, or has failed `maxRuns` times.
 * - An id that was seen before is a duplicate, until `dedupeWindowMs` after its entry was done.
 *   Choose a window longer than the sender keeps retrying.
 * - Entries are begun in the order in which they were accepted. An entry whose handler failed waits
 *   for its next run (twice as long each time) and doesn't delay the entries behind it.
 * - An entry that failed `maxRuns` times is not run again by itself. It is kept, with its payload and
 *   its last error, until somebody retries or discards it; its id stays a duplicate.
 *
 * An inbox is kept in one of two places. They differ in what the handler may do and how often it runs:
 *
 * - **In a file of its own** (`path`). The handler may be asynchronous and runs *at least once*: a
 *   crash between its end and the mark in the inbox runs it again.
 * - **In your database** (`database`). The handler is synchronous and runs inside the transaction
 *   that marks the entry done, one entry at a time: what it writes to that database takes effect
 *   *exactly once*, or not at all.
 *
 * One process at a time may have an inbox open.
 */
export interface Inbox {
  /** Begins to process pending entries. `accept` works before `start`, too. */
  start(): Promise<void>;
  /**
   * Accepts and begins nothing more; resolves when the running handlers have ended, which `timeoutMs`
   * bounds. Pending entries are processed after the next start of the process. A stopped inbox can't
   * be started again.
   */
  stop(): Promise<void>;
  /**
   * Resolves when the entry is committed, together with all others accepted in the same turn of
   * the event loop. Rejects with `storage_unavailable` when it could not be stored (answer the
   * sender with an error, so that it sends again) and with `stopping` after `stop`.
   */
  accept(webhook: IncomingWebhook): Promise<'new' | 'duplicate'>;
  /** Entries accepted and not done yet. */
  pendingCount(): number;
  /** Entries that the inbox gave up on, the latest first; at most `limit` (100). */
  failedEntries(options?: { readonly limit?: number }): FailedEntry[];
  /** How many the inbox gave up on. Above zero, somebody should look. */
  failedCount(): number;
  /**
   * Lets a failed entry begin anew, with run 1 and all its runs. False when no failed entry has this
   * id. It keeps its payload and goes behind what is pending.
   */
  retry(id: string): boolean;
  /**
   * Deletes a failed entry; its id stays a duplicate for `dedupeWindowMs`. False when no failed entry
   * has this id.
   */
  discard(id: string): boolean;
}

interface InboxSettings {
  /** How long the id of a done entry is remembered. Default: seven days. */
  readonly dedupeWindowMs?: number;
  /** Waits between runs of a failing handler: from `firstMs` (1 s), doubling up to `maximumMs` (10 min), ±20 %. */
  readonly backoff?: { readonly firstMs?: number; readonly maximumMs?: number };
  /**
   * After so many failed runs the inbox gives up on an entry. Default: 50, about seven hours with the
   * default backoff. Throws `validation` when it is not a whole number from 1.
   */
  readonly maxRuns?: number;
  /** Called after the inbox gave up on an entry: the moment to tell a person. */
  readonly onGiveUp?: (entry: FailedEntry) => void;
  /** Called for every failed run (with its entry) and every failure to read or write the inbox. */
  readonly onError?: (error: unknown, entry: InboxEntry | null) => void;
  readonly clock?: Clock;
  readonly random?: Random;
}

export interface FileInboxOptions extends InboxSettings {
  /** The inbox's own SQLite file, created when absent. A second process that opens it is refused. */
  readonly path: string;
  /** An entry whose run resolves is done; a run that rejects failed. `signal` aborts after `timeoutMs`. */
  readonly handler: (entry: InboxEntry, signal: AbortSignal) => Promise<void> | void;
  /** How many handlers run at a time. Default: 1. */
  readonly concurrency?: number;
  /** A run that takes longer has failed, whatever its promise does afterwards. Default: 30 s. */
  readonly timeoutMs?: number;
}

export interface DatabaseInboxOptions extends InboxSettings {
  /**
   * Your open database. The inbox adds one table, `posthaste_inbox`, is as durable as the database's
   * `synchronous` setting, and leaves closing it to you. Keep no transaction open across an `await`.
   */
  readonly database: DatabaseSync;
  /**
   * Runs inside a transaction: it must not begin or end one. Throwing rolls everything back. It may
   * return a function to be called after the commit. A crash can lose that call, so it may only
   * speed up work that the database already records.
   */
  readonly handler: (entry: InboxEntry) => (() => void) | void;
}

const DEFAULT_DEDUPE_WINDOW_MS = 7 * 24 * 60 * 60_000;
const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_MAX_RUNS = 50;
const DEFAULT_FAILED_LIMIT = 100;
const ERROR_CHARACTERS = 1_000;
// After a failure of the database: short enough to recover soon, long enough not to fill a log.
const STORAGE_PAUSE_MS = 1_000;
const JITTER = 0.2;

export function createInbox(options: FileInboxOptions): Inbox;
export function createInbox(options: DatabaseInboxOptions): Inbox;
export function createInbox(options: FileInboxOptions | DatabaseInboxOptions): Inbox {
  return new SqliteInbox(options);
}

interface Waiting {
  readonly webhook: IncomingWebhook;
  readonly resolve: (answer: 'new' | 'duplicate') => void;
  readonly reject: (error: unknown) => void;
}

class SqliteInbox implements Inbox {
  readonly #options: FileInboxOptions | DatabaseInboxOptions;
  readonly #clock: Clock;
  readonly #store: InboxStore;
  readonly #concurrency: number;
  readonly #maxRuns: number;
  readonly #running = new Map<string, Promise<void>>();
  #arriving: Waiting[] = [];
  #state: 'idle' | 'started' | 'stopped' = 'idle';
  #pausedUntil = 0;
  #cancelTimer: () => void = () => {};
  #stopping: Promise<void> | undefined;

  constructor(options: FileInboxOptions | DatabaseInboxOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#concurrency = 'path' in options ? Math.max(1, options.concurrency ?? 1) : 1;
    this.#maxRuns = options.maxRuns ?? DEFAULT_MAX_RUNS;
    if (!Number.isInteger(this.#maxRuns) || this.#maxRuns < 1) {
      const msg = 'must be a whole number from 1';
      throw invalid([{ loc: ['maxRuns'], msg, type: 'value_error' }]);
    }
    this.#store = openInboxStore(
      'path' in options ? options.path : options.database,
      options.dedupeWindowMs ?? DEFAULT_DEDUPE_WINDOW_MS,
    );
  }

  async start(): Promise<void> {
    if (this.#state !== 'idle') return;
    this.#state = 'started';
    this.#work();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  accept(webhook: IncomingWebhook): Promise<'new' | 'duplicate'> {
    if (this.#state === 'stopped') {
      return Promise.reject(new PosthasteError('stopping', 'the inbox is stopped'));
    }
    return new Promise((resolve, reject) => {
      if (this.#arriving.push({ webhook, resolve, reject }) === 1) {
        setImmediate(() => this.#commitArriving());
      }
    });
  }

  pendingCount(): number {
    return this.#store.pendingCount();
  }

  failedEntries({ limit = DEFAULT_FAILED_LIMIT }: { limit?: number } = {}): FailedEntry[] {
    return this.#store.failed(limit);
  }

  failedCount(): number {
    return this.#store.failedCount();
  }

  retry(id: string): boolean {
    const retried = this.#store.retry(id, this.#clock.now());
    if (retried) this.#work();
    return retried;
  }

  discard(id: string): boolean {
    return this.#store.discard(id, this.#clock.now());
  }

  async #stop(): Promise<void> {
    this.#state = 'stopped';
    this.#cancelTimer();
    this.#commitArriving();
    await Promise.all(this.#running.values());
    this.#store.close();
  }

  #commitArriving(): void {
    const arriving = this.#arriving;
    if (arriving.length === 0) return;
    this.#arriving = [];
    try {
      const answers = this.#store.insert(
        arriving.map((one) => one.webhook),
        this.#clock.now(),
      );
      for (const [i, one] of arriving.entries()) one.resolve(answers[i] ? 'new' : 'duplicate');
    } catch (cause) {
      const error = new PosthasteError('storage_unavailable', 'the webhook could not be stored', {
        cause,
      });
      for (const one of arriving) one.reject(error);
    }
    this.#work();
  }

  #work(): void {
    if (this.#state !== 'started') return;
    this.#cancelTimer();
    const now = this.#clock.now();
    if (now < this.#pausedUntil) return this.#workAt(this.#pausedUntil);
    try {
      // Running entries are still due in the table: read as many more.
      const due = this.#store.due(now, this.#concurrency + this.#running.size);
      for (const entry of due) {
        if (this.#running.size >= this.#concurrency) return;
        if (!this.#running.has(entry.id)) this.#begin(entry);
      }
      const nextAt = this.#store.nextDueAfter(now);
      if (nextAt !== null) this.#workAt(nextAt);
    } catch (error) {
      this.#pause(error);
      this.#workAt(this.#pausedUntil);
    }
  }

  #workAt(at: number): void {
    this.#cancelTimer = this.#clock.after(at - this.#clock.now(), () => this.#work());
  }

  #pause(error: unknown): void {
    this.#pausedUntil = this.#clock.now() + STORAGE_PAUSE_MS;
    this.#report(error, null);
  }

  #begin(entry: InboxEntry): void {
    this.#running.set(entry.id, this.#run(entry));
  }

  /** Never rejects. */
  async #run(entry: InboxEntry): Promise<void> {
    // A whole backlog of synchronous handlers must not block the event loop.
    await new Promise((resolve) => setImmediate(resolve));
    try {
      if ('path' in this.#options) await this.#runToEnd(entry, this.#options);
      else this.#runInTransaction(entry, this.#options);
    } catch (error) {
      this.#report(error, entry);
      this.#afterFailure(entry, error);
    }
    this.#running.delete(entry.id);
    this.#work();
  }

  #afterFailure(entry: InboxEntry, error: unknown): void {
    const now = this.#clock.now();
    try {
      if (entry.runNumber < this.#maxRuns) {
        this.#store.postpone(entry.id, now + this.#backoffMs(entry.runNumber));
      } else {
        this.#giveUp(entry, messageOf(error), now);
      }
    } catch (storageError) {
      this.#pause(storageError);
    }
  }

  #giveUp(entry: InboxEntry, error: string, failedAt: number): void {
    this.#store.giveUp(entry.id, failedAt, error);
    const { runNumber: runCount, ...webhook } = entry;
    try {
      this.#options.onGiveUp?.({ ...webhook, failedAt, runCount, error });
    } catch (listenerError) {
      this.#report(listenerError, entry);
    }
  }

  async #runToEnd(entry: InboxEntry, options: FileInboxOptions): Promise<void> {
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const abort = new AbortController();
    let cancel = (): void => {};
    const timeout = new Promise<never>((_resolve, reject) => {
      cancel = this.#clock.after(timeoutMs, () => {
        const error = new Error(`the handler took longer than ${timeoutMs} ms`);
        abort.abort(error);
        reject(error);
      });
    });
    try {
      await Promise.race([options.handler(entry, abort.signal), timeout]);
    } finally {
      cancel();
    }
    this.#store.finish(entry.id, this.#clock.now());
  }

  #runInTransaction(entry: InboxEntry, options: DatabaseInboxOptions): void {
    const afterCommit = this.#store.transaction(() => {
      const result: unknown = options.handler(entry);
      if (result instanceof Promise) {
        result.catch(() => {});
        throw new TypeError('the handler of an inbox in your database must be synchronous');
      }
      this.#store.finish(entry.id, this.#clock.now());
      return result;
    });
    try {
      if (typeof afterCommit === 'function') afterCommit();
    } catch (error) {
      this.#report(error, entry);
    }
  }

  #backoffMs(runNumber: number): number {
    const { firstMs = 1_000, maximumMs = 600_000 } = this.#options.backoff ?? {};
    const random = this.#options.random ?? Math.random;
    const delayMs = Math.min(firstMs * 2 ** (runNumber - 1), maximumMs);
    return delayMs * (1 - JITTER + 2 * JITTER * random());
  }

  #report(error: unknown, entry: InboxEntry | null): void {
    try {
      this.#options.onError?.(error, entry);
    } catch {
      // A failing listener must not stop the work.
    }
  }
}

/** Whatever was thrown: some errors can't even be printed. */
function messageOf(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error).slice(0, ERROR_CHARACTERS);
  } catch {
    return 'the handler threw something that has no text';
  }
}
