import { LRUCache } from 'lru-cache';
import type { Application } from '../domain/application.ts';
import type { Clock } from '../domain/clock.ts';
import { PosthasteError } from '../domain/errors.ts';

/**
 * Holds an application to its `rateLimit`, with bursts of up to one second's worth. Counted in this
 * process; an application that is forgotten because many others publish starts with a full second.
 */
export function createPublishRate(clock: Clock): (application: Application) => void {
  const buckets = new LRUCache<string, { tokens: number; filledAt: number }>({ max: 10_000 });
  return ({ id, rateLimit }) => {
    if (rateLimit === null) return;
    const now = clock.now();
    let bucket = buckets.get(id);
    if (bucket === undefined) buckets.set(id, (bucket = { tokens: rateLimit, filledAt: now }));
    // A clock that was set back fills nothing.
    const gained = (Math.max(now - bucket.filledAt, 0) * rateLimit) / 1000;
    bucket.tokens = Math.min(bucket.tokens + gained, rateLimit);
    bucket.filledAt = now;
    if (bucket.tokens < 1 - ROUNDING) {
      throw new PosthasteError(
        'rate_limited',
        `The application may publish ${rateLimit} messages per second; try again later`,
      );
    }
    bucket.tokens -= 1;
  };
}

const ROUNDING = 1e-9;
