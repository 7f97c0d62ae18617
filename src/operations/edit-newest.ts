import type { Clock } from '../domain/clock.ts';
import { PosthasteError } from '../domain/errors.ts';

export interface EditOptions<T> {
  readonly clock: Pick<Clock, 'now'>;
  /** Reads the row; rejects with `not_found` when it is gone. */
  readonly find: () => Promise<T>;
  readonly apply: (found: T) => T;
  /** Writes the row; false: it is gone, or was changed since it was found. */
  readonly update: (edited: T, found: T) => Promise<boolean>;
}

/**
 * Edits a row as it is at that moment: when another process changed it between the reading and the
 * writing, it is read again. `updatedAt` always grows, so it tells one state of a row from another.
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
  throw new PosthasteError('conflict', 'It is being changed by many at once; try again');
}

/** Each lost try is another process's edit. */
const TRIES = 10;
