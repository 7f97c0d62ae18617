import type { Clock } from '../domain/clock.ts';
import { callBack, isThenable } from './call-back.ts';
import type { InboxEntry } from './inbox-entry.ts';
import type { DatabaseInboxOptions, FileInboxOptions, InboxOptions } from './inbox-options.ts';
import type { InboxStore } from './inbox-store.ts';

/** Runs the handler once and marks the entry done. Rejects when the run failed. */
export type HandlerRun = (entry: InboxEntry) => Promise<void>;

/** `report` gets errors of the function that a handler returned for after the commit: the entry is done by then. */
export function createHandlerRun(
  options: InboxOptions,
  timeoutMs: number,
  store: InboxStore,
  clock: Clock,
  report: (error: unknown, entry: InboxEntry) => void,
): HandlerRun {
  return 'path' in options
    ? (entry) => runToEnd(entry, options, timeoutMs, store, clock)
    : async (entry) => runInTransaction(entry, options, store, clock, report);
}

async function runToEnd(
  entry: InboxEntry,
  { handler }: FileInboxOptions,
  timeoutMs: number,
  store: InboxStore,
  clock: Clock,
): Promise<void> {
  const abort = new AbortController();
  let cancel = (): void => {};
  const timeout = new Promise<never>((_resolve, reject) => {
    cancel = clock.after(timeoutMs, () => {
      const error = new Error(`the handler took longer than ${timeoutMs} ms`);
      abort.abort(error);
      reject(error);
    });
  });
  try {
    await Promise.race([handler(entry, abort.signal), timeout]);
  } finally {
    cancel();
  }
  store.finish(entry.id, clock.scheduleNow());
}

function runInTransaction(
  entry: InboxEntry,
  { handler }: DatabaseInboxOptions,
  store: InboxStore,
  clock: Clock,
  report: (error: unknown, entry: InboxEntry) => void,
): void {
  const afterCommit = store.transaction(() => {
    const result: unknown = handler(entry);
    if (isThenable(result)) {
      if (result instanceof Promise) result.catch(() => {});
      throw new TypeError('the handler of an inbox in your database must be synchronous');
    }
    store.finish(entry.id, clock.scheduleNow());
    return result;
  });
  if (typeof afterCommit === 'function') {
    callBack(
      () => afterCommit(),
      (error) => report(error, entry),
    );
  }
}
