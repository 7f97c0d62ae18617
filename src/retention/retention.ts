import type { Clock } from '../domain/clock.ts';
import { watchWallClock } from '../domain/wall-clock-trust.ts';
import { type RepeatedWork, repeatWork } from '../repeated-work.ts';
import type { OrganizationWithRetention, Storage } from '../storage/storage.ts';
import type { RetentionTimes } from '../domain/retention-times.ts';
import { retentionGroups } from './groups.ts';

export interface RetentionOptions {
  readonly storage: {
    readonly removeExpired: Storage['removeExpired'];
    readonly organizationSettings: Pick<Storage['organizationSettings'], 'withRetention'>;
  };
  /** Retention of organizations without their own. */
  readonly times: RetentionTimes;
  readonly clock: Pick<Clock, 'now' | 'monotonicMs' | 'after'>;
  /** Called with errors; retention tries again later. */
  readonly onError: (error: unknown) => void;
}

/**
 * Removes expired data: a round each minute, in parts that take the storage some milliseconds. After each part it
 * pauses for three times as long as the part took, so that three quarters of the time remain for deliveries. Every
 * worker runs retention; the storage lets one work at a time. After the wall clock was set, nothing is removed for an
 * hour.
 */
export function createRetention({
  storage,
  times,
  clock,
  onError,
}: RetentionOptions): RepeatedWork {
  const mayRemove = watchWallClock(clock);
  /** The organizations with retention of their own, read once per round; null between rounds. */
  let organizations: readonly OrganizationWithRetention[] | null = null;

  /** Removes a part. */
  async function run(): Promise<number | void> {
    const known = organizations;
    organizations = null;
    if (!mayRemove()) return;
    const beganMs = clock.monotonicMs();
    const found = known ?? (await storage.organizationSettings.withRetention());
    const now = clock.now();
    const groups = retentionGroups(now, times, found);
    const removed = await storage.removeExpired({ now, limit: MESSAGES_IN_A_PART, ...groups });
    if (removed === null || removed.done) return;
    organizations = found;
    return Math.max(LEAST_PAUSE_MS, PAUSE_FACTOR * (clock.monotonicMs() - beganMs));
  }

  return repeatWork({
    clock,
    run,
    onError,
    firstAfterMs: FIRST_AFTER_MS,
    everyMs: ROUND_EVERY_MS,
  });
}

/** Removing this many takes SQLite some milliseconds, during which other commits wait. */
const MESSAGES_IN_A_PART = 200;
const PAUSE_FACTOR = 3;
const LEAST_PAUSE_MS = 5;
const FIRST_AFTER_MS = 1_000;
const ROUND_EVERY_MS = 60_000;
