import type { Clock } from '../domain/clock.ts';
import { type RepeatedWork, repeatWork } from '../repeated-work.ts';
import type { Storage } from '../storage/storage.ts';

export interface OrphanJanitorOptions {
  readonly storage: Pick<Storage, 'cancelOrphans'>;
  readonly clock: Pick<Clock, 'after'>;
  /** Called after the last batch of some: deliveries that were ordered may be due now. */
  readonly onDone: () => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Cancels the pending deliveries of deleted endpoints, and orders those of endpoints that became ordered, in small
 * batches so that no other commit waits long: after each change of an endpoint, at the start, and every hour in case
 * a crash came in between.
 */
export function createOrphanJanitor({
  storage,
  clock,
  onDone,
  onError,
}: OrphanJanitorOptions): RepeatedWork {
  return repeatWork({
    clock,
    onError,
    everyMs: 60 * 60 * 1000,
    async run(isStopped) {
      let cancelled = BATCH;
      let didSome = false;
      while (cancelled === BATCH && !isStopped()) {
        cancelled = await storage.cancelOrphans(BATCH);
        didSome ||= cancelled > 0;
      }
      if (didSome) onDone();
    },
  });
}

const BATCH = 500;
