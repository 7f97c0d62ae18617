import type { Clock } from './clock.ts';

/**
 * Returns a function that tells whether the wall clock may decide what is removed for good. False for an
 * hour after it was set, in either direction, by more than a minute: a clock that is wrong for a moment
 * must not cost what a right one would keep for months. Call it as often as something may be removed.
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

/** What is removed was kept for an hour at least. */
const HARMLESS_MS = 60_000;
const TRUSTED_AFTER_MS = 60 * 60_000;
