import type { Clock } from '../domain/clock.ts';
import { watchWallClock } from '../domain/wall-clock-trust.ts';
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

/** `start` and `stop` may be called twice. */
export interface Retention {
  start(): void;
  /** Resolves when the present part is done. */
  stop(): Promise<void>;
}

/**
 * Removes expired data: a round each minute, in parts that take the storage some milliseconds. After each part it
 * pauses for three times as long as the part took, so that three quarters of the time remain for deliveries. Every
 * worker runs retention; the storage lets one work at a time. After the wall clock was set, nothing is removed for an
 * hour.
 */
export function createRetention({ storage, times, clock, onError }: RetentionOptions): Retention {
  let state: 'new' | 'started' | 'stopped' = 'new';
  const mayRemove = watchWallClock(clock);
  let cancelTimer = () => {};
  let part = Promise.resolve();
  /** The organizations with retention of their own, read once per round. */
  let organizations: readonly OrganizationWithRetention[] | null = null;

  function workAfter(delayMs: number): void {
    if (state !== 'started') return;
    cancelTimer = clock.after(delayMs, () => {
      part = removePart().then(workAfter);
    });
  }

  /** Removes a part; returns how long to wait for the next one. */
  async function removePart(): Promise<number> {
    if (!mayRemove()) return roundEnds();
    const beganMs = clock.monotonicMs();
    try {
      organizations ??= await storage.organizationSettings.withRetention();
      const now = clock.now();
      const groups = retentionGroups(now, times, organizations);
      const removed = await storage.removeExpired({ now, limit: MESSAGES_IN_A_PART, ...groups });
      if (removed === null || removed.done) return roundEnds();
      return Math.max(LEAST_PAUSE_MS, PAUSE_FACTOR * (clock.monotonicMs() - beganMs));
    } catch (error) {
      if (state === 'started') onError(error);
      return roundEnds();
    }
  }

  function roundEnds(): number {
    organizations = null;
    return ROUND_EVERY_MS;
  }

  return {
    start() {
      if (state !== 'new') return;
      state = 'started';
      workAfter(FIRST_AFTER_MS);
    },
    async stop() {
      state = 'stopped';
      cancelTimer();
      await part;
    },
  };
}

/** Removing this many takes SQLite some milliseconds, during which other commits wait. */
const MESSAGES_IN_A_PART = 200;
const PAUSE_FACTOR = 3;
const LEAST_PAUSE_MS = 5;
const FIRST_AFTER_MS = 1_000;
const ROUND_EVERY_MS = 60_000;
