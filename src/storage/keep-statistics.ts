import { randomInt } from 'node:crypto';
import { countedAttempt } from '../domain/attempt-counts.ts';
import type { Clock } from '../domain/clock.ts';
import type { Message } from '../domain/message.ts';
import { watchWallClock } from '../domain/wall-clock-trust.ts';
import { RollupCounter } from './rollup-counter.ts';
import { FIVE_MINUTES_MS, HOUR_MS, ROLLUP_LIFETIMES_MS } from './rollup.ts';
import type { RecordBatch, Rollup, RollupRange, Storage } from './storage.ts';

/** Rollups are written together, this long after the first attempt that is not in them yet. */
export const WRITE_AFTER_MS = 10_000;

export interface KeepStatisticsOptions {
  readonly clock: Pick<Clock, 'now' | 'monotonicMs' | 'after'>;
  /** Called when writing fails; the rollups are written later. */
  readonly onError: (error: unknown) => void;
}

type AcceptedMessage = Pick<Message, 'organizationId' | 'applicationId'>;

export interface KeptStatistics {
  readonly storage: Storage;
  /** Must be called with each message that was accepted through this process. */
  readonly countAccepted: (message: AcceptedMessage) => void;
}

/**
 * Wraps a storage and adds up the attempts that are recorded through it, and the messages that it is given
 * (`countAccepted`). Counting costs the database nothing: the sums are in memory, and are written every
 * `WRITE_AFTER_MS` and at the end. A process that dies loses the counts since the last write.
 * `statistics` includes what this process has not written yet.
 */
export function keepStatistics(storage: Storage, options: KeepStatisticsOptions): KeptStatistics {
  const { clock, onError } = options;
  const newWriter = () => randomInt(2 ** 47);
  const counters = [
    new RollupCounter({ span: HOUR_MS, ofEndpoints: true, newWriter }),
    new RollupCounter({ span: FIVE_MINUTES_MS, ofEndpoints: false, newWriter }),
  ];
  const mayForget = watchWallClock(clock);
  const hasUnwritten = () => counters.some((counter) => counter.hasUnwritten);
  let cancelTimer: (() => void) | null = null;
  let writing = Promise.resolve();

  function countRecorded({ records }: RecordBatch): void {
    if (records.length === 0) return;
    const counted = records.map((record) =>
      countedAttempt(record.attempt, record.next, record, record.organizationId),
    );
    const now = clock.now();
    for (const counter of counters) counter.add(counted, now);
    writeLater();
  }

  function countAccepted({ organizationId, applicationId }: AcceptedMessage): void {
    const now = clock.now();
    for (const counter of counters) counter.accept(organizationId, applicationId, now);
    writeLater();
  }

  function writeLater(): void {
    cancelTimer ??= clock.after(WRITE_AFTER_MS, later);
  }

  function later(): void {
    writing = writeAll()
      .catch(onError)
      .finally(() => {
        cancelTimer = hasUnwritten() ? clock.after(WRITE_AFTER_MS, later) : null;
      });
  }

  async function writeAll(): Promise<void> {
    for (const counter of counters) await writeRollups(counter);
  }

  async function writeRollups(counter: RollupCounter): Promise<void> {
    const tallies = counter.unwritten();
    // In parts, so that no commit is long.
    for (let from = 0; from < tallies.length; from += WRITTEN_AT_ONCE) {
      await counter.write(tallies.slice(from, from + WRITTEN_AT_ONCE), (rollups) =>
        storage.statistics.write(rollups),
      );
    }
    if (!mayForget()) return;
    const { span } = counter;
    const limit = FORGOTTEN_AT_LEAST + 2 * tallies.length;
    const before = clock.now() - ROLLUP_LIFETIMES_MS[span];
    for (let left = limit; left > 0; left -= WRITTEN_AT_ONCE) {
      const count = Math.min(left, WRITTEN_AT_ONCE);
      if ((await storage.statistics.forget(span, before, count)) < count) return;
    }
  }

  function ownOf(subjectId: string, range: RollupRange): readonly Rollup[] {
    const counter = counters.find(({ span }) => span === range.span);
    return (counter?.of(subjectId) ?? []).filter((rollup) => isIn(range, rollup));
  }

  const kept: Storage = {
    ...storage,
    get owner() {
      return storage.owner;
    },
    async record(take) {
      let batch: RecordBatch | null = null;
      const recorded = await storage.record(() => (batch = take()));
      if (batch !== null) countRecorded(batch);
      return recorded;
    },
    statistics: {
      ...storage.statistics,
      async rollups(subjectIds, range) {
        const own = subjectIds.flatMap((subjectId) => ownOf(subjectId, range));
        return newest(own, await storage.statistics.rollups(subjectIds, range));
      },
    },
    async stop() {
      await writing;
      cancelTimer?.();
      // Nothing was counted by a storage that never started.
      if (hasUnwritten()) await writeAll().catch(onError);
      await storage.stop();
    },
  };
  return { storage: kept, countAccepted };
}

function isIn({ span, from, until }: RollupRange, { bucketAt }: Rollup): boolean {
  return bucketAt + span > from && bucketAt < until;
}

/** The stored rollups, with those of this process replaced by its newer ones. */
function newest(own: readonly Rollup[], stored: readonly Rollup[]): readonly Rollup[] {
  if (own.length === 0) return stored;
  const known = new Set(own.map(keyOf));
  return [...own, ...stored.filter((rollup) => !known.has(keyOf(rollup)))];
}

function keyOf({ subjectId, bucketAt, writer }: Rollup): string {
  return `${subjectId} ${bucketAt} ${writer}`;
}

const WRITTEN_AT_ONCE = 256;
/** At least this many expired rollups are deleted at each write, so that the table shrinks. */
const FORGOTTEN_AT_LEAST = 100;
