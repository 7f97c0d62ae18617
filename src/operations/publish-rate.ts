import { LRUCache } from 'lru-cache';
import type { Application } from '../domain/application.ts';
import type { Clock } from '../domain/clock.ts';
import { PosthasteError } from '../domain/errors.ts';

/**
 * Holds an application to its `rateLimit`, with bursts of up to one second's worth. Counted in this
 * process; an application that is forgotten because many others publish starts with a full second.
 */
export function createPublishRate(clock: Clock): (application: Application) => void {
  // The instant at which the application's bucket will be full again (generic cell rate algorithm).
  const fullAt = new LRUCache<string, { at: number }>({ max: 10_000 });
  return ({ id, rateLimit }) => {
    if (rateLimit === null) return;
    const now = clock.now();
    const bucket = fullAt.get(id);
    const next = Math.max(bucket?.at ?? 0, now) + 1000 / rateLimit;
    // A thousandth of a message of slack for the rounding of the sums.
    if (next - now > 1000 + 1 / rateLimit) {
      throw new PosthasteError(
        'rate_limited',
        `The application may publish ${rateLimit} messages per second; try again later`,
      );
    }
    if (bucket) bucket.at = next;
    else fullAt.set(id, { at: next });
  };
}
