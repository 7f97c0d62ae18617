import type { DatabaseSync } from 'node:sqlite';
import { PosthasteError } from '../domain/errors.ts';
import { systemClock } from '../domain/clock.ts';
import type { Clock, Random } from '../domain/clock.ts';
import type { InboxEntry, IncomingWebhook } from './inbox-entry.ts';
import { openInboxStore } from './inbox-store.ts';
import type { InboxStore } from './inbox-store.ts';

/**
 * A durable inbox: it takes a webhook in the time of one commit, so that the sender gets its answer
 * at once, and works on it afterwards.
 *
 * - `accept` stores an entry and says whether its id is new. An entry that was accepted is worked
 *   until its handler has succeeded once, across crashes and restarts.
 * - An id that was seen before, worked or not, is a duplicate, until `dedupeWindowMs` after its work
 *   was done. Choose a window longer than the sender keeps retrying.
 * - Entries are begun in the order in which they were accepted. One whose handler fails waits for
 *   its next turn (twice as long each time) and doesn't hold up those behind it.
 *
 * There are two ways to keep it, which differ in what the handler may be and what it gets:
 *
 * - **In a file of its own** (`path`). The handler may be asynchronous and runs *at least once*: a
 *   crash between its end and the mark in the inbox runs it again.
 * - **In your database** (`database`). The handler is synchronous and runs inside the transaction
 *   that marks the entry done, one entry at a time: what it writes to that database takes effect
 *   *exactly once*, or not at all.
 *
 * One process works an inbox.
 */
export interface Inbox {
  /** Begins to work what is waiting. Entries are accepted before it too. */
  start(): Promise<void>;
  /**
   * Accepts no more and begins nothing more; resolves when the running handlers have ended, which
   * `timeoutMs` bounds. What is left is worked after the next start of the process. Final.
   */
  stop(): Promise<void>;
  /**
   * Resolves when the entry is committed, together with all others accepted in the same turn of
   * the event loop. Rejects with `storage_unavailable` when it could not be stored (answer the
   * sender with an error, it will come again) and with `stopping` after `stop`.
   */
  accept(webhook: IncomingWebhook): Promise<'new' | 'duplicate'>;
  /** Entries accepted and not done yet. */
  pendingCount(): number;
}

interface InboxSettings {
  /** How long the id of a done entry is remembered. Seven days by default. */
  readonly dedupeWindowMs?: number;
  /** Waits between runs of a failing handler: from `firstMs` (1 s), doubling up to `maximumMs` (1 min), ±20 %. */
  readonly backoff?: { readonly firstMs?: number; readonly maximumMs?: number };
  /** Hears of every failed run (with its entry) and of every failure to read or write the inbox. */
  readonly onError?: (error: unknown, entry: InboxEntry | null) => void;
  readonly clock?: Clock;
  readonly random?: Random;
}

export interface FileInboxOptions extends InboxSettings {
  /** The inbox's own SQLite file, created when absent. A second process that opens it is refused. */
  readonly path: string;
  /** Its promise decides: resolved is done, rejected is failed. `signal` aborts when `timeoutMs` is over. */
  readonly handler: (entry: InboxEntry, signal: AbortSignal) => Promise<void> | void;
  /** Handlers running at a time. 1 by default. */
  readonly concurrency?: number;
  /** A run that takes longer has failed, whatever its promise does afterwards. 30 s by default. */
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
   * return a function to be called after the commit; a crash can lose that call, so let it only
   * hurry on what the database already says.
   */
  readonly handler: (entry: InboxEntry) => (() => void) | void;
}

const DEFAULT_DEDUPE_WINDOW_MS = 7 * 24 * 60 * 60_000;
const DEFAULT_TIMEOUT_MS = 30_000;
// After the database failed: often enough to recover soon, seldom enough not to fill a log.
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
      // Those running are still due in the table: reading past them leaves enough to fill every place.
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
    // A synchronous handler must not keep the event loop through a whole backlog.
    await new Promise((resolve) => setImmediate(resolve));
    try {
      if ('path' in this.#options) await this.#runToEnd(entry, this.#options);
      else this.#runInTransaction(entry, this.#options);
    } catch (error) {
      this.#report(error, entry);
      try {
        this.#store.postpone(entry.id, this.#clock.now() + this.#backoffMs(entry.runNumber));
      } catch (storageError) {
        this.#pause(storageError);
      }
    }
    this.#running.delete(entry.id);
    this.#work();
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
    const { firstMs = 1_000, maximumMs = 60_000 } = this.#options.backoff ?? {};
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
