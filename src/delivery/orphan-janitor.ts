import type { Clock } from '../domain/clock.ts';
import { type RepeatedWork, repeatWork } from '../repeated-work.ts';
import type { Storage } from '../storage/storage.ts';

export interface OrphanJanitorOptions {
  readonly storage: Pick<Storage, 'cancelOrphans'>;
  readonly clock: Pick<Clock, 'after'>;
  readonly onError: (error: unknown) => void;
}

/**
 * Cancels the pending deliveries of deleted endpoints, in small batches so that no other commit
 * waits long: after each deletion, at the start, and every hour in case a crash came in between.
 */
export function createOrphanJanitor({
  storage,
  clock,
  onError,
}: OrphanJanitorOptions): RepeatedWork {
  return repeatWork({
    clock,
    onError,
    everyMs: 60 * 60 * 1000,
    async run(isStopped) {
      let cancelled = BATCH;
      while (cancelled === BATCH && !isStopped()) cancelled = await storage.cancelOrphans(BATCH);
    },
  });
}

const BATCH = 500;
