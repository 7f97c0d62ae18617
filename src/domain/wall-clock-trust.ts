import type { Clock } from './clock.ts';

/**
 * Returns a function that says whether retention may rely on the wall clock. It is false for an hour after the clock
 * was set, in either direction, by more than a minute: a clock that is wrong for a moment must not remove data that
 * should be kept for months. Call the function before each removal.
 */
export function watchWallClock(clock: Pick<Clock, 'now' | 'monotonicMs'>): () => boolean {
  let offset = clock.now() - clock.monotonicMs();
  let trustedFromMs = -Infinity;
  return () => {
    const nowMs = clock.monotonicMs();
    const newOffset = clock.now() - nowMs;
    if (Math.abs(newOffset - offset) > HARMLESS_MS) trustedFromMs = nowMs + TRUSTED_AFTER_MS;
    offset = newOffset;
    return nowMs >= trustedFromMs;
  };
}

/** Smaller changes are harmless, because data is kept for an hour at least. */
const HARMLESS_MS = 60_000;
const TRUSTED_AFTER_MS = 60 * 60_000;
