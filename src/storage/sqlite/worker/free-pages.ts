import type { DatabaseSync } from 'node:sqlite';

/**
 * Returns a function that gives some hundred free pages back to the file system, and returns whether there were
 * any. It does nothing in a file that was made without `auto_vacuum`: such a file reuses free pages but does not
 * shrink. A part of the file stays free, because new messages will need it.
 */
export function giveBackPages(db: DatabaseSync): () => boolean {
  const shrinks = db.prepare('pragma auto_vacuum').get()?.['auto_vacuum'] === INCREMENTAL;
  const free = db.prepare('pragma freelist_count');
  const all = db.prepare('pragma page_count');

  return () => {
    if (!shrinks) return false;
    const kept = Math.max(KEPT_PAGES, KEPT_PART * Number(all.get()?.['page_count']));
    const count = Math.min(Number(free.get()?.['freelist_count']) - kept, PAGES_AT_ONCE);
    if (count < PAGES_AT_ONCE) return false;
    db.exec(`pragma incremental_vacuum(${count})`);
    return true;
  };
}

const INCREMENTAL = 2;
const KEPT_PAGES = 1_000;
const KEPT_PART = 0.1;
const PAGES_AT_ONCE = 200;
