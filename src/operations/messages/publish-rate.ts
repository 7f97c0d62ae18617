import { boundedCache } from '../../bounded-cache.ts';
import type { Application } from '../../domain/application.ts';
import type { Clock } from '../../domain/clock.ts';
import { PosthasteError } from '../../domain/errors.ts';

/**
 * Enforces an application's `rateLimit` with a token bucket that holds the publishes of one second; throws
 * `rate_limited`. Each process counts for itself. At most 10,000 applications are remembered; a forgotten
 * application starts with a full bucket.
 */
export function createPublishRate(
  clock: Pick<Clock, 'monotonicMs'>,
): (application: Application) => void {
  const buckets = boundedCache<{ tokens: number; filledAtMs: number }>(10_000);
  return ({ id, rateLimit }) => {
    if (rateLimit === null) return;
    const nowMs = clock.monotonicMs();
    let bucket = buckets.get(id);
    if (bucket === undefined) buckets.set(id, (bucket = { tokens: rateLimit, filledAtMs: nowMs }));
    const gained = ((nowMs - bucket.filledAtMs) * rateLimit) / 1000;
    bucket.tokens = Math.min(bucket.tokens + gained, rateLimit);
    bucket.filledAtMs = nowMs;
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
