import type { Clock } from '../domain/clock.ts';
import { PosthasteError } from '../domain/errors.ts';

export interface EditOptions<T> {
  readonly clock: Pick<Clock, 'now'>;
  /** Reads the row; rejects with `not_found` when it is gone. */
  readonly find: () => Promise<T>;
  readonly apply: (found: T) => T;
  /** Writes the row; false: the row is gone, or was changed since it was read. */
  readonly update: (edited: T, found: T) => Promise<boolean>;
}

/**
 * Edits the newest state of a row: when another process changed the row between reading and writing, the row is
 * read and edited again. `updatedAt` grows with every change, so it identifies a state of the row.
 */
export async function editNewest<T extends { readonly updatedAt: number }>({
  clock,
  find,
  apply,
  update,
}: EditOptions<T>): Promise<T> {
  for (let triesLeft = TRIES; triesLeft > 0; triesLeft--) {
    const found = await find();
    const edited = { ...apply(found), updatedAt: Math.max(clock.now(), found.updatedAt + 1) };
    if (await update(edited, found)) return edited;
  }
  throw new PosthasteError('conflict', 'Too many concurrent changes of the same object; try again');
}

/** Most tries; each failed try means that another process made an edit. */
const TRIES = 10;
