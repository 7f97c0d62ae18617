import { systemClock } from '../domain/clock.ts';
import { PosthasteError } from '../domain/errors.ts';
import { checkOptions, count, optional } from '../domain/options.ts';
import type { FailedEntry, IncomingWebhook } from './inbox-entry.ts';
import { InboxArrivals } from './inbox-arrivals.ts';
import type { DatabaseInboxOptions, FileInboxOptions, InboxOptions } from './inbox-options.ts';
import { inboxNumbers } from './inbox-options.ts';
import { InboxRuns } from './inbox-runs.ts';
import { type InboxStore, openInboxStore } from './inbox-store.ts';

/**
 * A durable inbox: it stores a webhook in one commit, so that the sender gets its answer at once, and processes
 * the webhook afterwards.
 *
 * - `accept` stores an entry and says whether its id is new. The handler of an accepted entry is
 *   run until it has succeeded once, across crashes and restarts, or has failed `maxRuns` times.
 *   A run is counted before it begins, so a run that ends the process counts, too.
 * - An id that was seen before is a duplicate, until `dedupeWindowMs` after its entry was done.
 *   Choose a window longer than the sender keeps retrying.
 * - Entries begin in the order in which they were accepted. An entry whose handler failed, or ended the
 *   process, waits for its next run (twice as long each time) and doesn't delay later entries.
 * - An entry that failed `maxRuns` times is not run again by itself. It is kept, with its payload and
 *   its last error, until `retry` or `discard` is called; its id stays a duplicate.
 *
 * An inbox is stored in one of two places, which decide what the handler may do and how often it runs:
 *
 * - **In a file of its own** (`path`). The handler may be asynchronous and runs *at least once*: a
 *   crash between its end and the mark in the inbox runs it again.
 * - **In your database** (`database`). The handler is synchronous and runs inside the transaction
 *   that marks the entry done, one entry at a time: its writes to that database take effect *exactly
 *   once*, or not at all.
 *
 * One process at a time may have an inbox open.
 */
export interface Inbox {
  /** Begins to process pending entries. `accept` works before `start`, too. */
  start(): Promise<void>;
  /**
   * Accepts no more webhooks and begins no more runs; resolves when the running handlers have ended, each within
   * its `timeoutMs`. Pending entries are processed after the next start of the process. After `stop`, all other
   * methods fail with `stopping`.
   */
  stop(): Promise<void>;
  /** `stop`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
  /**
   * Resolves when the entry is committed, together with all others accepted in the same turn of the event loop.
   * Rejects with `storage_unavailable` when the entry could not be stored (answer the sender with an error, so that
   * it sends again), with `stopping` after `stop`, and with `validation` when the argument is not a webhook or has
   * a text that can't be stored unchanged; the others of the turn are stored.
   */
  accept(webhook: IncomingWebhook): Promise<'new' | 'duplicate'>;
  /** Entries accepted and not done yet. */
  pendingCount(): number;
  /** Entries that the inbox gave up on, the latest first; at most `limit` (100). */
  failedEntries(options?: { readonly limit?: number }): FailedEntry[];
  /** How many entries the inbox gave up on. Above zero, a person should look at them. */
  failedCount(): number;
  /**
   * Starts a failed entry again with run 1, as the last of the pending entries. False when no failed entry has this
   * id.
   */
  retry(id: string): boolean;
  /**
   * Deletes a failed entry; its id stays a duplicate for `dedupeWindowMs`. False when no failed entry
   * has this id.
   */
  discard(id: string): boolean;
}

/** Throws `validation` for an option out of its bounds, `storage_locked` and `storage_unavailable`. */
export function createInbox(options: FileInboxOptions): Inbox;
export function createInbox(options: DatabaseInboxOptions): Inbox;
export function createInbox(options: InboxOptions): Inbox {
  const numbers = inboxNumbers(options);
  const clock = options.clock ?? systemClock;
  const place = 'path' in options ? options.path : options.database;
  const store = openInboxStore(place, numbers.dedupeWindowMs);
  const runs = new InboxRuns(options, numbers, store, clock);
  const arrivals = new InboxArrivals(store, clock, () => runs.work());
  let stopping: Promise<void> | undefined;

  async function stop(): Promise<void> {
    const ended = runs.stop();
    arrivals.stop();
    await ended;
    store.close();
  }

  function open(): InboxStore {
    if (stopping !== undefined) throw new PosthasteError('stopping', 'the inbox is stopped');
    return store;
  }

  return {
    async start() {
      open();
      runs.start();
    },
    stop: () => (stopping ??= stop()),
    [Symbol.asyncDispose]: () => (stopping ??= stop()),
    accept: (webhook) => arrivals.accept(webhook),
    pendingCount: () => open().pendingCount(),
    failedEntries(options = {}) {
      checkOptions(options, LIST_OPTIONS);
      return open().failed(options.limit ?? DEFAULT_FAILED_LIMIT);
    },
    failedCount: () => open().failedCount(),
    retry(id) {
      const retried = open().retry(id, clock.scheduleNow());
      if (retried) runs.work();
      return retried;
    },
    discard: (id) => open().discard(id, clock.scheduleNow()),
  };
}

const LIST_OPTIONS = { limit: optional(count) };
const DEFAULT_FAILED_LIMIT = 100;
