import { randomInt } from 'node:crypto';
import type { Clock } from '../domain/clock.ts';
import { ROLLUP_MS, RollupCounter } from './rollup-counter.ts';
import type { RecordBatch, Rollup, Storage } from './storage.ts';

/** Rollups are written so long after the first attempt that they lack, all together. */
export const WRITE_AFTER_MS = 10_000;
/** Older rollups are deleted. */
export const ROLLUP_LIFETIME_MS = 90 * 24 * ROLLUP_MS;

export interface KeepStatisticsOptions {
  readonly clock: Pick<Clock, 'now' | 'after'>;
  /** The rollups are written later. */
  readonly onError: (error: unknown) => void;
}

/**
 * The same storage, which adds up the attempts that are recorded through it. Recording itself costs
 * the database nothing: the sums are in memory, and are written every `WRITE_AFTER_MS` and at the end.
 * A process that dies takes with it what it has counted since. `statistics` answers with what this
 * process has not written yet.
 */
export function keepStatistics(storage: Storage, options: KeepStatisticsOptions): Storage {
  const { clock, onError } = options;
  const counter = new RollupCounter(() => randomInt(2 ** 47));
  let cancelTimer: (() => void) | null = null;
  let writing = Promise.resolve();

  function count({ records }: RecordBatch): void {
    counter.add(records, clock.now());
    if (counter.hasUnwritten) cancelTimer ??= clock.after(WRITE_AFTER_MS, later);
  }

  function later(): void {
    writing = writeAll()
      .catch(onError)
      .finally(() => {
        cancelTimer = counter.hasUnwritten ? clock.after(WRITE_AFTER_MS, later) : null;
      });
  }

  async function writeAll(): Promise<void> {
    const tallies = counter.unwritten();
    // In parts, so that no commit is long.
    for (let from = 0; from < tallies.length; from += WRITTEN_AT_ONCE) {
      await counter.write(tallies.slice(from, from + WRITTEN_AT_ONCE), (rollups) =>
        storage.statistics.write(rollups),
      );
    }
    const limit = FORGOTTEN_AT_LEAST + 2 * tallies.length;
    const before = clock.now() - ROLLUP_LIFETIME_MS;
    for (let left = limit; left > 0; left -= WRITTEN_AT_ONCE) {
      const count = Math.min(left, WRITTEN_AT_ONCE);
      if ((await storage.statistics.forget(before, count)) < count) return;
    }
  }

  return {
    ...storage,
    get owner() {
      return storage.owner;
    },
    async record(take) {
      let batch: RecordBatch | null = null;
      await storage.record(() => (batch = take()));
      if (batch !== null) count(batch);
    },
    statistics: {
      ...storage.statistics,
      async attempts(subjectId, range) {
        const own = counter.of(subjectId).filter(({ bucketAt }) => isIn(range, bucketAt));
        const stored = await storage.statistics.attempts(subjectId, range);
        return [...own, ...stored.filter((one) => !own.some((other) => isSame(one, other)))];
      },
    },
    async stop() {
      await writing;
      cancelTimer?.();
      await writeAll().catch(onError);
      await storage.stop();
    },
  };
}

function isIn({ from, until }: { from: number; until: number }, bucketAt: number): boolean {
  return bucketAt + ROLLUP_MS > from && bucketAt < until;
}

function isSame(one: Rollup, other: Rollup): boolean {
  return one.bucketAt === other.bucketAt && one.writer === other.writer;
}

const WRITTEN_AT_ONCE = 256;
/** More than are written, so that the table shrinks. */
const FORGOTTEN_AT_LEAST = 100;
